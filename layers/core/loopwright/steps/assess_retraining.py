"""The governor: decide whether a request to retrain becomes a run, and record why."""

from datetime import datetime
from typing import Any, Literal

from loopwright.domain import retraining
from loopwright.domain.events import Event
from loopwright.domain.gate import Reason
from loopwright.domain.record import Record, canonical_json
from loopwright.domain.retraining import LivePerformance, RetrainingTrigger, Situation
from loopwright.domain.run import ModelRecord
from loopwright.errors import ObjectMissingError
from loopwright.ports import (
    Clock,
    EventBus,
    Ledger,
    ObjectStore,
    ReceiptStore,
    SpecStore,
    WindowStore,
)


class Request(Record):
    """Who or what asks for a retraining of which project; `execution` is the machine's."""

    project: str
    trigger: RetrainingTrigger
    actor: str
    reason: str = ""
    execution: str


class Result(Record):
    """The ruling; `event` is the RetrainingRefused event to publish after a refusal."""

    verdict: Literal["retrain", "refuse"]
    reasons: tuple[Reason, ...]
    champion: str | None
    dataset: str | None
    labelled_rows: int
    live: LivePerformance | None
    event: Event | None
    evidence: str


class _Document(Record):
    """The write-once record of a ruling."""

    schema_version: Literal[1] = 1
    request: Request
    at: str
    result: Result


def assess_retraining(
    request: Request,
    *,
    ledger: Ledger,
    specs: SpecStore,
    receipts: ReceiptStore,
    windows: WindowStore,
    objects: ObjectStore,
    event_bus: EventBus,
    clock: Clock,
) -> Result:
    """Rule once per execution: a repeated call gives the first ruling again."""
    key = f"runs/{request.project}/{request.execution.rsplit(':', 1)[-1]}/retraining.json"
    document = _told_before(key, objects)
    if document is None:
        document = _rule(
            request,
            key,
            ledger=ledger,
            specs=specs,
            receipts=receipts,
            windows=windows,
            clock=clock,
        )
        objects.write(key, canonical_json(document))
    if document.result.verdict == "retrain":
        at, reasons = document.at, document.result.reasons
        ledger.note_retraining(request.project, datetime.fromisoformat(at))
        event_bus.publish(_event(request, "RetrainingStarted", at, reasons))
    return document.result


def _told_before(key: str, objects: ObjectStore) -> _Document | None:
    try:
        return _Document.model_validate_json(objects.read(key))
    except ObjectMissingError:
        return None


def _rule(
    request: Request,
    key: str,
    *,
    ledger: Ledger,
    specs: SpecStore,
    receipts: ReceiptStore,
    windows: WindowStore,
    clock: Clock,
) -> _Document:
    """Gather the situation and decide."""
    now = clock.now()
    spec = specs.spec(request.project, ledger.project(request.project).spec)
    champion = ledger.champion(request.project)
    labelled = [] if champion is None else list(receipts.labelled(request.project))
    rows = 0 if champion is None else retraining.newer_rows(labelled, champion)
    model = "" if champion is None else champion.model
    situation = Situation(
        trigger=request.trigger,
        now=now,
        champion=model or None,
        labelled_rows=rows,
        last_retraining=ledger.last_retraining(request.project),
        drift_verdict=retraining.latest_verdict(windows.verdicts(request.project), model),
    )
    ruling = retraining.decide(situation, spec.retraining)
    live = retraining.live_performance(labelled, model, spec.task)
    record = None if champion is None else ledger.model(request.project, champion.model)
    at = now.isoformat()
    refused = ruling.verdict == "refuse"
    result = Result(
        verdict=ruling.verdict,
        reasons=ruling.reasons,
        champion=situation.champion,
        dataset=None if record is None else record.dataset,
        labelled_rows=rows,
        live=live.model_copy(update=_evaluated(record)),
        event=_event(request, "RetrainingRefused", at, ruling.reasons) if refused else None,
        evidence=key,
    )
    return _Document(request=request, at=at, result=result)


def _evaluated(record: ModelRecord | None) -> dict[str, Any]:
    """What the champion's evaluation said, to hold the live performance against."""
    if record is None:
        return {}
    return {"evaluated_measure": record.metric, "evaluated_value": record.metric_value}


def _event(
    request: Request,
    name: Literal["RetrainingStarted", "RetrainingRefused"],
    at: str,
    reasons: tuple[Reason, ...],
) -> Event:
    return Event(
        name=name,
        project=request.project,
        actor=request.actor,
        at=at,
        reason="; ".join(reason.message for reason in reasons),
        detail={
            "trigger": request.trigger,
            "asked": request.reason,
            "execution": request.execution,
            "reasons": [reason.code for reason in reasons],
        },
    )
