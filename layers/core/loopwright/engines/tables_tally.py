"""Count the values of one column by their bin and their form, by one DuckDB query."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from loopwright.domain.bins import MISSING, NEW, OTHER, Bins, CategoricalBins, ColumnCounts
from loopwright.domain.profile_details import TextDetails
from loopwright.domain.text_patterns import DIGITS_FIRST, MARKED, OTHERS
from loopwright.engines.tables_sql import files, literal, quoted

CODES = '"loopwright:codes"'


@dataclass(frozen=True)
class Tally:
    """The counts over categorical bins, and what is told of texts; None where there is none."""

    counts: ColumnCounts | None
    texts: TextDetails | None


def weighed(name: str, parts: Sequence[Path], *, few: bool) -> str:
    """Return a table of the values of a column with their rows: each once where there are few."""
    column, table = quoted(name), files(parts)
    if few:
        return f"(SELECT {column} AS value, count(*) AS rows FROM {table} GROUP BY 1)"
    return f"(SELECT {column} AS value, 1 AS rows FROM {table})"


def tally(
    connection: duckdb.DuckDBPyConnection, source: str, bins: Bins, *, is_text: bool
) -> Tally:
    """Count a weighed table: over categorical bins by a join, and texts by form and length."""
    place = "NULL"
    if isinstance(bins, CategoricalBins):
        place = f"if(value IS NULL, {MISSING}, {NEW})"
        if bins.categories:
            _remember(connection, bins)
            source += f" LEFT JOIN {CODES} ON value = category"
            place = f"if(value IS NULL, {MISSING}, coalesce(place, {NEW}))"
    letters, form = ("length(value)", form_of("value")) if is_text else ("NULL", "NULL")
    query = (
        "SELECT bin, form, sum(rows), min(letters), max(letters), sum(letters * rows) FROM "
        f"(SELECT rows, {place} AS bin, {letters} AS letters, {form} AS form FROM {source}) "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    )
    found = connection.execute(query).fetchall()
    counts = None
    if isinstance(bins, CategoricalBins):
        added = np.zeros(bins.size, dtype=np.int64)
        np.add.at(added, [row[0] for row in found], [int(row[2]) for row in found])
        counts = ColumnCounts(counts=tuple(added.tolist()))
    return Tally(counts, _texts(found) if is_text else None)


def form_of(text: str) -> str:
    """Return an expression for the form of a text (an SQL expression); NULL for none of them."""
    marked = " ".join(
        f"WHEN contains({text}, {literal(mark)}) AND {_fits(text, form)} THEN {literal(name)}"
        for name, (mark, form) in MARKED.items()
    )
    return (
        f"coalesce(CASE WHEN {text} < ':' THEN CASE {_cases(text, DIGITS_FIRST)} END END, "
        f"CASE {marked} {_cases(text, OTHERS)} END)"
    )


def _cases(text: str, forms: dict[str, str]) -> str:
    return " ".join(
        f"WHEN {_fits(text, form)} THEN {literal(name)}" for name, form in forms.items()
    )


def _fits(text: str, form: str) -> str:
    return f"regexp_full_match({text}, {literal(form)})"


def _remember(connection: duckdb.DuckDBPyConnection, bins: CategoricalBins) -> None:
    """Keep the known categories and their bins as a table."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {CODES} AS "
        "SELECT unnest($known) AS category, unnest($places) AS place",
        {
            "known": [*bins.categories, *bins.others],
            "places": [*range(OTHER + 1, bins.size), *([OTHER] * len(bins.others))],
        },
    )


def _texts(found: list[tuple[Any, ...]]) -> TextDetails:
    """Sum up rows of (bin, form, rows, shortest, longest, characters)."""
    forms: dict[str, int] = {}
    for _, form, rows, *_ in found:
        if form is not None:
            forms[form] = forms.get(form, 0) + int(rows)
    return TextDetails(
        forms=dict(sorted(forms.items())),
        shortest=min((row[3] for row in found if row[3] is not None), default=None),
        longest=max((row[4] for row in found if row[4] is not None), default=None),
        characters=sum(int(row[5] or 0) for row in found),
    )
