"""How a batch of a stream is worked through."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from infra.twin.bridge import Invocation
from infra.twin.registry import EventSourceMapping
from infra.twin.stream_batches import BatchWorker, FailedBatch

NOON = datetime(2026, 1, 5, 12, 0, 30, tzinfo=UTC)
FAILED = Invocation(b'{"errorType": "E"}', "Unhandled", "request", "")


def records(count: int) -> list[dict[str, Any]]:
    """Records numbered from zero."""
    return [{"dynamodb": {"SequenceNumber": str(number)}} for number in range(count)]


def numbers(batch: Any) -> list[int]:
    """The numbers of a sequence of records."""
    return [int(record["dynamodb"]["SequenceNumber"]) for record in batch]


@dataclass
class Consumer:
    """A function that fails for the poisoned records, and remembers what it accepted."""

    poisoned: set[int]
    reports: bool = False
    accepted: list[int] = field(default_factory=list)
    calls: list[list[int]] = field(default_factory=list)

    def invoke(self, payload: bytes) -> Invocation:
        """Accept a batch, or a part of it, or nothing."""
        batch = numbers(json.loads(payload)["Records"])
        self.calls.append(batch)
        bad = [number for number in batch if number in self.poisoned]
        if bad and not self.reports:
            return FAILED
        self.accepted += [number for number in batch if not bad or number < bad[0]]
        answer = {"batchItemFailures": [{"itemIdentifier": str(number)} for number in bad]}
        return Invocation(json.dumps(answer).encode(), None, "request", "")


def work(
    consumer: Consumer, count: int, **settings: Any
) -> tuple[list[int], Callable[[], list[int]]]:
    """Work through a batch; the numbers given up, and the pauses made."""
    given_up: list[int] = []
    pauses: list[int] = []

    def give_up(failed: FailedBatch) -> None:
        given_up.extend(numbers(failed.batch.records))

    mapping = EventSourceMapping("id", "arn", "stream", **settings)
    worker = BatchWorker(mapping, "shard-1", lambda: NOON, consumer.invoke, give_up, pauses.append)
    worker.work_through(records(count))
    return given_up, lambda: pauses


@given(count=st.integers(1, 40), poisoned=st.sets(st.integers(0, 39)))
def test_bisection_gives_up_exactly_the_poisoned_records(count: int, poisoned: set[int]) -> None:
    """All others are accepted once and in order."""
    consumer = Consumer(poisoned)
    given_up, _ = work(consumer, count, bisects_on_error=True, max_retry_attempts=0)

    assert given_up == sorted(poisoned & set(range(count)))
    assert consumer.accepted == [number for number in range(count) if number not in poisoned]


@given(count=st.integers(1, 40), poisoned=st.sets(st.integers(0, 39)))
def test_nothing_is_lost_with_partial_answers(count: int, poisoned: set[int]) -> None:
    """Every record was accepted or given up, in order, and none twice."""
    consumer = Consumer(poisoned, reports=True)
    given_up, _ = work(
        consumer, count, bisects_on_error=True, max_retry_attempts=1, reports_item_failures=True
    )

    assert sorted(given_up + consumer.accepted) == list(range(count))
    assert consumer.accepted == sorted(consumer.accepted)


def test_without_bisection_the_whole_batch_is_retried_and_given_up() -> None:
    """As often as the mapping says."""
    consumer = Consumer({1})
    given_up, pauses = work(consumer, 3, max_retry_attempts=2)

    assert consumer.calls == [[0, 1, 2]] * 3
    assert given_up == [0, 1, 2]
    assert pauses() == [1, 2]


def test_an_answer_that_names_an_unknown_record_fails_the_batch() -> None:
    """A typo must not count as success."""

    @dataclass
    class Confused(Consumer):
        def invoke(self, payload: bytes) -> Invocation:
            self.calls.append(numbers(json.loads(payload)["Records"]))
            answer = b'{"batchItemFailures": [{"itemIdentifier": "nobody"}]}'
            return Invocation(answer, None, "request", "")

    given_up, _ = work(Confused(set()), 2, max_retry_attempts=0, reports_item_failures=True)

    assert given_up == [0, 1]


def test_a_mapping_with_a_tumbling_window_names_its_shard() -> None:
    """Lambda gives window, state and shard to such functions, and the records alone to others."""
    events: list[dict[str, Any]] = []

    def invoke(payload: bytes) -> Invocation:
        events.append(json.loads(payload))
        return Invocation(b"{}", None, "request", "")

    for window_s in (60, 0):
        mapping = EventSourceMapping("id", "arn", "stream", tumbling_window_s=window_s)
        worker = BatchWorker(
            mapping, "shard-1", lambda: NOON, invoke, lambda _: None, lambda _: None
        )
        worker.work_through(records(1))

    assert events[0]["shardId"] == "shard-1"
    assert events[0]["window"] == {"start": "2026-01-05T12:00:00Z", "end": "2026-01-05T12:01:00Z"}
    assert set(events[1]) == {"Records"}
