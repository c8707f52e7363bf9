from typing import Any

import pytest

from loopwright.domain.evaluation import Evaluation
from loopwright.domain.lineage import Node
from loopwright.domain.model import Field
from loopwright.steps.evaluate_model import Request, Result, evaluate_model
from tests.fakes.projects import a_spec
from tests.fakes.science import Court, JsonTables, RuleScorers

GOOD = {"Köln": 0.9, "Rome": 0.1}
POOR = {"Köln": 0.4, "Rome": 0.45}


def _evaluate(court: Court, model: str) -> Result:
    return evaluate_model(
        Request(**court.request, model=model),
        specs=court.specs,
        datasets=court.datasets,
        models=court.models,
        objects=court.objects,
        tables=JsonTables(),
        scorers=RuleScorers(),
        ledger=court.ledger,
        evidence=court.evidence,
        lineage=court.lineage,
        clock=court.clock,
    )


def _document(court: Court, result: Result) -> Evaluation:
    return Evaluation.model_validate_json(court.evidence.get(result.evidence))


def test_a_first_candidate_is_compared_with_the_dummy() -> None:
    """The sealed rows only: a hundred."""
    court = Court()
    result = _evaluate(court, court.add_model(GOOD))
    found = _document(court, result)

    assert result.champion is None
    assert (found.rows, found.champion) == (100, None)
    assert found.gains_over_dummy[0].value > 0.2


def test_the_champion_is_scored_on_the_same_rows() -> None:
    """The gain and the groups of both are in the evidence; the lineage says who was compared."""
    court = Court()
    champion, candidate = court.add_model(POOR), court.add_model(GOOD)
    court.crown(champion)
    result = _evaluate(court, candidate)
    found = _document(court, result)
    edges = court.lineage.upstream(Node(project="loans", kind="model", id=candidate))

    assert result.champion == champion
    assert found.champion is not None
    assert len(found.champion.groups) == len(found.candidate.groups) == 2
    assert found.gains_over_champion[0].value > 0.5
    assert {(edge.relation, edge.target.id) for edge in edges} == {
        ("judged_by", result.evidence.digest),
        ("scored_on", court.dataset),
        ("compared_with", champion),
    }


def test_every_model_that_the_sealed_rows_judged_is_counted_once() -> None:
    """Three candidates, one of them evaluated again by a retry, two of them against a champion."""
    court = Court()
    first = _document(court, _evaluate(court, champion := court.add_model(POOR)))
    court.crown(champion)
    second = _document(court, _evaluate(court, candidate := court.add_model(GOOD)))
    again = _document(court, _evaluate(court, candidate))
    third = _document(court, _evaluate(court, court.add_model({"Köln": 0.8, "Rome": 0.2})))

    assert [one.holdout_uses for one in (first, second, again, third)] == [1, 2, 2, 3]
    assert [one.challenges for one in (first, second, again, third)] == [1, 1, 1, 2]


def test_slices_are_searched_and_segments_compared() -> None:
    """The candidate is wrong about Rome; the spec names `member` as a segment."""
    court = Court(spec=a_spec(promotion={"segments": ["member"]}), rows=2_000)
    court.crown(court.add_model(GOOD))
    found = _document(court, _evaluate(court, court.add_model({"Köln": 0.9, "Rome": 0.9})))
    lost = found.lost_slices.found[0]

    assert lost.conditions == ("city=Rome",)
    assert lost.low > 0.5
    assert found.weak_slices.found[0].conditions == ("city=Rome",)
    assert {one.attribute for one in found.group_losses} == {"sex", "member"}
    assert {one.attribute for one in found.candidate.groups} == {"sex"}


def test_a_champion_is_scored_by_its_own_signature() -> None:
    """It may have its classes in another order."""
    court = Court()
    champion = court.add_model({"Köln": 0.1, "Rome": 0.9}, classes=("yes", "no"))
    court.crown(champion)
    found = _document(court, _evaluate(court, court.add_model(GOOD)))

    assert {gain.value for gain in found.gains_over_champion} == {0.0}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target": "member"}, "it answers binary of 'member'"),
        ({"task": "multiclass"}, "it answers multiclass of 'repaid'"),
        ({"fields": (Field(name="age", type="number"),)}, "dropped or retyped age"),
        ({"fields": (Field(name="city", type="number"),)}, "dropped or retyped city"),
    ],
)
def test_a_champion_that_cannot_be_scored_is_said_to_be_incomparable(
    changes: dict[str, Any], words: str
) -> None:
    """It answers another question, or needs a column that the spec no longer has."""
    court = Court()
    champion = court.add_model(POOR, **changes)
    court.crown(champion)
    result = _evaluate(court, court.add_model(GOOD))
    found = _document(court, result)

    assert result.champion == champion
    assert (found.champion, found.champion_model) == (None, champion)
    assert words in found.incomparable


def test_a_second_delivery_changes_nothing() -> None:
    """The same bytes under the same name."""
    court = Court()
    model = court.add_model(GOOD)

    assert _evaluate(court, model) == _evaluate(court, model)


def test_a_champion_that_moved_makes_a_new_document() -> None:
    """The run judges again, and what it found before stays."""
    court = Court()
    first, second, candidate = (
        court.add_model(POOR),
        court.add_model({"Köln": 0.6, "Rome": 0.4}),
        court.add_model(GOOD),
    )
    court.crown(first)
    before = _evaluate(court, candidate)
    court.crown(second, expected=first)
    after = _evaluate(court, candidate)

    assert (before.evidence.name, after.evidence.name) == ("evaluation.json", "evaluation-2.json")
    assert _document(court, before).champion_model == first
    assert _document(court, after).champion_model == second
