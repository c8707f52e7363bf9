"""DynamoDB streams to Lambda, in their own threads: one poller per event source mapping."""

import time
from threading import Event, Thread
from typing import Any, Final  # moto declares a type of its own for events

from moto.events.models import EventPattern

from infra.twin.bridge import TwinContext
from infra.twin.registry import EventSourceMapping
from infra.twin.stream_batches import BatchWorker, FailedBatch, Record
from infra.twin.stream_failures import FailureDestination
from infra.twin.stream_shards import StreamReader, install_stream_shards

_LOOK_EVERY_S: Final = 0.05
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 1.0
_LONGEST_WINDOW_S: Final = 0.2


class StreamPoller:
    """Feeds one function from one stream, in order."""

    def __init__(
        self, context: TwinContext, mapping: EventSourceMapping, *, duplicate_deliveries: bool
    ) -> None:
        """A poller that ``start`` runs in a thread of its own."""
        self._mapping = mapping
        self._duplicate_deliveries = duplicate_deliveries
        self._reader = StreamReader(
            context.account_id,
            mapping.source_arn,
            from_start=mapping.starting_position == "TRIM_HORIZON",
        )
        self._patterns = [EventPattern.load(pattern) for pattern in mapping.filter_patterns]
        self._failures = FailureDestination(context, mapping, self._reader.shard_id)
        self._stopping = Event()
        self.given_up: list[FailedBatch] = []
        self._worker = BatchWorker(
            mapping,
            shard_id=self._reader.shard_id,
            now=context.clock.now,
            invoke=lambda payload: context.functions.invoke(mapping.function_arn, payload),
            give_up=self._give_up,
            pause=self._pause,
        )
        self._thread = Thread(target=self._poll, name=f"stream-{mapping.identifier}", daemon=True)

    def start(self) -> None:
        """Begin to poll."""
        self._thread.start()

    def is_idle(self) -> bool:
        """Whether every record was worked through: the position moves after the work."""
        return not self._reader.has_more()

    def stop(self) -> None:
        """End after the batch in work."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _poll(self) -> None:
        while not self._stopping.is_set():
            if not self._reader.has_more():
                self._stopping.wait(_LOOK_EVERY_S)
                continue
            records = self._next_records()
            wanted = [record for record in records if self._is_wanted(record)]
            for _ in range(2 if self._duplicate_deliveries else 1):
                if wanted:
                    self._worker.work_through(wanted)
            self._reader.position += len(records)

    def _next_records(self) -> list[Record]:
        """A full batch, or what has come when the batching window is over."""
        deadline = time.monotonic() + min(self._mapping.batching_window_s, _LONGEST_WINDOW_S)
        records = self._reader.read(self._mapping.batch_size)
        while len(records) < self._mapping.batch_size and time.monotonic() < deadline:
            self._stopping.wait(_LOOK_EVERY_S)
            records = self._reader.read(self._mapping.batch_size)
        return records

    def _is_wanted(self, record: Any) -> bool:
        patterns = self._patterns
        return not patterns or any(pattern.matches_event(record) for pattern in patterns)

    def _give_up(self, failed: FailedBatch) -> None:
        self.given_up.append(failed)
        self._failures.keep(failed)

    def _pause(self, failures: int) -> None:
        self._stopping.wait(min(_FIRST_PAUSE_S * 2 ** (failures - 1), _LONGEST_PAUSE_S))


class StreamsBridge:
    """The bridge of the table streams that feed functions."""

    def __init__(self, *, duplicate_deliveries: bool = False) -> None:
        """With ``duplicate_deliveries`` every batch comes twice, as after a lost checkpoint."""
        self.duplicate_deliveries = duplicate_deliveries
        self.pollers: list[StreamPoller] = []
        self._context: TwinContext | None = None

    def install(self, context: TwinContext) -> None:
        """Stop moto from delivering inside the writer."""
        self._context = context
        install_stream_shards(context.seams, context.region, context.clock.now)

    def start(self) -> None:
        """Poll for every mapping that the stack made."""
        if self._context is not None:
            for mapping in self._context.registry.event_source_mappings:
                if ":dynamodb:" in mapping.source_arn and mapping.is_enabled:
                    self.add(mapping)

    def add(self, mapping: EventSourceMapping) -> StreamPoller:
        """Poll for one more mapping."""
        if self._context is None:
            message = "the streams are not installed"
            raise RuntimeError(message)
        poller = StreamPoller(
            self._context, mapping, duplicate_deliveries=self.duplicate_deliveries
        )
        self.pollers.append(poller)
        poller.start()
        return poller

    def is_idle(self) -> bool:
        """Whether every stream is worked through."""
        return all(poller.is_idle() for poller in self.pollers)

    def stop(self) -> None:
        """End every poller."""
        for poller in self.pollers:
            poller.stop()
        self.pollers.clear()
