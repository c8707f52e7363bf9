"""Tuning jobs of the twin: trials are real training jobs with drawn settings."""

import io
import json
import math
import tarfile
import time
from typing import Any  # requests and answers are JSON documents

import pytest
from botocore.exceptions import ClientError

from infra.twin.training_jobs.tuning import drawn
from tests.twin.loop_harness import ROLE_ARN, Loop
from tests.twin.test_seam_training_jobs import bucket, channel, machine_for

pytestmark = pytest.mark.twin

TRIAL = """
import json, os, sys, time
from pathlib import Path
base = Path(os.environ["SAGEMAKER_BASE_DIR"])
told = json.loads((base / "input/config/hyperparameters.json").read_text())
print("started", told["design"], told["depth"], flush=True)
time.sleep(float(told["seconds"]))
if int(told["depth"]) > int(told["most"]):
    sys.exit("too deep")
print(f"objective={float(told['rate']) * int(told['depth']):.6f}")
"""
ACTION = "createHyperParameterTuningJob"
RANGES = {
    "IntegerParameterRanges": [
        {"Name": "depth", "MinValue": "2", "MaxValue": "8", "ScalingType": "Linear"}
    ],
    "ContinuousParameterRanges": [
        {"Name": "rate", "MinValue": "0.01", "MaxValue": "1", "ScalingType": "Logarithmic"}
    ],
}


def definition(where: str, name: str, **fixed: str) -> dict[str, Any]:
    """The trials of one design."""
    told = {"design": name, "seconds": "0", "most": "99", **fixed}
    code = "/opt/ml/input/data/code/code.tar.gz"
    return {
        "DefinitionName": name,
        "TuningObjective": {"Type": "Minimize", "MetricName": "objective"},
        "HyperParameterRanges": RANGES,
        "StaticHyperParameters": {
            **told,
            "sagemaker_program": "inner/trial.py",
            "sagemaker_submit_directory": code,
        },
        "AlgorithmSpecification": {
            "TrainingImage": "image",
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "objective", "Regex": "objective=([-+.0-9e]+)"}],
        },
        "RoleArn": ROLE_ARN,
        "InputDataConfig": [channel("code", f"s3://{where}/code.tar.gz")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{where}/jobs"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "EnableNetworkIsolation": True,
    }


def request(loop: Loop, trials: int = 4, **fixed: str) -> dict[str, Any]:
    """A tuning job over two designs, two trials at a time."""
    where = bucket(loop)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("inner/trial.py")
        member.size = len(TRIAL.encode())
        archive.addfile(member, io.BytesIO(TRIAL.encode()))
    loop.client("s3").put_object(Bucket=where, Key="code.tar.gz", Body=packed.getvalue())
    return {
        "HyperParameterTuningJobName": loop.unique("tune"),
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "RandomSeed": 7,
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": trials,
                "MaxParallelTrainingJobs": 2,
            },
        },
        "TrainingJobDefinitions": [definition(where, name, **fixed) for name in ("one", "two")],
    }


def run(loop: Loop, job: dict[str, Any]) -> dict[str, Any]:
    """Create a tuning job and describe its end."""
    loop.client("sagemaker").create_hyper_parameter_tuning_job(**job)
    return wait(loop, job["HyperParameterTuningJobName"])


def wait(loop: Loop, name: str) -> dict[str, Any]:
    """The description of a tuning job that ended."""

    def describe() -> dict[str, Any]:
        found: dict[str, Any] = loop.client("sagemaker").describe_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name
        )
        return found

    loop.until(lambda: describe()["HyperParameterTuningJobStatus"] != "InProgress", 60)
    return describe()


def trials_of(loop: Loop, name: str) -> list[dict[str, Any]]:
    """The training jobs of a tuning job."""
    listed = loop.client("sagemaker").list_training_jobs(NameContains=f"{name}-")
    return [
        loop.client("sagemaker").describe_training_job(TrainingJobName=one["TrainingJobName"])
        for one in listed["TrainingJobSummaries"]
    ]


def test_the_best_trial_of_all_designs_is_told_with_its_settings(loop: Loop) -> None:
    """The smallest objective, here; every trial was a process of its own."""
    ended = run(loop, request(loop))
    trials = trials_of(loop, ended["HyperParameterTuningJobName"])
    told = [one["HyperParameters"] for one in trials]
    objectives = [float(one["rate"]) * int(one["depth"]) for one in told]
    best = ended["BestTrainingJob"]
    tuned = best["TunedHyperParameters"]

    assert ended["HyperParameterTuningJobStatus"] == "Completed"
    assert sorted(one["design"] for one in told) == ["one", "one", "two", "two"]
    assert len({one["rate"] for one in told}) == 4
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == pytest.approx(
        min(objectives), abs=1e-6
    )
    assert {*tuned} == {"depth", "rate"}
    assert float(tuned["rate"]) * int(tuned["depth"]) == pytest.approx(min(objectives))
    assert best["TrainingJobDefinitionName"] in {"one", "two"}


def test_settings_are_drawn_within_their_ranges_and_the_same_again() -> None:
    """Half of a logarithmic scale lies below its geometric mean."""
    found = [drawn(RANGES, str(seed)) for seed in range(400)]
    rates = [float(one["rate"]) for one in found]

    assert {int(one["depth"]) for one in found} == set(range(2, 9))
    assert 0.01 <= min(rates) < max(rates) <= 1
    assert 0.4 < sum(rate < 0.1 for rate in rates) / 400 < 0.6
    assert found[0] == drawn(RANGES, "0")
    linear = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "1", "MaxValue": "2"}]}
    mean = sum(float(drawn(linear, str(seed))["x"]) for seed in range(400)) / 400
    assert math.isclose(mean, 1.5, abs_tol=0.05)


def test_trials_that_fail_are_left_out_and_all_of_them_fail_the_job(loop: Loop) -> None:
    """A tuning job without any objective has failed."""
    some = run(loop, request(loop, trials=6, most="5"))
    none = run(loop, request(loop, trials=2, most="0"))

    assert some["HyperParameterTuningJobStatus"] == "Completed"
    assert int(some["BestTrainingJob"]["TunedHyperParameters"]["depth"]) <= 5
    assert none["HyperParameterTuningJobStatus"] == "Failed"
    assert "All training jobs failed: AlgorithmError" in none["FailureReason"]


def test_a_tuning_job_can_be_stopped(loop: Loop) -> None:
    """Running trials are stopped, those that wait are never made."""
    job = request(loop, trials=8, seconds="60")
    name = job["HyperParameterTuningJobName"]
    loop.client("sagemaker").create_hyper_parameter_tuning_job(**job)
    loop.until(lambda: len(trials_of(loop, name)) == 2, 30)
    loop.client("sagemaker").stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    began = time.monotonic()
    ended = wait(loop, name)

    assert ended["HyperParameterTuningJobStatus"] == "Stopped"
    assert {one["TrainingJobStatus"] for one in trials_of(loop, name)} == {"Stopped"}
    assert len(trials_of(loop, name)) == 2
    assert time.monotonic() - began < 40


def test_what_is_wrong_with_a_request_is_refused(loop: Loop) -> None:
    """By botocore's model, by the rules for its trials, and a name only once."""
    job = request(loop, trials=1)
    client = loop.client("sagemaker")
    broken = json.loads(json.dumps(job))
    broken["TrainingJobDefinitions"][1]["ResourceConfig"]["InstanceType"] = "ml.nope"
    run(loop, job)

    with pytest.raises(ClientError, match="enum"):
        client.create_hyper_parameter_tuning_job(
            **{**broken, "HyperParameterTuningJobName": loop.unique("tune")}
        )
    with pytest.raises(ClientError, match="already exists"):
        client.create_hyper_parameter_tuning_job(**job)
    with pytest.raises(ClientError, match="not found"):
        client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="nobody")


def test_a_machine_waits_for_a_tuning_job_and_gets_its_best_trial(loop: Loop) -> None:
    """And a failed one fails the task with its description as the cause."""
    good, bad = (
        loop.run(machine_for(request(loop, trials=2, most=most), action=ACTION))
        for most in ("99", "0")
    )

    assert "TunedHyperParameters" in good["output"]["BestTrainingJob"]
    assert bad["output"]["Error"] == "States.TaskFailed"
    assert "All training jobs failed" in bad["output"]["Cause"]


def test_a_stopped_execution_stops_its_tuning_job(loop: Loop) -> None:
    """Nobody would wait for it."""
    job = request(loop, trials=4, seconds="60")
    execution = loop.start(loop.machine(machine_for(job, action=ACTION)))
    name = job["HyperParameterTuningJobName"]
    loop.until(lambda: len(trials_of(loop, name)) == 2, 30)
    loop.client("stepfunctions").stop_execution(executionArn=execution)

    assert wait(loop, name)["HyperParameterTuningJobStatus"] == "Stopped"
