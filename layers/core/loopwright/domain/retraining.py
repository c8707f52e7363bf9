"""The governor: decide whether retraining may start, and give every reason why it may not."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Literal

from loopwright.domain.gate import Reason
from loopwright.domain.kinds import Task
from loopwright.domain.receipt import Labels, Receipt
from loopwright.domain.record import Record
from loopwright.domain.run import Champion
from loopwright.domain.spec_models import Retraining

RetrainingTrigger = Literal["drift", "schedule", "person"]


class LivePerformance(Record):
    """How the champion does on labelled live rows: accuracy, or mean absolute error."""

    measure: Literal["accuracy", "mae"]
    rows: int
    value: float | None
    evaluated_measure: str | None = None
    evaluated_value: float | None = None


class Situation(Record):
    """What the governor knows when it decides."""

    trigger: RetrainingTrigger
    now: datetime
    champion: str | None
    labelled_rows: int
    last_retraining: datetime | None
    drift_verdict: str | None


class Ruling(Record):
    """Retrain, or refuse with every reason that stands against it."""

    verdict: Literal["retrain", "refuse"]
    reasons: tuple[Reason, ...]


def decide(situation: Situation, policy: Retraining) -> Ruling:
    """Apply every rule of the table; one objection is enough to refuse."""
    against = tuple(reason for rule in RULES if (reason := rule(situation, policy)) is not None)
    if against:
        return Ruling(verdict="refuse", reasons=against)
    return Ruling(verdict="retrain", reasons=(_grounds(situation),))


def newer_rows(labelled: Iterable[tuple[Receipt, Labels]], champion: Champion) -> int:
    """Count the labelled rows that the champion answered, or that came after it."""
    return sum(
        len(labels.labels)
        for receipt, labels in labelled
        if receipt.model == champion.model or receipt.at >= champion.at
    )


def live_performance(
    labelled: Iterable[tuple[Receipt, Labels]], model: str, task: Task
) -> LivePerformance:
    """Compare the champion's answers with the labels that came for them."""
    pairs = [
        (receipt.predictions[position].value, label)
        for receipt, labels in labelled
        if receipt.model == model
        for position, label in labels.labels.items()
    ]
    if task == "regression":
        scores = [abs(float(value) - float(label)) for value, label in pairs]
        measure: Literal["accuracy", "mae"] = "mae"
    else:
        scores = [float(value == label) for value, label in pairs]
        measure = "accuracy"
    mean = sum(scores) / len(scores) if scores else None
    return LivePerformance(measure=measure, rows=len(scores), value=mean)


def latest_verdict(verdicts: Iterable[dict[str, Any]], model: str) -> str | None:
    """Return the newest drift verdict on a model; `verdicts` are newest first."""
    return next((str(one["verdict"]) for one in verdicts if one.get("model") == model), None)


def _champion(situation: Situation, _: Retraining) -> Reason | None:
    if situation.champion is not None:
        return None
    message = "the project has no champion, so there is nothing to retrain"
    return Reason(code="no_champion", message=message, advice="upload data to release a model")


def _labels(situation: Situation, policy: Retraining) -> Reason | None:
    if situation.labelled_rows >= policy.min_labelled_rows:
        return None
    message = (
        f"{situation.labelled_rows:,} labelled rows since the champion, "
        f"{policy.min_labelled_rows:,} are needed (retraining.min_labelled_rows)"
    )
    advice = "send the true outcomes of receipts as labels"
    return Reason(
        code="too_few_labels", message=message, count=situation.labelled_rows, advice=advice
    )


def _cooldown(situation: Situation, policy: Retraining) -> Reason | None:
    if situation.trigger == "person" or situation.last_retraining is None:
        return None
    free_at = situation.last_retraining + timedelta(hours=policy.cooldown_hours)
    if situation.now >= free_at:
        return None
    message = (
        f"the last retraining started at {situation.last_retraining.isoformat()}; "
        f"the next may start at {free_at.isoformat()} (retraining.cooldown_hours)"
    )
    return Reason(code="cooling_down", message=message, advice="a person may start one at any time")


def _drift(situation: Situation, _: Retraining) -> Reason | None:
    if situation.trigger != "drift" or situation.drift_verdict == "material":
        return None
    found = situation.drift_verdict or "not assessed yet"
    message = f"drift of the champion's traffic is {found}, not material"
    return Reason(code="not_material", message=message, advice="a person may start one at any time")


_WHY = {
    "drift": "drift is material",
    "schedule": "the schedule asks for it",
    "person": "a person asked",
}


def _grounds(situation: Situation) -> Reason:
    message = (
        f"{_WHY[situation.trigger]}, and {situation.labelled_rows:,} labelled rows are at hand"
    )
    return Reason(code="will_help", message=message, count=situation.labelled_rows)


RULES: tuple[Callable[[Situation, Retraining], Reason | None], ...] = (
    _champion,
    _drift,
    _labels,
    _cooldown,
)
