"""ReadPart: a batch of files becomes parts in staging, and what they are is told."""

import json

import pytest

from loopwright.domain import staging
from loopwright.domain.record import digest_of
from loopwright.domain.staging import StagedBatch
from loopwright.errors import IncompletePartsError
from loopwright.steps.documents import get_document
from loopwright.steps.read_part import Result
from tests.fakes.data import DataStack
from tests.fakes.projects import some_rows
from tests.fakes.storage import KilledError

ROWS = some_rows(200)


def told(stack: DataStack, result: Result) -> StagedBatch:
    """Return what a child stored."""
    stored = staging.StoredDocument(key=result.key, digest=result.digest)
    return get_document(stack.objects, stored, StagedBatch)


def test_a_batch_becomes_parts_under_their_digests() -> None:
    """Training and sealed rows apart, with what was found out about each file."""
    stack = DataStack()
    planned = stack.plan(stack.upload(ROWS))
    found = told(stack, stack.read(planned, 0))

    assert found.rows == sum(part.rows for part in (*found.training, *found.holdout)) == 200
    assert found.sources[0].sniffed["delimiter"] == "comma"
    for part in (*found.training, *found.holdout):
        assert digest_of(stack.objects.read(part.key)) == part.digest
        assert part.key == f"staging/loans/r1/0/{part.digest}.parquet"


def test_a_batch_that_is_read_twice_stores_the_same() -> None:
    """A call that comes again leaves no trace of it."""
    stack = DataStack()
    planned = stack.plan(stack.upload(ROWS))
    first = stack.read(planned, 0)
    before = stack.state

    assert stack.read(planned, 0) == first
    assert stack.state == before


@pytest.mark.parametrize("writes", range(4))
def test_a_child_that_was_killed_comes_again_to_the_same(writes: int) -> None:
    """Between any two of its writes: two parts, a summary, and what it tells of them."""
    whole, killed = DataStack(), DataStack()
    expected = whole.read(whole.plan(whole.upload(ROWS)), 0)
    planned = killed.plan(killed.upload(ROWS))
    killed.objects.writes_left = writes
    with pytest.raises(KilledError):
        killed.read(planned, 0)
    left_behind = len(killed.objects.objects)

    assert killed.read(planned, 0) == expected
    assert killed.state == whole.state
    assert left_behind == len(killed.objects.objects) - 4 + writes


def test_only_the_files_of_the_batch_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other files belong to other children."""
    monkeypatch.setattr(staging, "READ_BYTES", 1)
    stack = DataStack()
    stack.upload(ROWS[:50], "incoming/loans/2015/a.csv")
    stack.upload(ROWS[50:], "incoming/loans/2015/b.csv")
    planned = stack.plan("incoming/loans/2015/_SUCCESS")
    rows = [told(stack, stack.read(planned, batch)).rows for batch in planned.reading]

    assert rows == [50, 150]


def test_unreadable_rows_are_kept_apart_and_counted() -> None:
    """However many they are: too many is said over all batches."""
    stack = DataStack()
    planned = stack.plan(stack.upload([{**row, "income": "much"} for row in ROWS]))
    found = told(stack, stack.read(planned, 0))
    lines = stack.objects.read(str(found.quarantine_key)).splitlines()

    assert (found.reasons, found.rows, found.quarantined_rows) == ((), 0, 200)
    assert len(lines) == 200
    assert json.loads(lines[0])["column"] == "income"


def test_a_file_that_cannot_be_used_is_told_with_its_reason() -> None:
    """The child ends well: a rejection is a value."""
    stack = DataStack()
    stack.objects.place("incoming/loans/a.csv", b"")
    planned = stack.plan("incoming/loans/a.csv")
    found = told(stack, stack.read(planned, 0))

    assert [reason.code for reason in found.reasons] == ["empty_file"]
    assert (found.training, found.holdout, found.columns) == ((), (), ())


def test_a_plan_that_was_changed_is_refused() -> None:
    """Its digest is part of what the machine passes."""
    stack = DataStack()
    planned = stack.plan(stack.upload(ROWS))
    assert planned.plan is not None
    stack.objects.place(planned.plan.key, b"{}")

    with pytest.raises(IncompletePartsError, match="expected digest"):
        stack.read(planned, 0)
