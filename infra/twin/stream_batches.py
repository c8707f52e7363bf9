"""How Lambda works through a batch of a stream: partial answers, bisection, bounded retries."""

import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final  # stream records are JSON documents

from infra.twin.bridge import Invocation
from infra.twin.registry import EventSourceMapping

_MOST_RETRIES: Final = 10
type Record = dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """Records that go to the function together, and how often they failed."""

    records: tuple[Record, ...]
    failures: int = 0


@dataclass(frozen=True)
class FailedBatch:
    """A batch that Lambda gives up on."""

    batch: Batch
    invocation: Invocation


@dataclass(frozen=True)
class BatchWorker:
    """Delivers batches of one mapping, in order; what fails for good goes to ``give_up``."""

    mapping: EventSourceMapping
    shard_id: str
    now: Callable[[], datetime]
    invoke: Callable[[bytes], Invocation]
    give_up: Callable[[FailedBatch], None]
    pause: Callable[[int], None]

    def work_through(self, records: Sequence[Record]) -> None:
        """Deliver these records until each was accepted or given up."""
        waiting = deque([Batch(tuple(records))])
        while waiting:
            batch = waiting.popleft()
            invocation = self.invoke(json.dumps(self._event(batch)).encode())
            rest = unaccepted(self.mapping, batch.records, invocation)
            if rest:
                waiting.extendleft(reversed(self._next_batches(batch, rest, invocation)))

    def _event(self, batch: Batch) -> Record:
        """What the function is given; a mapping with a tumbling window names window and shard.

        The twin keeps no state between the batches of a window and sends no final event.
        """
        event: Record = {"Records": list(batch.records)}
        if self.mapping.tumbling_window_s:
            start, end = window_around(self.now(), self.mapping.tumbling_window_s)
            event |= {
                "window": {"start": start, "end": end},
                "state": {},
                "shardId": self.shard_id,
                "eventSourceARN": self.mapping.source_arn,
                "isFinalInvokeForWindow": False,
                "isWindowTerminatedEarly": False,
            }
        return event

    def _next_batches(
        self, batch: Batch, rest: tuple[Record, ...], invocation: Invocation
    ) -> list[Batch]:
        """What to try next; a split or a shorter batch starts its own count of failures."""
        if len(rest) < len(batch.records):
            return [Batch(rest)]
        if self.mapping.bisects_on_error and len(rest) > 1:
            middle = len(rest) // 2
            return [Batch(rest[:middle]), Batch(rest[middle:])]
        failures = batch.failures + 1
        if failures > retries_of(self.mapping):
            self.give_up(FailedBatch(Batch(rest, failures), invocation))
            return []
        self.pause(failures)
        return [Batch(rest, failures)]


def window_around(instant: datetime, length_s: int) -> tuple[str, str]:
    """The bounds of the tumbling window that an instant lies in, as Lambda writes them."""
    start = int(instant.timestamp()) // length_s * length_s
    bounds = (datetime.fromtimestamp(second, UTC) for second in (start, start + length_s))
    first, last = (bound.strftime("%Y-%m-%dT%H:%M:%SZ") for bound in bounds)
    return first, last


def retries_of(mapping: EventSourceMapping) -> int:
    """The retries of a mapping; AWS's "for ever" (-1) ends in the twin, so that it can rest."""
    return mapping.max_retry_attempts if mapping.max_retry_attempts >= 0 else _MOST_RETRIES


def unaccepted(
    mapping: EventSourceMapping, records: tuple[Record, ...], invocation: Invocation
) -> tuple[Record, ...]:
    """The records from the first failed one on; all when the function failed or spoke nonsense."""
    if not invocation.succeeded:
        return records
    if not mapping.reports_item_failures:
        return ()
    answer = json.loads(invocation.payload or b"null")
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return ()
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    failed = [failure.get("itemIdentifier") for failure in failures]
    if any(number not in numbers for number in failed):
        return records
    return records[min(numbers.index(number) for number in failed) :]
