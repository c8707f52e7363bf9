"""ProfilePart: the counts of one batch over the frozen bins."""

import pytest

from loopwright.domain import dataset
from loopwright.domain.counting import ProfileDocument, count_columns, read_bins
from loopwright.domain.record import digest_of
from loopwright.errors import IncompletePartsError
from tests.fakes.data import DataStack
from tests.fakes.projects import some_rows
from tests.fakes.storage import KilledError


def test_the_counts_of_a_batch_are_stored_once() -> None:
    """Again gives the same document under the same key."""
    stack = DataStack()
    registered = stack.register(stack.upload(some_rows(200)))
    first = stack.profile(registered)
    before = stack.state
    body = stack.objects.read(first[0].key)
    document = ProfileDocument.model_validate_json(body)

    assert first[0].key == f"datasets/loans/{registered.dataset}/profiles/{registered.spec}/0.json"
    assert first[0].digest == digest_of(body)
    assert (
        document.keys == stack.datasets.manifest("loans", str(registered.dataset)).batches[0].keys
    )
    assert stack.profile(registered) == first
    assert stack.state == before


@pytest.mark.parametrize("writes", range(2))
def test_a_child_that_was_killed_comes_again_to_the_same(
    writes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After what it spreads over the buckets, and before it."""
    monkeypatch.setattr(dataset, "PROFILE_BYTES", 1)
    stack = DataStack()
    registered = stack.register(stack.upload(some_rows(200)))
    before = stack.state
    stack.objects.writes_left = writes
    with pytest.raises(KilledError):
        stack.profile(registered)
    left_behind = stack.state
    again = stack.profile(registered)

    assert (left_behind == before) == (writes == 0)
    assert again == stack.profile(registered)
    assert again[0].key in stack.objects.objects


def test_the_batches_together_count_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training and sealed rows add up to the counts of the upload."""
    monkeypatch.setattr(dataset, "PROFILE_BYTES", 1)
    stack = DataStack()
    rows = some_rows(200)
    registered = stack.register(stack.upload(rows))
    parts = [
        ProfileDocument.model_validate_json(stack.objects.read(part.key))
        for part in stack.profile(registered)
    ]
    bins = read_bins(stack.objects.read(f"datasets/loans/{registered.dataset}/bins.json"))
    values = {name: [row[name] for row in rows] for name in bins}
    values["id"] = [len(str(value)) for value in values["id"]]
    whole = count_columns(bins, values, rows=200)

    assert len(parts) == 2
    for name, column in whole.columns.items():
        added = zip(*(part.counts.columns[name].counts for part in parts), strict=True)
        assert tuple(map(sum, added)) == column.counts


def test_a_part_that_was_cut_off_is_breakage() -> None:
    """Rows that are gone can never pass as a smaller part."""
    stack = DataStack()
    registered = stack.register(stack.upload(some_rows(200)))
    part = stack.datasets.manifest("loans", str(registered.dataset)).training[0]
    stack.objects.place(part.key, stack.objects.read(part.key)[:-100])

    with pytest.raises(IncompletePartsError, match=r"part-00000\.parquet: expected sha256"):
        stack.profile(registered)
