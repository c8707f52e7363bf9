"""The summary of a batch of rows: enough to freeze the bins of a dataset version (the first pass).

The summary of one batch gives exact bins; those of merged ones are within 1/1000 of rank, and their
commonest categories are those that are among the 10,100 commonest of a batch. Wide tables keep
fewer points and categories per column, so that a summary stays within some 40 MB.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field

from loopwright.domain.bins import Bins
from loopwright.domain.counting import MAX_LISTED, MAX_OTHERS, categorical_bins
from loopwright.domain.kinds import CategoryValue
from loopwright.domain.packing import (
    PackedRecord,
    pack_floats,
    pack_integers,
    unpack_floats,
    unpack_integers,
)
from loopwright.domain.profile_measures import affordable, measures
from loopwright.domain.profile_points import POINTS, Points, bins_of_points, merge_points
from loopwright.domain.record import Record
from loopwright.domain.spec import ProjectSpec
from loopwright.errors import IncompletePartsError

LEAST_POINTS = 100
LEAST_OTHERS = 20
MAX_CATEGORY_CHARACTERS = 200


class NumericSummary(PackedRecord):
    """The points of a column's numbers, seconds since 1970, or lengths."""

    kind: Literal["numeric"] = "numeric"
    missing: int
    values: bytes
    at: bytes
    upto: bytes

    @property
    def points(self) -> Points:
        """Return the points as arrays."""
        return Points(
            values=unpack_floats(self.values),
            at=unpack_integers(self.at),
            upto=unpack_integers(self.upto),
        )


class CategorySummary(Record):
    """The commonest values of a column with their rows, ties by text."""

    kind: Literal["category"] = "category"
    missing: int
    tally: tuple[tuple[CategoryValue, int], ...]


ColumnSummary = Annotated[NumericSummary | CategorySummary, Field(discriminator="kind")]


class Summary(Record):
    """What one pass over a batch of rows keeps of each column."""

    schema_version: Literal[1] = 1
    rows: int
    columns: dict[str, ColumnSummary]


def points_kept(columns: int) -> int:
    """Return how many points each of so many columns keeps."""
    return affordable(columns, most=POINTS, least=LEAST_POINTS)


def categories_kept(columns: int) -> int:
    """Return how many categories each of so many columns keeps."""
    return MAX_LISTED + affordable(columns, most=MAX_OTHERS, least=LEAST_OTHERS)


def numeric_summary(points: Points, *, missing: int) -> NumericSummary:
    """Pack points into a summary."""
    return NumericSummary(
        missing=missing,
        values=pack_floats(points.values),
        at=pack_integers(points.at),
        upto=pack_integers(points.upto),
    )


def merge(summaries: Iterable[Summary]) -> Summary:
    """Merge the summaries of several batches, taking one at a time.

    The order of the batches matters only where a column has more than ten times the categories
    that are kept.
    """
    merged: dict[str, _Merging] | None = None
    rows = 0
    for summary in summaries:
        if merged is None:
            width = len(summary.columns)
            merged = {name: _Merging(name, width) for name in summary.columns}
        if merged.keys() != summary.columns.keys():
            break
        rows += summary.rows
        for name, column in summary.columns.items():
            merged[name].add(column)
    else:
        if merged is not None:
            columns = {name: one.merged() for name, one in merged.items()}
            return Summary(rows=rows, columns=columns)
    message = "the summaries do not hold the same columns, or there is none"
    raise IncompletePartsError(message)


def bins_of(summary: Summary, spec: ProjectSpec) -> dict[str, Bins]:
    """Return the frozen bins of every column of the spec."""
    wanted = measures(spec)
    if set(wanted) != set(summary.columns):
        message = "the summary and the spec do not name the same columns"
        raise IncompletePartsError(message)
    others = categories_kept(len(wanted)) - MAX_LISTED
    return {
        name: bins_of_points(column.points).model_copy(update={"measure": wanted[name]})
        if isinstance(column, NumericSummary)
        else categorical_bins(dict(column.tally), max_others=others)
        for name, column in ((name, summary.columns[name]) for name in spec.columns)
    }


class _Merging:
    """The summaries of one column so far; points stay packed until all are there."""

    def __init__(self, name: str, width: int) -> None:
        self._name, self._width = name, width
        self._parts: list[ColumnSummary] = []
        self._tally: Counter[CategoryValue] = Counter()
        self._missing = 0

    def add(self, part: ColumnSummary) -> None:
        if self._parts and self._parts[0].kind != part.kind:
            message = f"column {self._name!r} is numeric in one summary and not in another"
            raise IncompletePartsError(message)
        self._missing += part.missing
        if isinstance(part, NumericSummary) or not self._parts:
            self._parts.append(part)
        if isinstance(part, CategorySummary):
            self._tally.update(dict(part.tally))
            limit = 10 * categories_kept(self._width)
            if len(self._tally) > limit:
                self._tally = Counter(dict(commonest(self._tally, limit=limit // 2)))

    def merged(self) -> ColumnSummary:
        numeric = [part for part in self._parts if isinstance(part, NumericSummary)]
        if numeric:
            kept = points_kept(self._width)
            points = merge_points([part.points for part in numeric], kept=kept)
            return numeric_summary(points, missing=self._missing)
        tally = commonest(self._tally, limit=categories_kept(self._width))
        return CategorySummary(missing=self._missing, tally=tally)


def commonest(
    tally: Mapping[CategoryValue, int], *, limit: int
) -> tuple[tuple[CategoryValue, int], ...]:
    """Return the commonest values with their rows, ties by text."""
    ordered = sorted(tally, key=lambda value: (-tally[value], str(value)))
    return tuple((value, tally[value]) for value in ordered[:limit])
