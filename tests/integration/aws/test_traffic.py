"""The contracts of receipts and windows, on the fakes and on DynamoDB."""

from typing import Any

import pytest

from loopwright.domain.bins import ColumnCounts, Counts
from loopwright.domain.receipt import Labels, Prediction, Receipt
from loopwright.domain.window import LiveCounts
from loopwright.errors import ConflictError, NotFoundError
from tests.integration.aws.adapters import Adapters


@pytest.mark.parametrize("characters", [10, 400_000])
def test_a_receipt_is_read_back_whatever_its_size(adapters: Adapters, characters: int) -> None:
    """A body over the item limit goes through the bucket."""
    receipt = a_receipt("a1", text="x" * characters)
    adapters.receipts.put(receipt)
    adapters.receipts.put(receipt)

    assert adapters.receipts.get("loans", "a1") == receipt


def test_a_receipt_of_another_project_is_not_found(adapters: Adapters) -> None:
    """Projects do not see each other's receipts."""
    adapters.receipts.put(a_receipt("a1"))

    with pytest.raises(NotFoundError, match="'homes' has no receipt 'a1'"):
        adapters.receipts.get("homes", "a1")


def test_labels_are_replaced_only_if_nobody_else_did(adapters: Adapters) -> None:
    """Two writers that merged from the same labels: the second is told."""
    receipts = adapters.receipts
    receipts.put(a_receipt("a1"))
    first, second = labels("a1", {0: 1}), labels("a1", {0: 1, 1: 0})
    receipts.put_labels(first, previous=None)
    receipts.put_labels(second, previous=first)

    assert receipts.labels("loans", "a1") == second
    assert receipts.labels("loans", "a2") is None
    for stale in (None, first):
        with pytest.raises(ConflictError, match="a1"):
            receipts.put_labels(first, previous=stale)
    with pytest.raises(ConflictError, match="a9"):
        receipts.put_labels(labels("a9", {0: 1}), previous=first)


def test_labelled_receipts_come_in_the_order_of_their_labels(adapters: Adapters) -> None:
    """Retraining reads them all, oldest labels first, and only its own project's."""
    for name, at in (("a1", "2026-01-03"), ("a2", "2026-01-02")):
        adapters.receipts.put(a_receipt(name))
        adapters.receipts.put_labels(labels(name, {0: 1}, at=at), previous=None)
    adapters.receipts.put(a_receipt("a3"))

    assert [receipt.id for receipt, _ in adapters.receipts.labelled("loans")] == ["a2", "a1"]
    assert list(adapters.receipts.labelled("homes")) == []


def test_counts_are_added_with_their_checkpoint_or_not_at_all(adapters: Adapters) -> None:
    """A batch that was counted before does not count again."""
    windows = adapters.windows
    windows.add("s1", "10", [live("b1", 3)], previous=None)
    windows.add("s1", "20", [live("b2", 4)], previous="10")

    for previous in (None, "10"):
        with pytest.raises(ConflictError, match="s1"):
            windows.add("s1", "20", [live("b2", 4)], previous=previous)
    assert windows.checkpoint("s1") == "20"
    assert windows.checkpoint("s2") is None
    assert windows.open_rows("loans", "m1") == 7


def test_a_window_is_closed_once_and_the_next_one_is_empty(adapters: Adapters) -> None:
    """The verdict of a window is stored with the opening of the next."""
    windows = adapters.windows
    assert windows.open_window("loans", "m1") is None
    windows.add("s1", "10", [live("b1", 3)], previous=None)
    window = windows.open_window("loans", "m1")
    assert window is not None
    verdict = {"project": "loans", "verdict": "none"}

    assert (window.sequence, window.rows, len(window.batches)) == (0, 3, 1)
    assert windows.close_window(window, verdict)
    assert not windows.close_window(window, verdict)
    assert windows.open_rows("loans", "m1") == 0
    assert windows.open_window("loans", "m1") is None
    assert windows.verdicts("loans") == [verdict]
    windows.add("s1", "20", [live("b2", 1)], previous="10")
    following = windows.open_window("loans", "m1")
    assert following is not None
    assert (following.sequence, following.rows) == (1, 1)


def test_a_window_that_grew_since_it_was_read_is_not_closed(adapters: Adapters) -> None:
    """Rows that came meanwhile would otherwise never be assessed."""
    windows = adapters.windows
    windows.add("s1", "10", [live("b1", 3)], previous=None)
    window = windows.open_window("loans", "m1")
    assert window is not None
    windows.add("s1", "20", [live("b2", 1)], previous="10")

    with pytest.raises(ConflictError, match="window 0"):
        windows.close_window(window, {"project": "loans"})


def test_verdicts_come_newest_first(adapters: Adapters) -> None:
    """Up to a limit."""
    windows = adapters.windows
    for number in range(3):
        previous = None if number == 0 else str(number - 1)
        windows.add("s1", str(number), [live(f"b{number}", 1)], previous=previous)
        window = windows.open_window("loans", "m1")
        assert window is not None
        adapters.clock.advance(hours=1)
        windows.close_window(window, {"project": "loans", "number": number})

    assert [verdict["number"] for verdict in windows.verdicts("loans", limit=2)] == [2, 1]


def a_receipt(name: str, text: str = "x") -> Receipt:
    """Return a receipt of one instance."""
    instance: dict[str, Any] = {"note": text}
    return Receipt(
        id=name,
        project="loans",
        model="m1",
        at="2026-01-01T00:00:00+00:00",
        actor="ann",
        instances=(instance,),
        context=({},),
        predictions=(Prediction(value=1, probabilities=(0.25, 0.75)),),
    )


def labels(receipt: str, values: dict[int, int], at: str = "2026-01-02") -> Labels:
    """Return labels of a receipt."""
    return Labels(
        receipt=receipt,
        project="loans",
        labels={position: value for position, value in values.items()},  # noqa: C416 - int widens to the label type
        at=at,
        actor="ann",
    )


def live(batch: str, rows: int) -> LiveCounts:
    """Return the counts of a batch."""
    counts = Counts(rows=rows, columns={"note": ColumnCounts(counts=(0, rows))})
    return LiveCounts(
        project="loans",
        model="m1",
        batch=batch,
        counts=counts,
        first_at="2026-01-01",
        last_at="2026-01-01",
    )
