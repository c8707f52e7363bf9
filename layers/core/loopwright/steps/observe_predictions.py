"""Count live predictions from the receipts table's stream, each exactly once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from loopwright.domain.bins import Reference
from loopwright.domain.events import Event
from loopwright.domain.model import Signature
from loopwright.domain.observation import combine, count_receipt, is_counted
from loopwright.domain.record import Record
from loopwright.domain.spec_models import Monitoring
from loopwright.domain.window import LiveCounts
from loopwright.errors import ConflictError, LoopwrightError
from loopwright.ports import Clock, EventBus, ModelStore, ReceiptStore, SpecStore, WindowStore

ATTEMPTS = 5


class Request(BaseModel):
    """A batch of a DynamoDB stream, as a tumbling window's event names its shard."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    records: tuple[dict[str, Any], ...] = Field(alias="Records")
    shard: str = Field(alias="shardId")


class Failure(Record):
    """The record from which on the batch must be delivered again."""

    model_config = ConfigDict(serialize_by_alias=True)

    item_identifier: str = Field(serialization_alias="itemIdentifier")


class Result(Record):
    """What Lambda's stream poller is answered, and what was counted."""

    model_config = ConfigDict(serialize_by_alias=True)

    state: dict[str, str] = Field(default_factory=dict)
    failures: tuple[Failure, ...] = Field((), serialization_alias="batchItemFailures")
    rows: int = Field(0, exclude=True)
    problem: str = Field("", exclude=True)


@dataclass(frozen=True)
class Watched:
    """What a model's traffic is counted over, and when its window is full."""

    reference: Reference
    signature: Signature
    policy: Monitoring


class WatchedModels:
    """References by model; a model never changes, so each is read once."""

    def __init__(self, *, models: ModelStore, specs: SpecStore) -> None:
        """Read packages from `models` and the monitoring policy from `specs`."""
        self._models = models
        self._specs = specs
        self._known: dict[tuple[str, str], Watched] = {}

    def watched(self, project: str, model: str) -> Watched:
        """Return what a model is watched by."""
        if (project, model) not in self._known:
            self._known[project, model] = self._read(project, model)
        return self._known[project, model]

    def _read(self, project: str, model: str) -> Watched:
        spec = self._specs.spec(project, self._models.manifest(project, model).spec)
        reference = self._models.file(project, model, "reference.json")
        signature = self._models.file(project, model, "signature.json")
        return Watched(
            reference=Reference.model_validate_json(reference),
            signature=Signature.model_validate_json(signature),
            policy=spec.monitoring,
        )


@dataclass(frozen=True)
class _Batch:
    """The counts of the good records up to `sequence`, and the first bad one."""

    sequence: str | None
    counts: tuple[LiveCounts, ...]
    failures: tuple[Failure, ...]
    problem: str


def observe_predictions(
    request: Request,
    *,
    receipts: ReceiptStore,
    windows: WindowStore,
    watched: WatchedModels,
    event_bus: EventBus,
    clock: Clock,
) -> Result:
    """Count the records above the shard's checkpoint, and move it in the same transaction."""
    for _ in range(ATTEMPTS):
        checkpoint = windows.checkpoint(request.shard)
        fresh = [
            record for record in request.records if not is_counted(_sequence(record), checkpoint)
        ]
        batch = _count(request.shard, fresh, receipts=receipts, watched=watched)
        try:
            if batch.sequence is not None:
                windows.add(request.shard, batch.sequence, batch.counts, previous=checkpoint)
        except ConflictError:  # another invocation counted meanwhile: read the checkpoint again
            continue
        for live in batch.counts:
            _announce(live, windows=windows, watched=watched, event_bus=event_bus, clock=clock)
        rows = sum(live.counts.rows for live in batch.counts)
        return Result(failures=batch.failures, rows=rows, problem=batch.problem)
    message = f"the checkpoint of shard {request.shard} moved {ATTEMPTS} times meanwhile"
    raise ConflictError(message)


def _count(
    shard: str,
    records: Sequence[Mapping[str, Any]],
    *,
    receipts: ReceiptStore,
    watched: WatchedModels,
) -> _Batch:
    """Count records in order up to the first that cannot be counted."""
    good: list[LiveCounts] = []
    sequence: str | None = None
    failures: tuple[Failure, ...] = ()
    problem = ""
    for record in records:
        try:
            good.extend(_counted(record, receipts, watched))
        except (LoopwrightError, ValueError, KeyError, TypeError) as error:
            failures = (Failure(item_identifier=_sequence(record)),)
            problem = f"record {_sequence(record)} of {shard}: {type(error).__name__}: {error}"
            break
        sequence = _sequence(record)
    counts = tuple(_by_model(good, batch=f"{shard}:{sequence}"))
    return _Batch(sequence=sequence, counts=counts, failures=failures, problem=problem)


def _counted(
    record: Mapping[str, Any], receipts: ReceiptStore, watched: WatchedModels
) -> Iterable[LiveCounts]:
    """Return the counts of a record that brings a receipt of live traffic; none for others."""
    stream = record["dynamodb"]
    if record["eventName"] != "INSERT" or stream["Keys"]["sk"]["S"] != "RECEIPT":
        return ()
    receipt = receipts.decode(stream["NewImage"])
    if receipt.probe:
        return ()
    found = watched.watched(receipt.project, receipt.model)
    return (count_receipt(receipt, found.reference, found.signature),)


def _by_model(counted: Sequence[LiveCounts], *, batch: str) -> Iterable[LiveCounts]:
    groups: dict[tuple[str, str], list[LiveCounts]] = {}
    for live in counted:
        groups.setdefault((live.project, live.model), []).append(live)
    return [combine(group, batch=batch) for group in groups.values()]


def _announce(
    live: LiveCounts,
    *,
    windows: WindowStore,
    watched: WatchedModels,
    event_bus: EventBus,
    clock: Clock,
) -> None:
    """Publish WindowFilled when this batch brought the open window to a multiple of its size."""
    size = watched.watched(live.project, live.model).policy.window_rows
    rows = windows.open_rows(live.project, live.model)
    if rows // size <= (rows - live.counts.rows) // size:
        return
    event_bus.publish(
        Event(
            name="WindowFilled",
            project=live.project,
            actor="observe_predictions",
            at=clock.now().isoformat(),
            reason=f"{rows} rows were counted, a window has {size}",
            detail={"model": live.model, "rows": rows},
        )
    )


def _sequence(record: Mapping[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])
