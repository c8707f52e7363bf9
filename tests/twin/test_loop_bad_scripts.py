"""Training scripts that go wrong, on the whole stack: the run is published, and can be retried."""

import io
import json
import tarfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # the answer of a function

import pytest

from infra.twin.training_jobs import runner
from infra.twin.training_jobs.process import ProcessLimits
from loopwright import bootstrap
from loopwright.domain.run import Champion, ModelRecord, Run
from tests.twin.loop_stack import DIABETES, LoopStack, instance_of, patients, write_project

PROJECT = "mended"
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


@dataclass
class Mended:
    """A run that broke, what the stack held then, and the run after the script was mended."""

    broken: Run
    champion: Champion | None
    models: list[ModelRecord]
    leases: list[dict[str, Any]]
    code: str
    mended: Run


@pytest.fixture(scope="module")
def mended(stack: LoopStack) -> Mended:
    """Push a script that crashes, look around, mend it, and retry the run."""
    broken = run_script(stack, PROJECT, CRASHES)
    ledger = bootstrap.ledger()
    found = ledger.champion(PROJECT), ledger.models(PROJECT), leases(stack)
    folder = write_project(stack.folder, PROJECT, changes=FEW_LABELS)
    code = stack.push_project(folder)["code"]
    again = stack.release("runs", "retry", broken.id, "--reason", "mended the script")
    return Mended(broken, *found, code, again)


def test_a_script_that_crashes_is_named_with_its_line(stack: LoopStack, mended: Mended) -> None:
    """And the person is told what to do about it, in the record and in the report."""
    (reason,) = mended.broken.reasons

    assert mended.broken.outcome == "release_broken"
    assert "train.py, line 2: ValueError: the column 'weight' is not there" in reason.message
    assert "Mend the training script" in reason.advice
    assert "the column 'weight' is not there" in stack.report(mended.broken)
    assert "Mend the training script" in stack.report(mended.broken)


def test_a_broken_run_is_published_and_leaves_nothing_behind(
    stack: LoopStack, mended: Mended
) -> None:
    """Report, event, upload and dataset are there; no model, no champion, no lease."""
    run = mended.broken
    ends = {
        event["detail"]["outcome"]
        for event in stack.events_of(PROJECT)
        if event["name"] == "RunFinished" and event["detail"]["run"] == run.id
    }

    assert run.ended_at is not None
    assert ends == {"release_broken"}
    assert f"incoming/{PROJECT}/diabetes.csv" in stack.keys(f"incoming/{PROJECT}/")
    assert bootstrap.datasets().has(PROJECT, run.dataset or "")
    assert (mended.champion, mended.models, mended.leases) == (None, [], [])


def test_a_mended_script_is_other_code_and_its_retry_a_new_run(mended: Mended) -> None:
    """A broken run has no verdict, so the same dataset is not NothingNew."""
    broken, run = mended.broken, mended.mended

    assert run.outcome == "model_promoted"
    assert (run.dataset, run.reason) == (broken.dataset, "mended the script")
    assert run.code == mended.code != broken.code
    assert run.id != broken.id


def test_a_retraining_that_breaks_keeps_the_champion_and_frees_the_lease(
    stack: LoopStack, mended: Mended
) -> None:
    """A person asks for it with a script that crashes; the old model still answers."""
    rows = patients()[:20]
    answer = stack.predict(PROJECT, [instance_of(row) for row in rows])
    labels = [
        {"receipt": answer["receipt"], "instance": place, "label": int(row["progression"])}
        for place, row in enumerate(rows)
    ]
    stack.request("POST", f"/projects/{PROJECT}/labels", {"labels": labels})
    stack.push_project(write_project(stack.folder, PROJECT, script=CRASHES, changes=FEW_LABELS))
    states = stack.client("stepfunctions")
    asked = {"project": PROJECT, "trigger": "person", "actor": "a person", "reason": "to see"}
    started = states.start_execution(
        stateMachineArn=stack.twin.outputs["RetrainModelArn"], input=json.dumps(asked)
    )
    stack.twin.drain(timeout_s=300)
    ended = states.describe_execution(executionArn=started["executionArn"])
    run = bootstrap.ledger().runs(PROJECT, limit=1)[0]
    champion = bootstrap.ledger().champion(PROJECT)

    assert ended["status"] == "FAILED"
    assert (run.trigger, run.outcome) == ("retraining", "release_broken")
    assert "the column 'weight' is not there" in run.reasons[0].message
    assert "RetrainingStarted" in stack.event_names(PROJECT)
    assert champion is not None
    assert champion.model == mended.mended.model
    assert leases(stack) == []
    assert stack.predict(PROJECT, [instance_of(rows[0])])["model"] == mended.mended.model


def test_a_script_that_returns_nothing_is_told_what_to_return(stack: LoopStack) -> None:
    """There is no model to write."""
    run = run_script(stack, "nothing", RETURNS_NOTHING)

    assert run.outcome == "release_broken"
    assert "train returned NoneType; return a fitted" in run.reasons[0].message
    assert "train returned NoneType; return a fitted" in stack.report(run)
    assert run.model is None


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
    deadline = time.monotonic() + 300
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
