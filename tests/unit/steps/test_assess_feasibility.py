import json

import pytest

from loopwright.domain.dataset import Part
from loopwright.domain.spec import Feasibility
from loopwright.steps.assess_feasibility import Request, Result, assess_feasibility, spread
from tests.fakes.projects import a_spec
from tests.fakes.science import Court, JsonTables, ScriptedLearner


def _assess(court: Court, learner: ScriptedLearner) -> Result:
    return assess_feasibility(
        Request(**court.request),
        specs=court.specs,
        datasets=court.datasets,
        objects=court.objects,
        tables=JsonTables(),
        learner=learner,
        evidence=court.evidence,
        lineage=court.lineage,
        clock=court.clock,
    )


def test_a_learnable_question_passes() -> None:
    """The learner sees the features of the spec only, and the sampled rows."""
    court, learner = Court(), ScriptedLearner(0.80, 0.82, 0.81, 0.79, 0.80)
    result = _assess(court, learner)

    assert result.verdict == "pass"
    assert learner.asked == {
        "features": ["city", "income", "member"],
        "rows": 200,
        "task": "binary",
        "metric": "roc_auc",
        "folds": 5,
        "seed": 0,
    }


def test_an_unlearnable_question_is_rejected_with_its_numbers() -> None:
    """The reason and the document say by how much."""
    court = Court()
    result = _assess(court, ScriptedLearner(0.5, 0.51, 0.49, 0.5, 0.5))
    document = json.loads(court.objects.read("runs/loans/run-1/feasibility.json"))

    assert result.verdict == "reject"
    assert "does not clear the margin of 0.02" in result.reasons[0].message
    assert document["verdict"] == "reject"
    assert len(document["folds"]) == 5


def test_too_few_rows_are_not_given_to_the_learner() -> None:
    """Insufficient data is a verdict of its own."""
    learner = ScriptedLearner()
    result = _assess(Court(rows=40), learner)

    assert result.verdict == "insufficient_data"
    assert learner.asked == {}


def test_the_sample_is_bounded() -> None:
    """No more rows than the spec says are read."""
    learner = ScriptedLearner(0.8, 0.8, 0.8, 0.8, 0.8)
    _assess(Court(spec=a_spec(feasibility=Feasibility(sample_rows=150))), learner)

    assert learner.asked["rows"] == 150


def test_a_second_delivery_changes_nothing() -> None:
    """The same document, the same lineage."""
    court = Court()
    first = _assess(court, ScriptedLearner(0.8, 0.8, 0.8, 0.8, 0.8))
    stored = dict(court.objects.objects)
    court.clock.advance(hours=1)
    second = _assess(court, ScriptedLearner(0.8, 0.8, 0.8, 0.8, 0.8))

    assert first == second
    assert court.objects.objects == stored


@pytest.mark.parametrize(("parts", "expected"), [(1, [0]), (8, list(range(8))), (17, [0, 3, 6])])
def test_few_parts_are_taken_from_all_over_the_dataset(parts: int, expected: list[int]) -> None:
    """At most eight, evenly spread."""
    given = [Part(key=str(place), rows=1, bytes=1, digest="") for place in range(parts)]
    found = [int(part.key) for part in spread(given)]

    assert found[: len(expected)] == expected
    assert len(found) <= 8
