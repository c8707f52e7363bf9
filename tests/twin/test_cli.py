"""The verbs of the command line, typed one after the other against a stack on the twin."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # JSON documents

import pytest

from infra.twin.twin import SECOND_USER
from loopwright import bootstrap
from tests.twin.loop_stack import (
    DIABETES,
    ROOT,
    Answer,
    LoopStack,
    patients,
    running_stack,
    write_project,
    write_rows,
)
from tests.twin.mini_stack import has_ended

PROJECT = "clinic"
CHANGES = {
    "project": PROJECT,
    "promotion.min_gain": -10.0,
    "promotion.max_group_loss": 10.0,
    "monitoring.window_rows": 100,
}
RIDGE = """\
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

def train(data, spec):
    model = make_pipeline(SimpleImputer(), StandardScaler(), Ridge())
    return model.fit(data[list(spec.features)], data[spec.target])
"""


@dataclass
class Session:
    """A stack and what each command of the story printed, by a name."""

    stack: LoopStack
    said: dict[str, Answer] = field(default_factory=dict)

    def type(self, name: str, *words: str | Path, user: str = "twin-user") -> Answer:
        """Type a command and keep its answer."""
        self.said[name] = self.stack.run_command(*words, user=user)
        return self.said[name]

    def json(self, name: str) -> Any:
        """The JSON that a command of the story printed."""
        return self.said[name].json


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The story: a project from an example, an import, two releases, labels, a rollback."""
    folder = tmp_path_factory.mktemp("cli")
    with running_stack(folder) as stack:
        session = Session(stack)
        release_twice(session, folder)
        predict_and_label(session, folder)
        session.type("rollback", "--json", "rollback", PROJECT, "--reason", "the old one is known")
        yield session


def release_twice(session: Session, folder: Path) -> None:
    """From `init` to a second champion by another script."""
    session.type("init", "init", folder / PROJECT, "--example", "diabetes")
    session.type(
        "push", "--json", "project", "push", write_project(folder, PROJECT, changes=CHANGES)
    )
    session.type("data", "data", "push", PROJECT, DIABETES / "data" / "diabetes.csv")
    session.type("again", "--json", "release", PROJECT)
    session.type("import", "--json", "models", "import", PROJECT, own_model(session, folder))
    session.stack.push_project(write_project(folder, PROJECT, script=RIDGE, changes=CHANGES))
    first = session.type("runs", "--json", "runs", "list", PROJECT).json[-1]
    session.type("release", "--json", "release", PROJECT, "--data", first["dataset"][:64])
    session.stack.twin.drain(timeout_s=300)


def own_model(session: Session, folder: Path) -> Path:
    """The champion's ONNX file, as somebody might bring one along; the spec says the rest."""
    model = session.stack.as_json("models", "list", PROJECT)[0]["model"]
    (folder / "mine.onnx").write_bytes(bootstrap.models().file(PROJECT, model, "model.onnx"))
    return folder / "mine.onnx"


def predict_and_label(session: Session, folder: Path) -> None:
    """Predict a window of old patients, and send labels, one of them twice."""
    old = [row for row in patients() if int(row["age"]) > 48] * 2
    file = write_rows(folder / "old.csv", old[:120])
    answer = session.type("predict", "--json", "predict", PROJECT, file).json
    rows = [
        {"receipt": answer["receipt"], "instance": place, "label": old[place]["progression"]}
        for place in range(5)
    ]
    session.type("labels", "--json", "labels", "push", PROJECT, write_rows(folder / "l.csv", rows))
    rows[0]["label"] = "1"
    session.type("conflict", "labels", "push", PROJECT, write_rows(folder / "c.csv", rows))
    session.stack.twin.drain(timeout_s=300)


def test_init_copies_an_example_under_the_folders_name(session: Session) -> None:
    """Without its data; and never over a folder that is there."""
    stack = session.stack
    again = stack.run_command("init", stack.folder / PROJECT)
    unknown = stack.run_command("init", stack.folder / "new", "--example", "weather")
    fresh = stack.run_command("init", stack.folder / "fresh-one")
    text = (stack.folder / "fresh-one" / "project.yaml").read_text()

    assert (session.said["init"].code, fresh.code) == (0, 0)
    assert "loopwright project push" in session.said["init"].text
    assert "project: fresh-one\n" in text
    assert not (stack.folder / "fresh-one" / "data").exists()
    assert (again.code, unknown.code) == (1, 1)
    assert "exists; name a new folder" in again.text
    assert "known: ['diabetes', 'employment']" in unknown.text


def test_a_project_is_pushed_with_its_digests(session: Session) -> None:
    """As JSON for machines, as a table for people."""
    pushed = session.json("push")
    table = session.stack.run_command("project", "push", session.stack.folder / PROJECT)

    assert pushed["project"] == PROJECT
    assert len(pushed["spec"]) == len(pushed["code"]) == 64
    assert pushed["actor"].endswith("user/twin-user")
    assert table.code == 0
    assert f"Project {PROJECT}" in table.text


def test_a_wrong_key_of_the_spec_is_named_with_the_nearest_known_one(session: Session) -> None:
    """Unknown, missing, and a folder without a project."""
    folder = write_project(session.stack.folder, "typo")
    text = (folder / "project.yaml").read_text()
    (folder / "project.yaml").write_text(text.replace("holdout:", "holdaut:"))
    unknown = session.stack.run_command("project", "push", folder)
    (folder / "project.yaml").write_text(re.sub(r"owner: .*\n", "", text))
    missing = session.stack.run_command("project", "push", folder)
    (folder / "project.yaml").unlink()
    absent = session.stack.run_command("project", "push", folder)

    assert (unknown.code, missing.code, absent.code) == (1, 1, 1)
    assert "holdaut" in unknown.text
    assert "holdout" in unknown.text.replace("holdaut", "")
    assert "owner" in missing.text
    assert "has no project.yaml" in absent.text


def test_a_push_of_data_is_followed_state_by_state(session: Session) -> None:
    """With the seconds of each state and the outcome at the end."""
    said = session.said["data"]

    assert said.code == 0
    for state in ("RegisterDataset", "ValidateDataset", "TrainModel", "PromoteModel"):
        assert re.search(rf"{state} +\d+\.\d s", said.text), state
    assert "model_promoted" in said.text
    assert "IsPrepared" not in said.text


def test_a_release_without_anything_new_ends_well_and_names_the_run(session: Session) -> None:
    """And a release of other code on a named dataset version is a new run."""
    again, released = session.json("again"), session.json("release")
    first = session.json("runs")[-1]

    assert (session.said["again"].code, again["outcome"]) == (0, "nothing_new")
    assert first["id"] in again["reasons"][0]["message"]
    assert released["outcome"] == "model_promoted"
    assert released["project"] == PROJECT


def test_a_release_of_an_unknown_project_or_dataset_is_refused(session: Session) -> None:
    """The first before anything starts, the second by the run."""
    project = session.stack.run_command("release", "clinics")
    dataset = session.stack.run_command("release", PROJECT, "--data", "f" * 64)

    assert project.code == 1
    assert PROJECT in project.text
    assert dataset.code == 3
    assert "no dataset version" in dataset.text


def test_runs_are_listed_newest_first_and_shown_with_their_evidence(session: Session) -> None:
    """By the beginning of an id; an unknown id is an error that says what to do."""
    stack = session.stack
    listed = stack.as_json("runs", "list", PROJECT)
    started = [run["started_at"] for run in listed]
    run = next(run for run in listed if run["outcome"] == "model_promoted")
    shown = stack.as_json("runs", "show", run["id"][:13])
    table = stack.run_command("runs", "show", run["id"])
    unknown = stack.run_command("runs", "show", "nobody")

    assert started == sorted(started, reverse=True)
    assert shown == run
    assert stack.run_command("runs", "list").text.count(PROJECT) >= len(listed)
    assert "evaluation.json" in table.text
    assert (unknown.code, "loopwright runs list" in unknown.text) == (1, True)


def test_a_run_that_ended_can_still_be_watched(session: Session) -> None:
    """It prints the same states again, and --json prints the outcome alone."""
    run = session.json("release")["run"]
    watched = session.stack.run_command("runs", "watch", run)

    assert watched.code == 0
    assert "JudgeCandidate" in watched.text
    assert session.stack.as_json("runs", "watch", run)["outcome"] == "model_promoted"


def test_a_run_is_retried_with_what_it_was_given(session: Session) -> None:
    """The retry of the first release finds nothing new about its data, spec and code."""
    stack = session.stack
    run = session.json("release")["run"]
    retried = stack.as_json("runs", "retry", run, "--reason", "to be sure")
    shown = stack.as_json("runs", "show", retried["run"])

    assert retried["outcome"] == "nothing_new"
    assert shown["reason"] == "to be sure"
    assert retried["run"] != run


def test_a_report_is_fetched_to_a_file(session: Session) -> None:
    """One self-contained page."""
    run = session.json("release")["run"]
    answer = session.stack.as_json("runs", "open", run, "--no-browser")
    page = (session.stack.folder / answer["report"]).read_text()

    assert page.lower().startswith("<!doctype html>")
    assert run in page
    assert not re.search(r'(src|href)="https?://', page)


def test_two_runs_are_compared_by_what_they_measured(session: Session) -> None:
    """Each metric with its interval."""
    runs = [run["id"] for run in session.stack.as_json("runs", "list", PROJECT)]
    promoted = session.json("release")["run"]
    compared = session.stack.as_json("runs", "compare", promoted, runs[-1])
    table = session.stack.run_command("runs", "compare", promoted, runs[-1])

    assert re.fullmatch(r"-?\d\.\d{4} \[.+, .+\]", compared["r2"]["run"])
    assert compared["model"]["run"] != compared["model"]["other"]
    assert "r2" in table.text


def test_predictions_of_a_file_have_a_receipt_that_can_be_shown(session: Session) -> None:
    """The target in the file is not sent."""
    stack = session.stack
    answer = session.json("predict")
    table = stack.run_command("predict", PROJECT, stack.folder / "old.csv")
    receipt = stack.as_json("receipt", "show", PROJECT, answer["receipt"])
    shown = stack.run_command("receipt", "show", PROJECT, answer["receipt"])
    unknown = stack.run_command("receipt", "show", PROJECT, "none")

    assert len(answer["predictions"]) == 120
    assert "receipt" in table.text
    assert receipt["recomputed"]["agrees"] is True
    assert "progression" not in receipt["receipt"]["instances"][0]
    assert shown.code == 0
    assert (unknown.code, "There is no such thing" in unknown.text) == (1, True)


def test_a_file_that_cannot_be_predicted_says_what_is_expected(session: Session) -> None:
    """The field and the instance, or the kind of file."""
    stack = session.stack
    rows = [dict(row) for row in patients()[:3]]
    rows[2]["bmi"] = "heavy"
    words = stack.run_command("predict", PROJECT, write_rows(stack.folder / "bad.csv", rows))
    workbook = stack.folder / "rows.xlsx"
    workbook.write_bytes(b"PK")
    other = stack.run_command("predict", PROJECT, workbook)

    assert words.code == 1
    assert "instance 2" in words.text
    assert "bmi" in words.text
    assert (other.code, "expected .csv, .json or .jsonl" in other.text) == (1, True)


def test_labels_are_pushed_and_a_conflict_is_said(session: Session) -> None:
    """Exit code 1 when a row was refused, with the row and the reason."""
    conflict = session.said["conflict"]

    assert session.said["labels"].code == 0
    assert session.json("labels") == {"accepted": 5, "already": 0, "refusals": []}
    assert conflict.code == 1
    assert "0 accepted, 4 known before" in conflict.text
    assert re.search(r"refused: receipt .*, instance 0: .*already labelled", conflict.text)


def test_the_windows_verdicts_are_shown(session: Session) -> None:
    """Old patients only: the window of 100 rows filled and was assessed."""
    verdicts = session.stack.as_json("drift", "show", PROJECT)
    table = session.stack.run_command("drift", "show", PROJECT)
    graded = {finding["subject"]: finding["grade"] for finding in verdicts[0]["findings"]}

    assert verdicts[0]["verdict"] == "material"
    assert graded["age"] == "material"
    assert "age" in table.text
    assert {"WindowFilled", "DriftDetected", "RetrainingRefused"} <= set(
        session.stack.event_names(PROJECT)
    )


def test_a_retraining_without_labels_enough_is_refused_with_the_reason(session: Session) -> None:
    """The governor answers whoever asks; a refusal has its own exit code."""
    answer = session.stack.run_command("--json", "retrain", PROJECT, "--reason", "new labels")

    assert answer.code == 3
    assert answer.json["outcome"] == "retraining_refused"
    assert [reason["code"] for reason in answer.json["reasons"]] == ["too_few_labels"]


def test_an_imported_model_is_judged_and_promoted_as_any_other(session: Session) -> None:
    """On the newest version, by a run of its own, whose card says where it came from."""
    found, first = session.json("import"), session.json("runs")[-1]
    card = json.loads(bootstrap.models().file(PROJECT, found["model"], "card.json"))
    upload = first["key"]
    lineage = session.stack.as_json("lineage", PROJECT, f"model:{found['model']}")

    assert (session.said["import"].code, found["outcome"]) == (0, "model_promoted")
    assert (card["trained_by"], card["dataset"]) == ("import", first["dataset"])
    assert card["code"] != first["code"]
    assert {edge["target"]["id"] for edge in lineage} >= {card["code"], card["dataset"]}
    assert any(upload in edge["target"]["id"] for edge in lineage)


def test_an_import_that_does_not_fit_starts_no_run(session: Session) -> None:
    """It is looked at before anything is stored."""
    stack = session.stack
    before = stack.as_json("runs", "list", PROJECT)
    (stack.folder / "bad.onnx").write_bytes(b"not really")
    bad = stack.run_command("models", "import", PROJECT, stack.folder / "bad.onnx")
    absent = stack.run_command("models", "import", PROJECT, stack.folder / "none.onnx")

    assert (bad.code, absent.code) == (1, 1)
    assert "bad.onnx: model.onnx cannot be loaded" in bad.text
    assert "none.onnx does not exist; name an ONNX file" in absent.text
    assert stack.as_json("runs", "list", PROJECT) == before


def test_models_are_listed_and_the_rollback_made_the_last_champion_again(session: Session) -> None:
    """The rollback was verified through the public path; what is served is the old model."""
    stack = session.stack
    models = stack.as_json("models", "list", PROJECT)
    served = stack.predict(PROJECT, [json.loads(line) for line in one_patient()])["model"]
    status = {model["model"]: model["status"] for model in models}
    first, last = session.json("runs")[-1]["model"], session.json("import")["model"]

    assert session.said["rollback"].code == 0, session.said["rollback"].text
    assert session.json("rollback")["model"] == last == served
    retired = dict.fromkeys((first, session.json("release")["model"]), "retired")
    assert status == {last: "champion", **retired}
    assert "champion" in stack.run_command("models", "list", PROJECT).text
    assert "ModelRolledBack" in stack.event_names(PROJECT)


@pytest.mark.parametrize("name", ["", "release"])
def test_a_model_is_made_again_to_the_same_bytes(session: Session, name: str) -> None:
    """The champion (an import) by default, or a trained one; all comes from the store."""
    trained = [session.json(name)["model"]] if name else []
    found = session.stack.as_json("reproduce", PROJECT, *trained)

    assert found["model"] == session.json(name or "rollback")["model"]
    assert "model.onnx" in found["same"]
    assert (found["different"], found["libraries"]) == ([], {})


@pytest.mark.parametrize("name", ["model.onnx", "manifest.json"])
def test_a_package_with_a_flipped_byte_is_refused_and_the_champion_stays(
    session: Session, name: str
) -> None:
    """Whoever may write the bucket cannot put another model into service."""
    stack = session.stack
    first, second = session.json("rollback")["model"], session.json("release")["model"]
    bucket = stack.twin.outputs["BucketName"]
    key = f"models/{PROJECT}/{second}/{name}"
    body = stack.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    stack.client("s3").put_object(Bucket=bucket, Key=key, Body=body[:-1] + bytes([body[-1] ^ 1]))

    answer = stack.run_command("rollback", PROJECT, "--to", second, "--reason", "why not")
    stack.client("s3").put_object(Bucket=bucket, Key=key, Body=body)

    assert answer.code == 1
    assert "its package is refused" in answer.text
    assert name in answer.text
    assert stack.predict(PROJECT, [json.loads(line) for line in one_patient()])["model"] == first


def one_patient() -> list[str]:
    """An instance as a line of JSON."""
    row = patients()[0]
    whole = {"patient", "age", "sex"}
    values = {
        name: int(value) if name in whole else float(value)
        for name, value in row.items()
        if name != "progression"
    }
    return [json.dumps(values)]


def test_a_rollback_to_nothing_is_refused(session: Session) -> None:
    """An unknown model, and a project that never had a champion."""
    stack = session.stack
    stack.push_project(write_project(stack.folder, "newborn"))
    unknown = stack.run_command("rollback", PROJECT, "--to", "f" * 64, "--reason", "why not")
    early = stack.run_command("rollback", "newborn", "--reason", "why not")

    assert (unknown.code, early.code) == (1, 1)
    assert "f" * 12 in unknown.text
    assert "champion" in early.text


def test_the_lineage_of_the_champion_reaches_its_upload(session: Session) -> None:
    """Upwards by default, downwards with --down, and from any node."""
    stack = session.stack
    edges = stack.as_json("lineage", PROJECT)
    ends = {edge["target"]["kind"] for edge in edges}
    upload = next(edge["target"] for edge in edges if edge["target"]["kind"] == "upload")
    down = stack.as_json("lineage", PROJECT, f"upload:{upload['id']}", "--down")
    tree = stack.run_command("lineage", PROJECT)
    wrong = stack.run_command("lineage", PROJECT, "horse:1")

    assert {"upload", "dataset", "spec", "code", "run"} <= ends
    assert {edge["source"]["kind"] for edge in down} >= {"dataset", "model"}
    assert "trained_on" in tree.text
    assert (wrong.code, "expected kind:id" in wrong.text) == (1, True)


def test_an_approval_by_command_needs_a_run_that_waits(session: Session) -> None:
    """Neither approve nor reject decides on a run that ended."""
    run = session.json("release")["run"]
    answers = [
        session.stack.run_command(verb, run, "--reason", "why not", user=SECOND_USER)
        for verb in ("approve", "reject")
    ]

    assert [answer.code for answer in answers] == [1, 1]
    assert all("does not wait" in answer.text for answer in answers)


def test_a_command_line_that_is_wrong_ends_with_2(session: Session) -> None:
    """As every command does; an unknown user of the twin is an error of ours."""
    unknown = session.stack.run_command("runs", "list", user="nobody")

    assert session.stack.run_command("rollback", PROJECT).code == 2
    assert session.stack.run_command("data", "push", PROJECT, "no-such-file.csv").code == 2
    assert (unknown.code, "the twin has no user 'nobody'" in unknown.text) == (1, True)


def command(folder: Path, *words: str) -> subprocess.Popen[str]:
    """Start the real command in a folder."""
    program = Path(sys.executable).with_name("loopwright")
    return subprocess.Popen(
        [program, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"COLUMNS": "200"},
        start_new_session=True,
    )


def children_of(pid: int) -> list[int]:
    """The processes that descend from one."""
    found: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in tasks.read_text().split():
            found += [int(child), *children_of(int(child))]
    return found


def test_twin_up_serves_until_ctrl_c_and_leaves_no_process_behind(tmp_path: Path) -> None:
    """It prints the addresses; other commands of the folder find it; one twin per folder."""
    running = command(tmp_path, "twin", "up")
    address = tmp_path / ".loopwright" / "twin.json"
    deadline = time.monotonic() + 300
    while not address.exists() and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    listed = command(tmp_path, "--json", "runs", "list").communicate(timeout=300)[0]
    second = command(tmp_path, "twin", "up")
    refused = second.communicate(timeout=300)[0]
    children = children_of(running.pid)
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=120)[0]

    assert json.loads(listed) == []
    assert (second.returncode, "runs in this folder already" in refused) == (1, True)
    assert running.returncode == 0, said
    assert "The twin is ready" in said
    assert len(re.findall(r"http://127\.0\.0\.1:\d+", said)) == 2
    assert "the twin has stopped" in said
    assert not address.exists()
    assert children
    assert all(has_ended(child) for child in children)


def test_without_a_twin_a_command_says_how_to_start_one(tmp_path: Path) -> None:
    """And ends with 1."""
    alone = command(tmp_path, "runs", "list")
    said = alone.communicate(timeout=300)[0]

    assert alone.returncode == 1
    assert "loopwright twin up" in said
    assert ROOT not in tmp_path.parents
