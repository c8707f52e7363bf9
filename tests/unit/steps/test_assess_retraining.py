import json
from typing import Any

from loopwright.domain.receipt import Labels, Prediction, Receipt
from loopwright.steps.assess_retraining import Request, Result, assess_retraining
from tests.fakes.serving import GOOD, PROJECT, LoanDesk


def assess(desk: LoanDesk, **changes: Any) -> Result:
    """Ask the governor."""
    request = {
        "project": PROJECT,
        "trigger": "drift",
        "actor": "assess_drift",
        "reason": "material drift",
        "execution": "arn:aws:states:eu-central-1:123456789012:execution:retrain:one",
    }
    return assess_retraining(
        Request.model_validate({**request, **changes}),
        ledger=desk.ledger,
        specs=desk.specs,
        receipts=desk.receipts,
        windows=desk.windows,
        objects=desk.objects,
        event_bus=desk.event_bus,
        clock=desk.clock,
    )


def a_desk(*, rows: int = 3, verdict: str = "material", champion: bool = True) -> LoanDesk:
    """Return a desk with labelled receipts of its champion and one drift verdict."""
    desk = LoanDesk(champion=champion)
    receipt = Receipt(
        id="r",
        project=PROJECT,
        model=desk.first,
        at=desk.now,
        actor="ann",
        instances=(GOOD,) * rows,
        context=({},) * rows,
        predictions=(Prediction(value=1),) * rows,
    )
    desk.receipts.put(receipt)
    labels = {position: position % 2 for position in range(rows)}
    desk.receipts.put_labels(
        Labels(receipt="r", project=PROJECT, labels=dict(labels), at=desk.now, actor="bob"),
        previous=None,
    )
    desk.windows._verdicts.append({"project": PROJECT, "model": desk.first, "verdict": verdict})
    return desk


def test_it_rules_to_retrain_when_nothing_stands_against_it() -> None:
    """The start is noted for the cooldown, and announced."""
    desk = a_desk()
    result = assess(desk)

    assert (result.verdict, result.labelled_rows, result.event) == ("retrain", 3, None)
    assert (result.champion, result.dataset) == (desk.first, "data-of-0.0")
    assert desk.ledger.last_retraining(PROJECT) == desk.clock.now()
    assert desk.event_bus.names == ["RetrainingStarted"]


def test_a_refusal_brings_the_event_to_publish() -> None:
    """The machine publishes it; nothing else happens."""
    desk = a_desk(rows=2, verdict="detected")
    result = assess(desk)
    assert result.event is not None

    assert result.verdict == "refuse"
    assert result.event.name == "RetrainingRefused"
    assert result.event.detail["reasons"] == ["not_material", "too_few_labels"]
    assert desk.ledger.last_retraining(PROJECT) is None
    assert desk.event_bus.names == []


def test_the_ruling_is_kept_with_what_it_was_asked() -> None:
    """A write-once document under the execution's name."""
    desk = a_desk()
    result = assess(desk)
    document = json.loads(desk.objects.read(result.evidence))

    assert result.evidence == f"runs/{PROJECT}/one/retraining.json"
    assert document["request"]["reason"] == "material drift"


def test_the_same_execution_gets_the_same_ruling_again() -> None:
    """Its own note of the cooldown must not stand against it."""
    desk = a_desk()
    first = assess(desk)
    desk.clock.advance(minutes=1)
    noted = desk.ledger.last_retraining(PROJECT)

    assert assess(desk) == first
    assert desk.ledger.last_retraining(PROJECT) == noted
    assert assess(desk, execution="two").reasons[0].code == "cooling_down"


def test_live_accuracy_is_told_beside_the_evaluation() -> None:
    """One of three rows was labelled as predicted."""
    live = assess(a_desk()).live
    assert live is not None

    assert (live.rows, live.measure) == (3, "accuracy")
    assert live.value == 1 / 3
    assert (live.evaluated_measure, live.evaluated_value) == ("accuracy", 0.9)


def test_without_a_champion_there_is_nothing_to_retrain() -> None:
    """However much a person wants it."""
    result = assess(a_desk(champion=False), trigger="person")

    assert result.verdict == "refuse"
    assert "no_champion" in [reason.code for reason in result.reasons]
    assert (result.champion, result.dataset, result.labelled_rows) == (None, None, 0)
