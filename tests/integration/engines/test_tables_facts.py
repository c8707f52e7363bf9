"""The contract over Parquet parts, against a slow check in Python."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loopwright.domain.facts import Example, TableFacts, merge
from loopwright.domain.spec import Column, ProjectSpec
from loopwright.engines.tables import DuckTables
from tests.fakes.projects import a_spec, some_rows
from tests.integration.engines.parquet import parquet_rows

TABLES = DuckTables(memory_mib=256, threads=1)
NEW_YEAR = 1_704_067_200.0
COLUMNS = {
    "id": Column(type="integer", min=0),
    "sex": Column(type="category", values=(1, 2)),
    "income": Column(type="number", min=0, max=1_000, max_missing_share=0.5),
    "city": Column(type="category", pattern="[A-Z][a-z]+", max_missing_share=1.0),
    "member": Column(type="boolean", max_missing_share=1.0),
    "seen": Column(
        type="timestamp", earliest="2024-01-01", latest="2024-01-02T00:00:00+00:00", feature=False
    ),
    "left": Column(type="timestamp", feature=False, max_missing_share=1.0),
    "repaid": Column(type="category", values=("no", "yes")),
}
SPEC = a_spec(
    columns=COLUMNS,
    time="seen",
    rules=(
        {"name": "members-earn", "when": "member", "expect": "income > 100"},
        {"name": "rome-is-rich", "expect": "city <> 'Rome' or income >= 500 or sex = 1"},
    ),
)
Row = dict[str, Any]
CHECKS: dict[tuple[str, str], Callable[[Row], bool]] = {
    ("below_min", "income"): lambda row: row["income"] is not None and row["income"] < 0,
    ("above_max", "income"): lambda row: row["income"] is not None and row["income"] > 1_000,
    ("below_min", "id"): lambda row: row["id"] < 0,
    ("unknown_category", "sex"): lambda row: row["sex"] not in (None, 1, 2),
    ("unknown_category", "repaid"): lambda row: row["repaid"] not in (None, "no", "yes"),
    ("pattern_mismatch", "city"): lambda row: (
        row["city"] is not None and not re.fullmatch("[A-Z][a-z]+", row["city"])
    ),
    ("too_early", "seen"): lambda row: row["seen"] is not None and row["seen"] < NEW_YEAR,
    ("too_late", "seen"): lambda row: row["seen"] is not None and row["seen"] > NEW_YEAR + 86_400,
    ("rule_broken", "members-earn"): lambda row: (
        row["member"] is True and row["income"] is not None and row["income"] <= 100
    ),
    ("rule_broken", "rome-is-rich"): lambda row: (
        row["city"] == "Rome"
        and row["income"] is not None
        and row["income"] < 500
        and row["sex"] not in (None, 1)
    ),
    **{("missing", name): lambda row, name=name: row[name] is None for name in COLUMNS},  # type: ignore[misc] # the default binds the name
}
ROWS = st.fixed_dictionaries(
    {
        "id": st.integers(-1, 50),
        "sex": st.sampled_from([None, 1, 2, 3]),
        "income": st.none() | st.sampled_from([-0.5, 0.0, 99.0, 100.0, 101.0, 600.0, 1_000.5]),
        "city": st.sampled_from([None, "Rome", "rome", "Bonn", "Bad Ems", "N\n"]),
        "member": st.sampled_from([None, True, False]),
        "seen": st.none() | st.sampled_from([NEW_YEAR + step for step in (-1, 0, 86_400, 86_401)]),
        "left": st.none() | st.just(NEW_YEAR),
        "repaid": st.sampled_from([None, "no", "yes", "maybe"]),
    }
)


def facts_of(folder: Path, rows: list[Row], spec: ProjectSpec = SPEC, parts: int = 1) -> TableFacts:
    """Return the facts of rows that lie in so many parts."""
    size = -(-len(rows) // parts)
    paths = {}
    for place in range(parts):
        some = rows[place * size : (place + 1) * size]
        if some:
            path = parquet_rows(folder / f"{place}.parquet", some, spec)
            paths[f"datasets/loans/d1/train/part-{place:05d}.parquet"] = path
    return TABLES.facts(paths, spec)


@given(rows=st.lists(ROWS, min_size=1, max_size=40))
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_facts_are_those_of_a_slow_check(tmp_path: Path, rows: list[Row]) -> None:
    """Every row and check one by one, in Python."""
    found = facts_of(tmp_path, rows)
    broken = {
        key: [place for place, row in enumerate(rows) if check(row)]
        for key, check in CHECKS.items()
    }

    assert {(one.check, one.column): one.rows for one in found.broken} == {
        key: len(places) for key, places in broken.items() if places
    }
    assert {(one.check, one.column): [e.row for e in one.examples] for one in found.broken} == {
        key: places[:5] for key, places in broken.items() if places
    }
    labels = [row["repaid"] for row in rows if row["repaid"] is not None]
    assert found.target == ((min(labels), max(labels)) if labels else None)
    assert found.classes == {v: labels.count(v) for v in ("no", "yes") if v in labels}
    late = sum(
        r["seen"] is not None and r["left"] is not None and r["left"] > r["seen"] for r in rows
    )
    assert found.after_time == ({"left": late} if late else {})
    seen = [row["seen"] for row in rows if row["seen"] is not None]
    newest = datetime.fromtimestamp(max(seen), UTC).replace(tzinfo=None) if seen else None
    assert found.newest == (newest and newest.isoformat(timespec="microseconds"))


@given(rows=st.lists(ROWS, min_size=4, max_size=30), cut=st.integers(1, 3))
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_split_of_the_parts_gives_the_same_facts(
    tmp_path: Path, rows: list[Row], cut: int
) -> None:
    """One batch of all parts, or several batches merged in another order."""
    whole = facts_of(tmp_path, rows, parts=4)
    paths = {
        f"datasets/loans/d1/train/part-{place:05d}.parquet": tmp_path / f"{place}.parquet"
        for place in range(4)
        if rows[place * -(-len(rows) // 4) :]
    }
    names = sorted(paths, reverse=True)
    batches = [{n: paths[n] for n in some} for some in (names[:cut], names[cut:]) if some]

    assert merge([TABLES.facts(batch, SPEC) for batch in batches]) == whole


def test_an_example_shows_part_row_key_and_value(tmp_path: Path) -> None:
    """Also of a rule, by the columns that it speaks of."""
    rows = [{**row, "seen": NEW_YEAR, "left": None} for row in some_rows(5)]
    rows[2] |= {"income": 50.0, "member": True}
    rows[3] |= {"income": -3.5, "member": None}
    found = {(one.check, one.column): one for one in facts_of(tmp_path, rows).broken}
    part = "datasets/loans/d1/train/part-00000.parquet"

    assert found["below_min", "income"].examples == (
        Example(part=part, row=3, key="3", value="-3.5"),
    )
    assert Example(part=part, row=2, key="2", value="member=true, income=50.0") in (
        found["rule_broken", "members-earn"].examples
    )


def test_a_list_of_a_hundred_thousand_values_is_no_burden(tmp_path: Path) -> None:
    """They become a table that is joined."""
    listed = tuple(f"city {place}" for place in range(100_000))
    columns = {**a_spec().columns, "city": Column(type="category", values=listed)}
    spec = a_spec(columns=columns)
    rows = [{**row, "city": f"city {place}"} for place, row in enumerate(some_rows(50))]
    rows[7]["city"], rows[9]["city"] = "elsewhere", None
    found = {
        one.check: one for one in facts_of(tmp_path, rows, spec).broken if one.column == "city"
    }

    assert {check: one.rows for check, one in found.items()} == {
        "missing": 1,
        "unknown_category": 1,
    }
    assert found["unknown_category"].examples[0].value == "elsewhere"


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("income", "expected a condition (true or false), 'income' is DOUBLE"),
        ("city + income > 3", "Binder Error"),
        ("(income > 3", "its parentheses do not match"),
        ("read_csv('/etc/passwd') is null", "'read_csv' is no function that a rule may use"),
        ("income > > 3", "Parser Error"),
    ],
)
def test_a_rule_that_cannot_be_run_is_told_and_the_others_run(
    tmp_path: Path, expression: str, problem: str
) -> None:
    """The engine refuses what `project push` refuses, and what only the columns can tell."""
    rules = ({"name": "odd", "expect": expression}, {"name": "even", "expect": "income < 900"})
    rows = [{**row, "income": 950.0} for row in some_rows(3)]
    found = facts_of(tmp_path, rows, a_spec(rules=rules))

    assert found.failed_rules["odd"].startswith(problem)
    assert [(one.check, one.rows) for one in found.broken if one.column == "even"] == [
        ("rule_broken", 3)
    ]


def test_a_value_that_a_rule_cannot_compute_breaks_nothing(tmp_path: Path) -> None:
    """As one that is missing."""
    rules = ({"name": "odd", "expect": "cast(city as integer) > 3"},)
    rows = [{**row, "city": city} for row, city in zip(some_rows(3), ("1", "x", "5"), strict=True)]
    found = facts_of(tmp_path, rows, a_spec(rules=rules))

    assert [(one.rows, one.examples[0].row) for one in found.broken if one.column == "odd"] == [
        (1, 0)
    ]


def test_what_equals_the_target_or_stands_for_nothing_is_counted(tmp_path: Path) -> None:
    """By column, and by value."""
    rows = [
        {**row, "city": row["repaid"], "income": -999.0 if place < 4 else 5.0, "id": 9_999 + place}
        for place, row in enumerate(some_rows(20))
    ]
    found = facts_of(tmp_path, rows, a_spec())

    assert found.equals_target == {"city": 20}
    assert found.stand_ins == {"id": {"9999.0": 1}, "income": {"-999.0": 4}}


def test_times_that_stand_for_nothing_are_counted(tmp_path: Path) -> None:
    """In seconds since 1970."""
    rows = [
        {**row, "seen": 0.0 if row["id"] < 2 else NEW_YEAR, "left": None} for row in some_rows(9)
    ]

    assert facts_of(tmp_path, rows).stand_ins == {"seen": {"0.0": 2}}


def test_a_regression_and_a_boolean_target_have_ends(tmp_path: Path) -> None:
    """Numbers, and truth values as 0 and 1."""
    rows = [{**row, "income": float(place)} for place, row in enumerate(some_rows(9))]
    numbers = a_spec(task="regression", target="income", favourable=None)
    truth = a_spec(target="member", favourable=True)
    first, second = (facts_of(tmp_path, rows, spec) for spec in (numbers, truth))

    assert (first.target, first.classes) == ((0.0, 8.0), {})
    assert second.target in {(0, 1), (0, 0), (1, 1)}
    assert set(second.classes) <= {"False", "True"}
