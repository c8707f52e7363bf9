"""Columns that tell the target too well, against scikit-learn and by hand."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from loopwright.domain.facts import TableFacts
from loopwright.domain.findings_leakage import Screen, leakage_findings
from loopwright.domain.leakage import mistakes, ranking
from tests.fakes.projects import COLUMNS, a_spec

TABLES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=8).filter(
    lambda rows: all(sum(column) for column in zip(*rows, strict=True))
)


def codes(table: list[tuple[int, int]], **facts: object) -> list[tuple[str, str]]:
    """Return code and severity of the findings about `income` with these counts by class."""
    rows = sum(map(sum, table))
    found = TableFacts.model_validate({"rows": rows, "target": ("no", "yes"), **facts})
    return [
        (one.code, one.severity)
        for one in leakage_findings(a_spec(), found, {"income": Screen(table)})
    ]


@given(table=TABLES)
@settings(max_examples=40)
def test_the_area_is_the_one_of_the_rows(table: list[tuple[int, int]]) -> None:
    """Every row scored by the share of its bin."""
    score = np.concatenate([[b / (a + b)] * (a + b) for a, b in table if a + b])
    truth = np.concatenate([[0] * a + [1] * b for a, b in table])

    assert ranking(table).value == pytest.approx(roc_auc_score(truth, score))
    assert ranking(table).low <= ranking(table).value


def test_several_classes_are_told_apart_on_average() -> None:
    """Each against the rest; classes without rows say nothing."""
    perfect = ranking([(50, 0, 0, 0), (0, 50, 0, 0), (0, 0, 50, 0)])

    assert perfect.value == 1.0
    assert 0.8 < perfect.low < 1.0
    assert ranking([(9, 0), (3, 0)]).value == 0.5


def test_mistakes_are_counted_against_a_constant_guess() -> None:
    """By hand: 2 + 3 rows are in bins of the other class, 42 are no `no`."""
    assert mistakes([(40, 2), (3, 40)]) == (5, 42)


def test_a_column_that_equals_the_target_is_a_violation() -> None:
    """But for one row in a thousand."""
    table = [(0, 0), (500, 500)]

    assert codes(table, equals_target={"income": 999}) == [("equals_target", "violation")]
    assert codes(table, equals_target={"income": 998}) == []


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ([(0, 0), (500, 2), (1, 497)], [("determines_target", "violation")]),
        ([(0, 0), (3_960, 10), (1_000, 300), (40, 4_690)], [("predicts_target", "warning")]),
        ([(5, 480), (495, 20)], [("missing_tells_target", "warning")]),
        ([(0, 0), (300, 200), (200, 300)], []),
        ([(0, 0), (1_000, 0), (0, 25)], []),
        ([(0, 0), (25, 3), (2, 30)], []),
    ],
)
def test_what_ranks_too_well_is_found(
    table: list[tuple[int, int]], expected: list[tuple[str, str]]
) -> None:
    """And neither honest columns nor a few rows are."""
    assert codes(table) == expected


def test_dates_after_the_row_are_noted() -> None:
    """Nothing that is made from them was known."""
    columns = {**COLUMNS, "closed": {"type": "timestamp", "feature": False}}
    facts = TableFacts(rows=100, after_time={"closed": 40})
    (found,) = leakage_findings(a_spec(columns=columns), facts, {})

    assert (found.code, found.column, found.severity) == ("later_than_time", "closed", "note")


def test_noise_gives_no_finding() -> None:
    """A thousand draws of columns that have nothing to do with the target."""
    draw = random.Random(7)  # noqa: S311 - made-up counts
    for _ in range(1_000):
        table = [(draw.randint(0, 30), draw.randint(0, 30)) for _ in range(10)]

        assert codes(table) == []
