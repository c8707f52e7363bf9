from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopwright.domain.observation import total
from loopwright.domain.receipt import Prediction, Receipt
from loopwright.errors import ConflictError
from loopwright.steps.observe_predictions import (
    ATTEMPTS,
    Request,
    Result,
    WatchedModels,
    observe_predictions,
)
from tests.fakes import InMemoryWindows
from tests.fakes.serving import GOOD, PROJECT, LoanDesk

SHARD = "shardId-1"


def record(desk: LoanDesk, sequence: int, *, rows: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a stream record of a receipt with some rows."""
    age = 20.0 + sequence % 40
    receipt = Receipt(
        id=f"r{sequence}",
        project=PROJECT,
        model=changes.get("model", desk.first),
        at=desk.now,
        actor="ann",
        probe=changes.get("probe", False),
        instances=({**GOOD, "age": age},) * rows,
        context=({"sex": 1},) * rows,
        predictions=(Prediction(value=0, probabilities=(1 - age / 100, age / 100)),) * rows,
    )
    return {
        "eventName": changes.get("name", "INSERT"),
        "dynamodb": {
            "Keys": {
                "pk": {"S": f"{PROJECT}#{receipt.id}"},
                "sk": {"S": changes.get("sk", "RECEIPT")},
            },
            "NewImage": {"document": {"S": changes.get("document", receipt.model_dump_json())}},
            "SequenceNumber": str(sequence),
        },
    }


def deliver(
    desk: LoanDesk, records: list[dict[str, Any]], windows: InMemoryWindows | None = None
) -> Result:
    """Deliver one batch."""
    return observe_predictions(
        Request.model_validate({"Records": records, "shardId": SHARD, "state": {}}),
        receipts=desk.receipts,
        windows=windows or desk.windows,
        watched=WatchedModels(models=desk.models, specs=desk.specs),
        event_bus=desk.event_bus,
        clock=desk.clock,
    )


def counted(desk: LoanDesk, model: str | None = None) -> dict[str, tuple[int, ...]]:
    """Return what was counted for a model."""
    window = desk.windows.open_window(PROJECT, model or desk.first)
    return {} if window is None else {k: v.counts for k, v in total(window.batches).items()}


def test_a_batch_is_counted_and_the_checkpoint_moves() -> None:
    """The answer is what Lambda's poller expects."""
    desk = LoanDesk()
    result = deliver(desk, [record(desk, 9, rows=2), record(desk, 10)])

    assert result.model_dump(mode="json") == {"state": {}, "batchItemFailures": []}
    assert desk.windows.checkpoint(SHARD) == "10"
    assert desk.windows.open_rows(PROJECT, desk.first) == 3
    assert sum(counted(desk)["sex"]) == 3


def test_records_at_or_below_the_checkpoint_are_not_counted_again() -> None:
    """9 is below 10 although its text is not."""
    desk = LoanDesk()
    deliver(desk, [record(desk, 9), record(desk, 10)])
    result = deliver(desk, [record(desk, 9), record(desk, 10), record(desk, 11)])

    assert result.rows == 1
    assert desk.windows.open_rows(PROJECT, desk.first) == 3


def test_probes_labels_and_removals_are_passed_over() -> None:
    """The checkpoint moves all the same."""
    desk = LoanDesk()
    deliver(
        desk,
        [
            record(desk, 1, probe=True),
            record(desk, 2, sk="LABELS"),
            record(desk, 3, name="REMOVE"),
            record(desk, 4, name="MODIFY"),
        ],
    )

    assert desk.windows.open_rows(PROJECT, desk.first) == 0
    assert desk.windows.checkpoint(SHARD) == "4"


def test_models_are_counted_apart() -> None:
    """Each over the bins of its own reference, in the same transaction."""
    desk = LoanDesk()
    deliver(desk, [record(desk, 1), record(desk, 2, model=desk.second, rows=2)])

    assert desk.windows.open_rows(PROJECT, desk.first) == 1
    assert desk.windows.open_rows(PROJECT, desk.second) == 2


@pytest.mark.parametrize("broken", [{"document": "{"}, {"model": "unknown"}])
def test_from_a_record_that_cannot_be_counted_the_batch_is_delivered_again(
    broken: dict[str, Any],
) -> None:
    """What lies before it is counted, and its reason is told."""
    desk = LoanDesk()
    result = deliver(desk, [record(desk, 1), record(desk, 2, **broken), record(desk, 3)])

    assert result.model_dump(mode="json")["batchItemFailures"] == [{"itemIdentifier": "2"}]
    assert result.problem.startswith("record 2 of shardId-1: ")
    assert desk.windows.checkpoint(SHARD) == "1"


def test_a_batch_that_starts_with_a_broken_record_moves_nothing() -> None:
    """The poller bisects and at last sends it to the failure target."""
    desk = LoanDesk()
    result = deliver(desk, [record(desk, 1, document="{")])

    assert result.failures
    assert desk.windows.checkpoint(SHARD) is None


def test_the_last_call_of_a_tumbling_window_has_no_records() -> None:
    """It is answered like any other."""
    desk = LoanDesk()

    assert deliver(desk, []).model_dump(mode="json") == {"state": {}, "batchItemFailures": []}


def test_a_full_window_is_announced_once_for_each_time_that_it_fills() -> None:
    """The spec's window has 200 rows; a later batch fills it a second time."""
    desk = LoanDesk()
    deliver(desk, [record(desk, 1, rows=199)])
    before = desk.event_bus.names[:]
    deliver(desk, [record(desk, 2, rows=1)])
    deliver(desk, [record(desk, 3, rows=1)])
    deliver(desk, [record(desk, 4, rows=200)])

    assert before == []
    assert desk.event_bus.names == ["WindowFilled", "WindowFilled"]
    assert desk.event_bus.events[0].detail == {"model": desk.first, "rows": 200}


def test_a_checkpoint_that_moved_meanwhile_is_read_again() -> None:
    """Another invocation counted the same batch between our read and our write."""

    class Contended(InMemoryWindows):
        raced = False

        def checkpoint(self, shard: str) -> str | None:
            found = super().checkpoint(shard)
            if not self.raced:
                self.raced = True
                self.checkpoints[shard] = "2"
            return found

    desk = LoanDesk()
    desk.windows = Contended()
    result = deliver(desk, [record(desk, 1), record(desk, 2), record(desk, 3)])

    assert result.rows == 1
    assert desk.windows.checkpoint(SHARD) == "3"


def test_a_checkpoint_that_never_rests_is_an_error() -> None:
    """Lambda delivers the batch again later."""

    class Restless(InMemoryWindows):
        calls = 0

        def checkpoint(self, shard: str) -> str | None:
            self.calls += 1
            return str(-self.calls)

    desk = LoanDesk()
    windows = Restless()

    with pytest.raises(ConflictError, match="moved 5 times"):
        deliver(desk, [record(desk, 1)], windows)
    assert windows.calls == ATTEMPTS


@settings(max_examples=25)
@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 11), st.integers(1, 12)), max_size=12),
    st.sets(st.integers(0, 11)),
)
def test_any_split_retry_or_repetition_of_deliveries_counts_each_row_once(
    rows: list[int], deliveries: list[tuple[int, int]], probes: set[int]
) -> None:
    """Whatever the poller does with a batch, the totals are those of one delivery."""
    desk, once = LoanDesk(), LoanDesk()
    sequences = [98 + position for position in range(len(rows))]
    records = [
        record(desk, sequence, rows=count, probe=position in probes)
        for position, (sequence, count) in enumerate(zip(sequences, rows, strict=True))
    ]
    position = 0
    for start, length in deliveries:
        first = min(start, position)
        deliver(desk, records[first : first + length])
        position = max(position, min(first + length, len(records)))
    deliver(desk, records[position:])
    deliver(desk, records)
    deliver(once, records)

    assert counted(desk) == counted(once)
    assert desk.windows.open_rows(PROJECT, desk.first) == sum(
        count for position, count in enumerate(rows) if position not in probes
    )
