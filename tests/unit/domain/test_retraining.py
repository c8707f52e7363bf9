from datetime import UTC, datetime, timedelta

import pytest

from loopwright.domain import retraining
from loopwright.domain.kinds import CategoryValue, Task
from loopwright.domain.receipt import Labels, Prediction, Receipt
from loopwright.domain.retraining import Situation
from loopwright.domain.run import Champion
from loopwright.domain.spec_models import Retraining

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
POLICY = Retraining(cooldown_hours=24, min_labelled_rows=100)
READY = Situation(
    trigger="drift",
    now=NOW,
    champion="m",
    labelled_rows=100,
    last_retraining=None,
    drift_verdict="material",
)
CHAMPION = Champion(
    project="p", model="m", at="2026-01-02T00:00:00+00:00", actor="ann", reason="first"
)


def labelled(
    model: str, at: str, *pairs: tuple[CategoryValue | float, CategoryValue | float]
) -> tuple[Receipt, Labels]:
    """Return a receipt and its labels from (prediction, label) pairs."""
    receipt = Receipt(
        id=f"{model}-{at}",
        project="p",
        model=model,
        at=at,
        actor="ann",
        instances=({},) * len(pairs),
        context=({},) * len(pairs),
        predictions=tuple(Prediction(value=value) for value, _ in pairs),
    )
    labels = {position: label for position, (_, label) in enumerate(pairs)}
    return receipt, Labels(receipt=receipt.id, project="p", labels=labels, at=at, actor="bob")


def test_material_drift_with_labels_enough_is_a_reason_to_retrain() -> None:
    """The ruling says why."""
    ruling = retraining.decide(READY, POLICY)

    assert ruling.verdict == "retrain"
    assert ruling.reasons[0].message == "drift is material, and 100 labelled rows are at hand"


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"champion": None}, ["no_champion"]),
        ({"labelled_rows": 99}, ["too_few_labels"]),
        ({"drift_verdict": "detected"}, ["not_material"]),
        ({"drift_verdict": None}, ["not_material"]),
        ({"drift_verdict": None, "trigger": "schedule"}, []),
        ({"trigger": "schedule", "last_retraining": NOW}, ["cooling_down"]),
        ({"last_retraining": NOW - timedelta(hours=23)}, ["cooling_down"]),
        ({"last_retraining": NOW - timedelta(hours=24)}, []),
        (
            {"trigger": "person", "drift_verdict": "none", "last_retraining": NOW},
            [],
        ),
        ({"trigger": "person", "labelled_rows": 0}, ["too_few_labels"]),
        ({"drift_verdict": "none", "labelled_rows": 0}, ["not_material", "too_few_labels"]),
    ],
)
def test_every_objection_is_given(change: dict[str, object], codes: list[str]) -> None:
    """A schedule skips drift, a person the cooldown too, but nobody retrains without labels."""
    ruling = retraining.decide(READY.model_copy(update=change), POLICY)

    assert ruling.verdict == ("refuse" if codes else "retrain")
    assert [reason.code for reason in ruling.reasons] == (codes or ["will_help"])


def test_a_refusal_names_the_numbers_and_the_setting() -> None:
    """The reader knows what to wait for."""
    situation = READY.model_copy(
        update={"labelled_rows": 7, "last_retraining": NOW, "drift_verdict": None}
    )
    text = " ".join(reason.message for reason in retraining.decide(situation, POLICY).reasons)

    assert "7 labelled rows since the champion, 100 are needed" in text
    assert "the next may start at 2026-01-06T12:00:00+00:00" in text
    assert "not assessed yet" in text


def test_rows_count_when_the_champion_answered_them_or_they_came_after_it() -> None:
    """Labels that an earlier champion collected were there to train on already."""
    rows = [
        labelled("old", "2026-01-01T00:00:00+00:00", (1, 1)),
        labelled("m", "2026-01-01T00:00:00+00:00", (1, 1), (0, 1)),
        labelled("other", "2026-01-03T00:00:00+00:00", (1, 1)),
    ]

    assert retraining.newer_rows(rows, CHAMPION) == 3


@pytest.mark.parametrize(
    ("task", "pairs", "measure", "value"),
    [
        ("binary", [(1, 1), (0, 1), (1, 1), (0, 0)], "accuracy", 0.75),
        ("regression", [(1.0, 2.0), (5.0, 2.0)], "mae", 2.0),
        ("multiclass", [], "accuracy", None),
    ],
)
def test_live_performance_is_that_of_the_champion_alone(
    task: Task, pairs: list[tuple[float, float]], measure: str, value: float | None
) -> None:
    """Worked by hand."""
    rows = [
        labelled("m", "2026-01-03T00:00:00+00:00", *pairs),
        labelled("other", "2026-01-03T00:00:00+00:00", (1, 0)),
    ]
    live = retraining.live_performance(rows, "m", task)

    assert (live.measure, live.value, live.rows) == (measure, value, len(pairs))


def test_the_latest_verdict_is_the_newest_one_on_the_model() -> None:
    """Verdicts on former champions say nothing about this one."""
    verdicts = [
        {"model": "old", "verdict": "material"},
        {"model": "m", "verdict": "detected"},
        {"model": "m", "verdict": "none"},
    ]

    assert retraining.latest_verdict(verdicts, "m") == "detected"
    assert retraining.latest_verdict(verdicts, "x") is None
