"""The answer to a query: typed columns and a bounded number of rows."""

import math
from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from loopwright.domain.record import Record

Cell = None | bool | int | float | str


class Answer(Record):
    """Columns with their types, and rows; `is_cut` when there were more rows than asked for."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    is_cut: bool


def cut_answer(
    columns: Sequence[str], types: Sequence[str], rows: Sequence[Sequence[Any]], *, limit: int
) -> Answer:
    """Return at most `limit` rows in values that JSON has; more rows given mean that it is cut."""
    return Answer(
        columns=tuple(columns),
        types=tuple(types),
        rows=tuple(tuple(map(as_cell, row)) for row in rows[:limit]),
        is_cut=len(rows) > limit,
    )


def as_cell(value: Any) -> Cell:
    """Return a value as JSON has it: times as ISO 8601, NaN and infinity as text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)
