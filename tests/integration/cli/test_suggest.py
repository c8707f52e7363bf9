"""`loopwright catalog suggest`: which other data adds to a question."""

import random
from collections.abc import Mapping
from typing import Any

import pytest

from loopwright.domain.spec import Column, ProjectSpec
from tests.fakes.projects import a_spec
from tests.integration.cli.desk import Desk

PEOPLE = 400
DRAW = random.Random(7)  # noqa: S311 - made-up people
RISK = {n: DRAW.gauss(0, 1) for n in range(PEOPLE)}
Row = dict[str, Any]


def question(**changes: Any) -> ProjectSpec:
    """Loans that are repaid by a risk that the own columns do not tell."""
    columns = {
        "person": Column(type="integer"),
        "at": Column(type="timestamp"),
        "amount": Column(type="number"),
        "repaid": Column(type="category", values=("no", "yes")),
    }
    return a_spec(
        key="person", time="at", columns=columns, protected={"none": "Made-up people."}, **changes
    )


def other(project: str, columns: Mapping[str, Column], **changes: Any) -> ProjectSpec:
    """Another project's spec, of people by `person`."""
    fields = {"key": None, "entity": "person", "task": "regression", "favourable": None}
    return a_spec(
        **{**fields, **changes},
        project=project,
        target=list(columns)[-1],
        columns={"person": Column(type="integer"), **columns},
        protected={"none": "Made-up people."},
    )


def loans() -> list[Row]:
    """One loan of each person, at a day of its own."""
    return [
        {
            "person": n,
            "at": 86_400_000_000 * (1_000 + n),
            "amount": DRAW.gauss(0, 1),
            "repaid": "yes" if RISK[n] + DRAW.gauss(0, 0.7) > 0 else "no",
        }
        for n in range(PEOPLE)
    ]


@pytest.fixture(scope="module")
def ranking(module_desk: Desk) -> dict[str, Any]:
    """What is suggested for the loans, with seven other projects in the catalog."""
    rows, desk = loans(), module_desk
    desk.add(question(), rows, sealed=[{**rows[0], "person": 9_999}])
    number = {"value": Column(type="number")}
    known = {"income": Column(type="number"), **number}
    desk.add(
        other("incomes", known),
        [{"person": n, "income": RISK[n], "value": 0.5} for n in range(PEOPLE)],
        sealed=[{"person": 9_999, "income": 0.0, "value": 0.0}],
    )
    desk.add(
        other("noise", number), [{"person": n, "value": DRAW.gauss(0, 1)} for n in range(PEOPLE)]
    )
    told = {"result": Column(type="category"), **number}
    desk.add(
        other("dunning", told),
        [{"person": r["person"], "result": r["repaid"], "value": 0.0} for r in rows],
    )
    twice = [{"person": n, "value": RISK[n]} for n in (*range(PEOPLE), 3)]
    desk.add(other("visits", number), twice)
    desk.add(other("strangers", number), [{"person": -1 - n, "value": 0.0} for n in range(9)])
    late = {"at": Column(type="timestamp"), **number}
    moved = [
        {"person": r["person"], "at": r["at"] + day * 86_400_000_000, "value": value}
        for r in rows
        for day, value in ((-2, DRAW.gauss(0, 1)), (1, float(r["repaid"] == "yes")))
    ]
    desk.add(other("later", late, time="at"), moved)
    desk.push(other("empty", number))
    document: dict[str, Any] = desk.json("catalog", "suggest", "loans")
    return {one["project"]: one for one in document["found"]} | {"": document}


def test_data_that_tells_more_comes_first(ranking: dict[str, Any]) -> None:
    """Its gain is surely above zero; noise's interval holds zero."""
    order = [one["project"] for one in ranking[""]["found"]]
    noise = ranking["noise"]["gain"]

    assert order[0] == "incomes"
    assert ranking["incomes"]["answer"] == "adds"
    assert ranking["incomes"]["gain"]["low"] > 0.1
    assert (ranking["noise"]["answer"], noise["low"] < 0 < noise["high"]) == (
        "not_shown_to_add",
        True,
    )
    assert set(order[-3:]) == {"visits", "strangers", "empty"}


def test_a_column_that_tells_the_outcome_is_left_out(ranking: dict[str, Any]) -> None:
    """The rest of its dataset is tried without it."""
    assert ranking["dunning"]["leaking"] == ["dunning.result"]
    assert ranking["dunning"]["columns"] == ["dunning.value"]
    assert ranking["dunning"]["answer"] == "not_shown_to_add"


def test_what_was_known_only_later_is_not_joined(ranking: dict[str, Any]) -> None:
    """A day after the loan the value is the outcome; two days before it was noise."""
    assert ranking["later"]["in_time"]
    assert ranking["later"]["covered"] == 1.0
    assert ranking["later"]["leaking"] == []
    assert ranking["later"]["answer"] == "not_shown_to_add"


def test_what_cannot_be_joined_says_why(ranking: dict[str, Any]) -> None:
    """Several rows for a person without times, no person in common, and no data."""
    notes = {name: ranking[name]["note"] for name in ("visits", "strangers", "empty")}

    assert {ranking[name]["answer"] for name in notes} == {"not_joinable"}
    assert notes["visits"].startswith("1 values of 'person' have several rows")
    assert notes["strangers"] == "no value of 'person' occurs in 'person'"
    assert notes["empty"] == "no data yet"


def test_sealed_rows_of_neither_side_are_read(ranking: dict[str, Any]) -> None:
    """400 people, and not the one of whom only sealed rows are held."""
    found = ranking["incomes"]["found"]

    assert ranking[""]["rows"] == PEOPLE
    assert (found["value"], found["high"]) == (1.0, 1.0)
    # Wilson's low end for 400 of 400: 1 / (1 + z^2 / 400).
    assert found["low"] == pytest.approx(1 / (1 + 1.959964**2 / 400))


@pytest.mark.usefixtures("ranking")
def test_a_person_reads_a_table_and_may_ask_otherwise(module_desk: Desk) -> None:
    """Another target, a key that is not there, and too few rows."""
    said = module_desk.type("catalog", "suggest", "loans", "--target", "amount").text

    assert "Data that may add to 'amount' of loans, joined by 'person'" in said
    assert "a simple learner scores r2 " in said
    assert "1 columns by 'person', as known at the time of each row" in said
    for words, expected in (
        (("loans", "--key", "name"), "has no column 'name' to join by"),
        (("loans", "--target", "name"), "has no column 'name': amount, at"),
        (("strangers",), "9 rows have an outcome"),
    ):
        answer = module_desk.type("catalog", "suggest", *words)
        assert answer.code == 1
        assert expected in answer.text
