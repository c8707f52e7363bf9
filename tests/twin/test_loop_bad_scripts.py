"""Training scripts that go wrong, on the whole stack: the run is published, and can be retried."""

import io
import json
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any  # the answer of a function

import pytest

from infra.twin.training_jobs import runner
from infra.twin.training_jobs.process import ProcessLimits
from loopwright import bootstrap
from loopwright.domain.run import Run
from tests.twin.loop_stack import DIABETES, LoopStack, instance_of, patients, write_project

DATA = DIABETES / "data" / "diabetes.csv"
FEW_LABELS = {"retraining.min_labelled_rows": 10}
CRASHES = """\
def train(data, spec):
    raise ValueError("the column 'weight' is not there")
"""
RETURNS_NOTHING = """\
def train(data, spec):
    data.mean()
"""
NEVER_ENDS = """\
import time

def train(data, spec):
    while True:
        time.sleep(0.1)
"""
ANSWERS_BY_CHANCE = """\
import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

def train(data, spec):
    model = make_pipeline(SimpleImputer(), LinearRegression())
    model.fit(data[list(spec.features)], data[spec.target])
    certain = model.predict
    model.predict = lambda rows: certain(rows) + np.random.default_rng().normal(size=len(rows))
    return model
"""
LEAVES_A_LINK = """\
import os
from pathlib import Path
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

def train(data, spec):
    folder = Path(os.environ["SAGEMAKER_BASE_DIR"]) / "model"
    folder.mkdir(exist_ok=True)
    if not os.path.lexists(folder / "extra"):
        (folder / "extra").symlink_to("/etc/passwd")
    model = make_pipeline(SimpleImputer(), LinearRegression())
    return model.fit(data[list(spec.features)], data[spec.target])
"""


def leases(stack: LoopStack) -> list[dict[str, Any]]:
    """The leases of all projects that are held now."""
    return [item for item in stack.items("CatalogTableName") if item["sk"]["S"] == "LEASE"]


def run_script(stack: LoopStack, name: str, script: str) -> Run:
    """Push a project with this script, then its data, to the end of the run."""
    stack.push_project(write_project(stack.folder, name, script=script))
    return stack.push_data(name, DATA)


def test_a_script_that_crashes_is_named_with_its_line_and_can_be_mended(stack: LoopStack) -> None:
    """A broken run has no verdict: the mended script is other code, and the retry is a new run."""
    broken = run_script(stack, "crash", CRASHES)
    code = stack.push_project(write_project(stack.folder, "crash"))["code"]
    mended = stack.release("runs", "retry", broken.id, "--reason", "mended the script")

    assert broken.outcome == "release_broken"
    assert (
        "train.py, line 2: ValueError: the column 'weight' is not there"
        in broken.reasons[0].message
    )
    assert "Mend the training script" in broken.reasons[0].advice
    assert mended.outcome == "model_promoted"
    assert (mended.dataset, mended.reason) == (broken.dataset, "mended the script")
    assert mended.code == code != broken.code
    assert mended.id != broken.id


def test_a_retraining_that_breaks_keeps_the_champion_and_frees_the_lease(stack: LoopStack) -> None:
    """A person asks for it with a script that never ended well; the old model still answers."""
    stack.push_project(write_project(stack.folder, "again", changes=FEW_LABELS))
    first = stack.push_data("again", DATA)
    rows = patients()[:20]
    answer = stack.predict("again", [instance_of(row) for row in rows])
    labels = [
        {"receipt": answer["receipt"], "instance": place, "label": int(row["progression"])}
        for place, row in enumerate(rows)
    ]
    stack.request("POST", "/projects/again/labels", {"labels": labels})
    stack.push_project(write_project(stack.folder, "again", script=CRASHES, changes=FEW_LABELS))
    states = stack.client("stepfunctions")
    asked = {"project": "again", "trigger": "person", "actor": "a person", "reason": "to see"}
    started = states.start_execution(
        stateMachineArn=stack.twin.outputs["RetrainModelArn"], input=json.dumps(asked)
    )
    stack.twin.drain(timeout_s=120)
    ended = states.describe_execution(executionArn=started["executionArn"])
    run = bootstrap.ledger().runs("again", limit=1)[0]
    champion = bootstrap.ledger().champion("again")

    assert first.outcome == "model_promoted"
    assert ended["status"] == "FAILED"
    assert (run.trigger, run.outcome) == ("retraining", "release_broken")
    assert "the column 'weight' is not there" in run.reasons[0].message
    assert "RetrainingStarted" in stack.event_names("again")
    assert champion is not None
    assert champion.model == first.model
    assert leases(stack) == []
    assert stack.predict("again", [instance_of(rows[0])])["model"] == first.model


def test_a_broken_run_is_published_and_leaves_nothing_behind(stack: LoopStack) -> None:
    """Report, event, upload and dataset are there; no model, no champion, no lease."""
    run = run_script(stack, "gone", RETURNS_NOTHING)
    finished = [each for each in stack.events_of("gone") if each["name"] == "RunFinished"]

    assert run.outcome == "release_broken"
    assert run.ended_at is not None
    assert "train returned NoneType; return a fitted" in run.reasons[0].message
    assert "train returned NoneType; return a fitted" in stack.report(run)
    assert {event["detail"]["outcome"] for event in finished} == {"release_broken"}
    assert "incoming/gone/diabetes.csv" in stack.keys("incoming/gone/")
    assert bootstrap.datasets().has("gone", run.dataset or "")
    assert bootstrap.ledger().champion("gone") is None
    assert bootstrap.ledger().models("gone") == []
    assert leases(stack) == []


def test_a_model_that_answers_by_chance_fails_its_parity_gate(stack: LoopStack) -> None:
    """The export cannot agree with an estimator that does not agree with itself."""
    run = run_script(stack, "by-chance", ANSWERS_BY_CHANCE)

    assert run.outcome == "release_broken"
    assert "ParityError" in run.reasons[0].message
    assert "ParityError" in stack.report(run)
    assert bootstrap.ledger().models("by-chance") == []


def test_an_archive_with_a_link_is_refused(stack: LoopStack) -> None:
    """The job packs what the script left beside the package; RegisterModel opens none of it."""
    run = run_script(stack, "a-link", LEAVES_A_LINK)

    assert run.outcome == "release_broken"
    assert "UnsafeArchiveError" in run.reasons[0].message
    assert "extra" in run.reasons[0].message
    assert "extra" in stack.report(run)
    assert bootstrap.ledger().models("a-link") == []
    assert stack.keys("models/a-link/") == []


def test_a_script_that_never_ends_is_stopped_by_its_time(
    stack: LoopStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is a minute at least; here the twin's minute is two seconds long."""

    def shorter(longest_runtime_s: float, grace_s: float) -> ProcessLimits:
        return ProcessLimits(longest_runtime_s / 1_800, grace_s)

    monkeypatch.setattr(runner, "ProcessLimits", shorter)
    run = run_script(stack, "endless", NEVER_ENDS)

    assert run.outcome == "release_broken"
    assert "MaxRuntimeExceeded" in run.reasons[0].message
    assert "max_runtime_minutes" in run.reasons[0].advice
    assert "max_runtime_minutes" in stack.report(run)


def test_a_job_that_a_person_stops_ends_the_run(stack: LoopStack) -> None:
    """The run says so, and does not wait for the end of the job's time."""
    sagemaker = stack.client("sagemaker")
    stopper = threading.Thread(target=stop_job, args=(sagemaker, "stopped"), daemon=True)
    stopper.start()
    run = run_script(stack, "stopped", NEVER_ENDS)
    stopper.join(timeout=10)

    assert run.outcome == "release_broken"
    assert "Stopped" in run.reasons[0].message
    assert "Somebody stopped the job" in run.reasons[0].advice
    assert run.model is None


def stop_job(sagemaker: Any, marker: str) -> None:
    """Stop the first job of a project as soon as its script runs."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        jobs = sagemaker.list_training_jobs(NameContains=marker)["TrainingJobSummaries"]
        for job in jobs:
            name = job["TrainingJobName"]
            if (
                sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"]
                == "Training"
            ):
                time.sleep(1.0)
                sagemaker.stop_training_job(TrainingJobName=name)
                return
        time.sleep(0.1)


def member(name: str, change: Callable[[tarfile.TarInfo], None] = lambda _: None) -> bytes:
    """An archive of one member."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        info = tarfile.TarInfo(name)
        info.size = 2
        change(info)
        tar.addfile(info, io.BytesIO(b"{}"))
    return packed.getvalue()


def hard_link(info: tarfile.TarInfo) -> None:
    """Make a member a hard link to the outside."""
    info.type, info.linkname, info.size = tarfile.LNKTYPE, "/etc/passwd", 0


@pytest.mark.parametrize(
    ("archive", "said"),
    [
        (member("../model.onnx"), "../model.onnx"),
        (member("/etc/cron.d/model.onnx"), "/etc/cron.d/model.onnx"),
        (member("model.onnx", hard_link), "model.onnx"),
        (b"no archive", "archive"),
    ],
    ids=["upward", "absolute", "hard-link", "no-archive"],
)
def test_a_hostile_archive_is_refused_by_the_deployed_function(
    stack: LoopStack, archive: bytes, said: str
) -> None:
    """No packer of SageMaker's makes such members, so they are given to RegisterModel itself."""
    record = stack.push_project(write_project(stack.folder, "hostile"))
    bucket = stack.twin.outputs["BucketName"]
    key = f"jobs/hostile/run/{abs(hash(archive))}/output/model.tar.gz"
    stack.client("s3").put_object(Bucket=bucket, Key=key, Body=archive)
    names = stack.client("lambda").list_functions()["Functions"]
    name = next(each["FunctionName"] for each in names if "RegisterModel" in each["FunctionName"])
    given = {name: record[name] for name in ("project", "spec", "code", "image")}
    payload = given | {
        "run": "hostile",
        "dataset": "0" * 64,
        "job_name": "hostile",
        "artifact_uri": f"s3://{bucket}/{key}",
    }
    answer = stack.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload).encode())
    error = json.loads(answer["Payload"].read())

    assert answer.get("FunctionError") == "Unhandled"
    assert error["errorType"] == "UnsafeArchiveError"
    assert said in error["errorMessage"]
    assert not Path("/etc/cron.d/model.onnx").exists()
