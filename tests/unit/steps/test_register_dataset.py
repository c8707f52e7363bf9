"""RegisterDataset: a run is opened, and its upload planned in batches or refused with reasons."""

import pytest

from loopwright.domain import staging
from loopwright.domain.spec import Column
from loopwright.domain.staging import ReadingPlan
from loopwright.steps import register_dataset
from loopwright.steps.documents import get_document
from tests.fakes.data import DataStack
from tests.fakes.projects import COLUMNS, a_spec, some_rows

ROWS = some_rows(200)


@pytest.fixture
def stack() -> DataStack:
    """Return the pushed project."""
    return DataStack()


def test_the_run_is_opened_with_what_it_works_on(stack: DataStack) -> None:
    """Who, why, which upload, spec, code, image and version."""
    result = stack.register(stack.upload(ROWS))
    run = stack.ledger.run("loans", "r1")

    assert (run.actor, run.reason, run.trigger) == ("ana", "new data", "upload")
    assert (run.key, run.version_id, run.execution) == ("incoming/loans/a.csv", "v1", "arn:r1")
    assert (run.spec, run.code, run.image, run.dataset) == (
        *(result.spec, "code-digest", "image:1", result.dataset),
    )
    assert run.outcome is None


def test_a_version_is_released_again_without_reading(stack: DataStack) -> None:
    """By its digest, or the newest one."""
    first = stack.register(stack.upload(ROWS))
    stack.clock.advance(hours=1)
    second = stack.register(
        stack.upload(some_rows(150, first=500), "incoming/loans/b.csv"), run="r2"
    )
    named = stack.register(run="r3", trigger="person", project="loans", dataset=first.dataset)
    newest = stack.register(run="r4", trigger="person", project="loans")

    assert named.dataset == first.dataset
    assert named.batches == first.batches
    assert newest.dataset == second.dataset
    assert stack.events.names == ["DatasetRegistered", "DatasetRegistered"]


def test_an_import_is_a_question_of_its_own(stack: DataStack) -> None:
    """Over the same rows and spec: its archive is the code that the run is told."""
    first = stack.register(stack.upload(ROWS))
    found = stack.register(run="r2", trigger="person", project="loans", imported="a" * 64)

    assert found.training is not None
    assert (found.outcome, found.dataset, found.spec) == ("registered", first.dataset, first.spec)
    assert found.training.hyperparameters["script"] == "model.onnx"
    assert stack.ledger.run("loans", "r2").code == found.code != first.code


def test_a_version_that_does_not_exist_is_refused(stack: DataStack) -> None:
    """Those that exist are named."""
    nothing = stack.register(trigger="person", project="loans")
    unknown = stack.register(run="r2", trigger="person", project="loans", dataset="abc")

    assert nothing.outcome == unknown.outcome == "rejected"
    assert nothing.reasons[0].code == "unknown_dataset"
    assert "no dataset version 'abc'" in unknown.reasons[0].message
    assert unknown.spec is not None


def test_a_version_of_other_columns_is_not_released_again(stack: DataStack) -> None:
    """It was typed by another spec."""
    stack.register(stack.upload(ROWS))
    stack.push(a_spec(columns={**COLUMNS, "age": Column(type="integer")}))
    result = stack.register(run="r2", trigger="person", project="loans")

    assert result.outcome == "rejected"
    assert [(r.code, r.subject) for r in result.reasons] == [("other_columns", "age")]


def test_an_upload_for_an_unknown_project_is_refused(stack: DataStack) -> None:
    """The run is opened all the same, so that it can be published; the upload stays."""
    key = stack.upload(ROWS, "incoming/lones/a.csv")
    result = stack.register(key)

    assert result.outcome == "rejected"
    assert result.project == "lones"
    assert "known projects: ['loans']" in result.reasons[0].message
    assert stack.ledger.run("lones", "r1").key == key
    assert key in stack.objects.objects


def test_an_upload_that_is_not_there_is_refused(stack: DataStack) -> None:
    """A retry may name a wrong key."""
    result = stack.register("incoming/loans/none.csv")

    assert result.reasons[0].message == "incoming/loans/none.csv: no such object"


def plan_of(stack: DataStack, result: register_dataset.Result) -> ReadingPlan:
    """Return the plan that a result points to."""
    assert result.plan is not None
    return get_document(stack.objects, result.plan, ReadingPlan)


def test_an_upload_is_planned_and_not_read(stack: DataStack) -> None:
    """The state passes the key of the plan, and the numbers of its batches."""
    result = stack.plan(stack.upload(ROWS))
    plan = plan_of(stack, result)

    assert (result.outcome, result.reading, result.dataset) == ("to_read", (0,), None)
    assert plan.record == stack.ledger.project("loans")
    assert [(source.key, source.version_id) for source in plan.sources] == [
        ("incoming/loans/a.csv", "v1")
    ]
    assert stack.objects.keys("datasets/") == []


def test_the_files_of_a_folder_are_batched_by_their_bytes(
    stack: DataStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole files in the order of their keys; the marker is no file."""
    monkeypatch.setattr(staging, "READ_BYTES", 4_000)
    for name, count in (("a", 20), ("b", 20), ("c", 150), ("d", 20)):
        stack.upload(ROWS[:count], f"incoming/loans/2015/{name}.csv")
    stack.objects.place("incoming/loans/2015/_SUCCESS", b"")
    result = stack.plan("incoming/loans/2015/_SUCCESS")

    assert result.reading == (0, 1, 2)
    assert [[key[-5] for key in batch.keys] for batch in plan_of(stack, result).batches] == [
        ["a", "b"],
        ["c"],
        ["d"],
    ]


def test_a_file_above_the_limit_is_refused_by_its_size(
    stack: DataStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk of a function is bounded; a folder of smaller files is not."""
    monkeypatch.setattr(register_dataset, "MAX_FILE_BYTES", 1_000)
    for name, count in (("a", 20), ("b", 150), ("c", 20)):
        stack.upload(ROWS[:count], f"incoming/loans/2015/{name}.csv")
    result = stack.plan("incoming/loans/2015/_SUCCESS")
    (reason,) = result.reasons

    assert (reason.code, reason.subject) == ("too_large", "incoming/loans/2015/b.csv")
    assert "loopwright data push" in reason.advice
