"""What a profile knows of a column beside its counts: sums, ends, top values, texts, a sketch.

Everything is an integer that is added, an end of which the outer one is kept, or a register of
which the greatest is kept: any split and order of the rows merges to the same details.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loopwright.domain import distinct
from loopwright.domain.bins import (
    MISSING,
    NEW,
    CategoricalBins,
    ColumnCounts,
    Counts,
    NumericBins,
)
from loopwright.domain.fixed_point import steps_of
from loopwright.domain.kinds import CategoryValue
from loopwright.domain.packing import (
    PackedRecord,
    added_counts,
    greatest_registers,
    unpack_counts,
    unpack_registers,
)
from loopwright.domain.record import Record
from loopwright.errors import IncompletePartsError


class NumberDetails(PackedRecord):
    """Of what is measured as a number: sums of steps per bin, of their squares, and the ends.

    `common` holds the rows of each of the bins' commonest values, packed. The steps and the unit of
    `squares` are those of domain.fixed_point.
    """

    sums: tuple[int, ...]
    squares: int
    least: float | None = None
    greatest: float | None = None
    common: bytes = b""


class TextDetails(Record):
    """Of a column of texts: rows per form (see domain.text_patterns), and lengths in characters."""

    forms: dict[str, int]
    shortest: int | None = None
    longest: int | None = None
    characters: int = 0


class ColumnDetails(PackedRecord):
    """The details of one column; `sketch` is empty where the bins list every value."""

    numbers: NumberDetails | None = None
    texts: TextDetails | None = None
    sketch: bytes = b""


class Profiled(Record):
    """The counts of some rows over frozen bins, and the details of each column."""

    counts: Counts
    details: dict[str, ColumnDetails]


@dataclass(frozen=True)
class Moments:
    """The mean and the standard deviation of the values that are present."""

    mean: float
    deviation: float


def moments(bins: NumericBins, counts: ColumnCounts, found: NumberDetails) -> Moments | None:
    """Return the moments of a column, None when it has no value."""
    rows = counts.rows - counts.counts[MISSING]
    if not rows:
        return None
    steps, total = steps_of(bins), sum(found.sums)
    return Moments(steps.mean(total, rows), steps.deviation(total, found.squares, rows))


def bin_means(
    bins: NumericBins, counts: ColumnCounts, found: NumberDetails
) -> tuple[float | None, ...]:
    """Return the mean of the values in each bin, None for an empty bin and for missing values."""
    steps = steps_of(bins)
    return tuple(
        steps.mean(total, rows) if rows and place != MISSING else None
        for place, (total, rows) in enumerate(zip(found.sums, counts.counts, strict=True))
    )


@dataclass(frozen=True)
class Distinct:
    """How many distinct values a column has; exact, or an estimate of a sketch."""

    values: int
    exact: bool


def distinct_values(
    bins: NumericBins | CategoricalBins, counts: ColumnCounts, found: ColumnDetails
) -> Distinct | None:
    """Return the number of distinct values of the rows that the bins were frozen from.

    Of categories that are all known it is exact; None where there is neither that nor a sketch.
    """
    if isinstance(bins, CategoricalBins) and not counts.counts[NEW]:
        return Distinct(len(bins.categories) + len(bins.others), exact=True)
    if not found.sketch:
        return None
    return Distinct(distinct.estimate(unpack_registers(found.sketch)), exact=False)


def top_values(
    bins: NumericBins | CategoricalBins, counts: ColumnCounts, found: ColumnDetails
) -> tuple[tuple[CategoryValue | float, int], ...]:
    """Return the commonest listed values with their exact rows, the commonest first."""
    if isinstance(bins, CategoricalBins):
        listed: Iterable[tuple[CategoryValue | float, int]] = zip(
            bins.categories, counts.counts[NEW + 2 :], strict=True
        )
    else:
        common = unpack_counts(found.numbers.common) if found.numbers else (0,) * len(bins.common)
        atoms = zip(bins.atoms, counts.counts[len(bins.edges) + 2 :], strict=True)
        listed = (*atoms, *zip(bins.common, common, strict=True))
    present = [(value, rows) for value, rows in listed if rows]
    return tuple(sorted(present, key=lambda one: (-one[1], str(one[0]))))


def merge_details(parts: Sequence[dict[str, ColumnDetails]]) -> dict[str, ColumnDetails]:
    """Merge the details of several batches over the same bins, in any order."""
    if len({frozenset(part) for part in parts}) != 1:
        message = "the details of the parts are not of the same columns"
        raise IncompletePartsError(message)
    return {name: _merge_column(name, [part[name] for part in parts]) for name in parts[0]}


def _merge_column(name: str, parts: Sequence[ColumnDetails]) -> ColumnDetails:
    numbers = [part.numbers for part in parts if part.numbers is not None]
    texts = [part.texts for part in parts if part.texts is not None]
    sketches = [part.sketch for part in parts if part.sketch]
    sizes = {len(one) for one in sketches} | {(len(one.sums), len(one.common)) for one in numbers}
    kinds = {(part.numbers is None, part.texts is None, not part.sketch) for part in parts}
    if len(kinds) != 1 or len(sizes) > bool(sketches) + bool(numbers):
        message = f"the details of column {name!r} were not taken over the same bins"
        raise IncompletePartsError(message)
    return ColumnDetails(
        numbers=_merge_numbers(numbers) if numbers else None,
        texts=_merge_texts(texts) if texts else None,
        sketch=greatest_registers(sketches) if sketches else b"",
    )


def _merge_numbers(parts: Sequence[NumberDetails]) -> NumberDetails:
    return NumberDetails(
        sums=tuple(map(sum, zip(*(part.sums for part in parts), strict=True))),
        squares=sum(part.squares for part in parts),
        least=min((part.least for part in parts if part.least is not None), default=None),
        greatest=max((part.greatest for part in parts if part.greatest is not None), default=None),
        common=added_counts([part.common for part in parts]),
    )


def _merge_texts(parts: Sequence[TextDetails]) -> TextDetails:
    forms: Counter[str] = Counter()
    for part in parts:
        forms.update(part.forms)
    return TextDetails(
        forms=dict(sorted(forms.items())),
        shortest=min((part.shortest for part in parts if part.shortest is not None), default=None),
        longest=max((part.longest for part in parts if part.longest is not None), default=None),
        characters=sum(part.characters for part in parts),
    )
