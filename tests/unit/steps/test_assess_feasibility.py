import json

import pytest

from loopwright.domain.dataset import Part
from loopwright.domain.feasibility_trial import Question
from loopwright.domain.spec_gates import Feasibility
from loopwright.steps.assess_feasibility import Request, Result, assess_feasibility, spread
from tests.fakes.projects import a_spec
from tests.fakes.science import AHost, Court, JsonTables, ScriptedLearner


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
        host=AHost(),
    )


def test_a_learnable_question_passes() -> None:
    """The learner sees the features of the spec only, and the sampled rows."""
    court, learner = Court(), ScriptedLearner(0.80, 0.82, 0.81, 0.79, 0.80)
    result = _assess(court, learner)

    assert result.verdict == "pass"
    assert list(learner.asked["rows"].features) == ["city", "income", "member"]
    assert (learner.asked["rows"].entity, learner.asked["rows"].time) == (None, None)
    assert learner.asked["question"] == Question(
        task="binary",
        metric="roc_auc",
        folds=5,
        repeats=2,
        seed=0,
        seconds=29.5,
        positive="yes",
    )


def test_entity_and_time_part_the_rows() -> None:
    """Their columns are given to the learner apart from the features."""
    learner = ScriptedLearner(0.80, 0.82, 0.81, 0.79, 0.80)
    _assess(Court(spec=a_spec(entity="id", time="income")), learner)

    assert len(set(learner.asked["rows"].entity)) == 200
    assert len(learner.asked["rows"].time) == 200


def test_seconds_and_cents_are_written_beside_the_verdict() -> None:
    """The function's own time, which a look at it makes a second less."""
    court = Court()
    _assess(court, ScriptedLearner(0.8, 0.8, 0.8, 0.8, 0.8))
    document = json.loads(court.objects.read("runs/loans/run-1/feasibility.json"))

    assert document["seconds"] == 2.0
    assert document["cost_cents"] == pytest.approx(2 * 2 * 0.00166667, abs=1e-4)


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

    assert len(learner.asked["rows"].target) == 150


def test_a_second_delivery_changes_nothing() -> None:
    """The same document, the same lineage."""
    court = Court()
    first = _assess(court, ScriptedLearner(0.8, 0.8, 0.8, 0.8, 0.8))
    stored = dict(court.objects.objects)
    court.clock.advance(hours=1)
    again = ScriptedLearner(0.5, 0.5, 0.5, 0.5, 0.5)
    second = _assess(court, again)

    assert first == second
    assert court.objects.objects == stored
    assert again.asked == {}


def test_another_version_in_the_same_run_is_judged_anew() -> None:
    """Only the same spec and version have been judged."""
    court = Court()
    before = _assess(court, ScriptedLearner(0.8, 0.8, 0.8, 0.8, 0.8)).evidence
    court.spec_digest = court.specs.put_spec(a_spec(question="Will this loan be paid back?!"))
    after = _assess(court, ScriptedLearner(0.8, 0.8, 0.8, 0.8, 0.8)).evidence

    assert (before.name, after.name) == ("feasibility.json", "feasibility-2.json")


@pytest.mark.parametrize(("parts", "expected"), [(1, [0]), (8, list(range(8))), (17, [0, 3, 6])])
def test_few_parts_are_taken_from_all_over_the_dataset(parts: int, expected: list[int]) -> None:
    """At most eight, evenly spread."""
    given = [Part(key=str(place), rows=1, bytes=1, digest="") for place in range(parts)]
    found = [int(part.key) for part in spread(given)]

    assert found[: len(expected)] == expected
    assert len(found) <= 8
