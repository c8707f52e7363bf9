"""The answer to a query."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from loopwright.domain.query import Cell, as_cell, cut_answer


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (0.5, 0.5),
        ("a", "a"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (Decimal("1.5"), 1.5),
        (date(2026, 1, 2), "2026-01-02"),
        (time(3, 4), "03:04:00"),
        (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02T03:04:00+00:00"),
        (b"\x01\xff", "01ff"),
        ([1, 2], "[1, 2]"),
    ],
)
def test_every_value_has_a_form_in_json(value: object, cell: Cell) -> None:
    """What JSON lacks becomes text."""
    assert as_cell(value) == cell


def test_an_answer_is_cut_at_its_limit_and_says_so() -> None:
    """Exactly as many rows are not cut."""
    rows = [(1,), (2,), (3,)]

    assert cut_answer(["a"], ["BIGINT"], rows, limit=2).rows == ((1,), (2,))
    assert cut_answer(["a"], ["BIGINT"], rows, limit=2).is_cut
    assert not cut_answer(["a"], ["BIGINT"], rows, limit=3).is_cut
