"""What is said of an upload that cannot be read."""

import json

from loopwright.domain.reading import (
    QuarantinedRow,
    header_reasons,
    quarantine_document,
    shown,
    unreadable_reasons,
)
from tests.fakes.projects import COLUMNS, a_spec


def bad(row: int, column: str | None = "income", value: str = "x") -> QuarantinedRow:
    """Return an unreadable row."""
    return QuarantinedRow("d.csv", row, column, value, "a finite number")


def test_a_header_of_the_spec_is_right_in_any_order() -> None:
    """Columns are found by name."""
    assert header_reasons("d.csv", list(COLUMNS)[::-1], a_spec()) == ()


def test_unreadable_rows_within_the_limit_are_no_reason() -> None:
    """One of a hundred is as many as 1 % allows; without a readable row there is no table."""
    assert unreadable_reasons(99, 1, [bad(1)], limit=0.01) == ()
    assert unreadable_reasons(98, 1, [bad(1)], limit=0.01)
    assert unreadable_reasons(0, 1, [bad(1)], limit=1.0)


def test_rows_that_are_no_rows_are_a_reason_of_their_own() -> None:
    """A broken line has no column."""
    broken, values = unreadable_reasons(8, 2, [bad(3, None, "1,2"), bad(1)], limit=0.1)

    assert broken.message.startswith("1 rows cannot be read")
    assert broken.examples == ("d.csv row 3: '1,2'",)
    assert values.subject == "income"


def test_the_quarantine_keeps_every_row_with_its_reason() -> None:
    """One JSON object a line."""
    lines = quarantine_document([bad(1), bad(2, None)]).decode().splitlines()

    assert json.loads(lines[0]) == {
        "file": "d.csv",
        "row": 1,
        "column": "income",
        "value": "x",
        "expected": "a finite number",
    }
    assert json.loads(lines[1])["column"] is None


def test_long_values_are_cut() -> None:
    """A message stays readable."""
    assert shown("abc") == "'abc'"
    assert shown("x" * 100) == "'" + "x" * 56 + "..."
