"""`loopwright data diff` and `loopwright data sql`, as they are typed."""

from typing import Any

import pytest
from scipy.stats import ks_2samp

from loopwright.domain.spec import Column
from tests.fakes.projects import COLUMNS, a_spec, some_rows
from tests.integration.cli.desk import Answer, Desk

LATER = "2026-02-01T00:00:00+00:00"


def changed_rows() -> list[dict[str, Any]]:
    """Of 60 rows five went, five came, and all incomes but the missing ones moved."""
    rows = [dict(row) for row in some_rows(65)[5:]]
    for row in rows[:55]:
        row["income"] = row["income"] and min(1_000.0, row["income"] + 500)
    return rows


@pytest.fixture
def two(desk: Desk) -> tuple[str, str]:
    """Two versions of `loans`."""
    old = desk.add(a_spec(), some_rows(60), some_rows(9, first=900))
    return old, desk.add(a_spec(), changed_rows(), at=LATER)


def test_the_newest_two_versions_are_compared(desk: Desk, two: tuple[str, str]) -> None:
    """By the spec's key, without the sealed rows."""
    found = desk.json("data", "diff", "loans")
    page = desk.type("data", "diff", "loans").text
    moved = {change["column"]: change for change in found["columns"]}
    incomes = sum(bool(row["income"]) for row in some_rows(60)[5:])
    sides = [
        [r["income"] for r in rows if r["income"] is not None]
        for rows in (some_rows(60), changed_rows())
    ]

    assert [found["before"]["digest"], found["after"]["digest"]] == list(two)
    assert (found["before"]["rows"], found["before"]["compared_rows"]) == (69, 60)
    assert (found["rows"]["added"], found["rows"]["removed"]) == (5, 5)
    assert found["rows"]["removed_examples"] == ["0", "1", "2", "3", "4"]
    assert found["rows"]["columns"] == {"income": incomes}
    assert found["columns"][0]["column"] == "income"
    assert moved["income"]["distance"] == pytest.approx(ks_2samp(*sides).statistic)
    assert moved["sex"]["distance"] is None
    assert (moved["income"]["size"], moved["sex"]["size"]) == ("moderate", "same")
    assert "69 -> 60 (-9)" in page
    assert "not compared; see --sealed" in page
    assert "ids removed" in page
    assert "moderate ██" in page


def test_versions_are_named_by_the_beginning_of_their_digest(
    desk: Desk, two: tuple[str, str]
) -> None:
    """Sealed rows are compared when asked for, and by another column when asked for."""
    old, new = two
    found = desk.json("data", "diff", "loans", new[:8], old[:8], "--sealed", "--key", "income")

    assert found["before"]["digest"] == new
    assert found["after"]["compared_rows"] == 69
    assert found["sealed_rows_compared"]
    assert found["rows"]["key"] == "income"


def test_another_schema_is_shown_and_what_is_common_compared(desk: Desk) -> None:
    """Without a common key, whole rows."""
    desk.add(a_spec(), some_rows(6))
    columns = {**COLUMNS, "age": Column(type="integer", max_missing_share=1.0)}
    desk.add(a_spec(columns=columns, key=None), some_rows(6), at=LATER)
    found = desk.json("data", "diff", "loans")
    page = desk.type("data", "diff", "loans").text

    assert [change["column"] for change in found["schema_changes"]] == ["age"]
    assert (found["rows"]["key"], found["rows"]["unchanged"]) == (None, 6)
    assert "rows unchanged" in page
    assert "integer (BIGINT)" in page


def test_a_query_answers_over_versions_and_says_what_is_sealed(
    desk: Desk, two: tuple[str, str]
) -> None:
    """As a table, as CSV, as JSON."""
    query = "SELECT (SELECT count(*) FROM old) AS o, (SELECT count(*) FROM new) AS n"
    given = ("--data", f"old=loans@{two[0][:6]}", "--data", "new=loans")

    assert desk.json("data", "sql", query, *given)["rows"] == [[60, 60]]
    assert desk.json("data", "sql", query, *given, "--sealed")["rows"] == [[69, 60]]
    assert desk.type("data", "sql", query, *given, "--csv").text.split() == ["o,n", "60,60"]
    assert "60" in desk.type("data", "sql", query, *given).text
    cut = desk.json("data", "sql", "FROM new", *given[2:], "--limit", "2")
    assert (len(cut["rows"]), cut["is_cut"]) == (2, True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("diff", "loans", "ffff0000"), "no version that begins with 'ffff0000'"),
        (("diff", "loans", "--key", "nose"), "--key nose: expected a column of both versions"),
        (("diff", "homes"), "no project 'homes'"),
        (("sql", "FROM t", "--data", "t:loans"), "expected NAME=PROJECT"),
        (("sql", "FROM t", "--data", "t=loans", "--data", "t=loans"), "a name of its own"),
        (("sql", "DROP TABLE t", "--data", "t=loans"), "expected one SELECT, found DROP"),
    ],
)
def test_what_cannot_be_done_says_why(
    desk: Desk, two: tuple[str, str], words: tuple[str, ...], expected: str
) -> None:
    """The versions there are, the form that is expected."""
    answer: Answer = desk.type("data", *words)

    assert answer.code == 1
    assert expected in answer.text


def test_a_lone_version_and_a_version_without_open_rows_cannot_be_compared(desk: Desk) -> None:
    """There is nothing before it; and sealed rows are not read unasked."""
    desk.add(a_spec(), [], some_rows(4))
    lone = desk.type("data", "diff", "loans")
    desk.add(a_spec(), some_rows(4), at=LATER)
    sealed = desk.type("data", "diff", "loans")
    asked = desk.type("data", "sql", "FROM t", "--data", "t=loans")

    assert "no version before" in lone.text
    assert "holds no rows to compare; try --sealed" in sealed.text
    assert asked.code == 0
