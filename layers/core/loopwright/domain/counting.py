"""Count values over frozen bins, and merge counts by addition."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import batched, chain
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter

from loopwright.domain.bins import (
    MISSING,
    NEW,
    OTHER,
    Bins,
    CategoricalBins,
    ColumnCounts,
    Counts,
    NumericBins,
)
from loopwright.domain.facts import CrossFacts, TableFacts
from loopwright.domain.packing import PackedRecord, added_counts, pack_counts, unpack_counts
from loopwright.domain.profile import ByBin, Profile
from loopwright.domain.profile_details import ColumnDetails, merge_details
from loopwright.domain.record import Record, canonical_json
from loopwright.errors import IncompletePartsError

QUANTILE_BINS = 20
ATOM_PARTS = 20
MAX_LISTED = 100
MAX_OTHERS = 10_000

Values = Sequence[Any] | NDArray[Any]


_BINS: TypeAdapter[dict[str, Bins]] = TypeAdapter(dict[str, Bins])


class ClassRows(PackedRecord):
    """The rows of each class of the target in each bin of a feature, bin after bin, packed."""

    classes: int
    rows: bytes

    @classmethod
    def of(cls, table: Sequence[Sequence[int]]) -> Self:
        """Pack a table of one row per bin and one column per class."""
        classes = len(table[0]) if table else 0
        return cls(classes=classes, rows=pack_counts(chain.from_iterable(table)))

    def table(self) -> ByBin:
        """Return one row per bin and one column per class."""
        found = unpack_counts(self.rows)
        return tuple(batched(found, self.classes)) if found else ()


class ProfileDocument(Record):
    """What one ProfilePart child stored: the counts and the facts of its batch.

    `by_class` holds of each feature the rows of each class of the target per bin; `crossed` what
    the rows have in common, of a version that has but this batch.
    """

    batch: int
    keys: tuple[str, ...]
    counts: Counts
    facts: TableFacts
    crossed: CrossFacts | None = None
    by_class: dict[str, ClassRows] = Field(default_factory=dict)
    details: dict[str, ColumnDetails] = Field(default_factory=dict)


def bins_document(bins: Mapping[str, Bins]) -> bytes:
    """Return the text of a `bins.json`."""
    return canonical_json({name: b.model_dump(mode="json") for name, b in bins.items()})


def read_bins(document: bytes) -> dict[str, Bins]:
    """Return the bins that a `bins.json` holds."""
    return _BINS.validate_json(document)


def edge_ranks(rows: int) -> list[int]:
    """Return the 1-based ranks of the edges of 20 quantile bins: ceil(i * rows / 20), least 1."""
    return sorted({max(1, -(-part * rows // QUANTILE_BINS)) for part in range(QUANTILE_BINS + 1)})


def numeric_bins(values: Values) -> NumericBins:
    """Return 20 quantile bins over the values; a value with 5 % or more of them is an atom.

    Missing values are left out of both shares and ranks. Edges are values that occur.
    """
    present = _floats(values)
    present = present[~np.isnan(present)]
    if not present.size:
        return NumericBins(edges=(0.0,))
    distinct, counts = np.unique(present, return_counts=True)
    atomic = counts * ATOM_PARTS >= present.size
    rest, running = distinct[~atomic], np.cumsum(counts[~atomic])
    if rest.size:
        picked = np.searchsorted(running, edge_ranks(int(running[-1])), side="left")
        edges = rest[np.unique(picked)]
    else:
        edges = np.unique(distinct[[0, -1]])
    return NumericBins(edges=tuple(edges.tolist()), atoms=tuple(distinct[atomic].tolist()))


def categorical_bins(tally: Mapping[Any, int], *, max_others: int = MAX_OTHERS) -> CategoricalBins:
    """List the 100 commonest categories (ties by text), and up to 10,000 others by name."""
    ordered = sorted(tally, key=lambda value: (-tally[value], str(value)))
    others = ordered[MAX_LISTED : MAX_LISTED + max_others]
    return CategoricalBins(categories=tuple(ordered[:MAX_LISTED]), others=tuple(others))


def count_values(bins: Bins, values: Values) -> ColumnCounts:
    """Count raw values (None and NaN are missing) over the bins."""
    if isinstance(bins, NumericBins):
        return ColumnCounts(counts=_count_numbers(bins, _floats(values)))
    return count_tally(bins, Counter(_plain(values)))


def count_tally(bins: CategoricalBins, tally: Mapping[Any, int]) -> ColumnCounts:
    """Count values that are tallied already (value, None for missing -> rows) over the bins."""
    first = OTHER + 1
    index = {value: first + position for position, value in enumerate(bins.categories)}
    index |= dict.fromkeys(bins.others, OTHER)
    counts = [0] * bins.size
    for value, rows in tally.items():
        counts[MISSING if _is_missing(value) else index.get(value, NEW)] += rows
    return ColumnCounts(counts=tuple(counts))


def count_columns(bins: Mapping[str, Bins], columns: Mapping[str, Values], *, rows: int) -> Counts:
    """Count every binned column of a table; a column that is absent counts as missing."""
    absent = [None] * rows
    counted = {name: count_values(b, columns.get(name, absent)) for name, b in bins.items()}
    return Counts(rows=rows, columns=counted)


def merge_column(parts: Iterable[ColumnCounts]) -> ColumnCounts:
    """Add the counts of one column; IncompletePartsError when the bins differ."""
    vectors = [part.counts for part in parts]
    if len({len(vector) for vector in vectors}) != 1:
        message = "counts over different bins cannot be added"
        raise IncompletePartsError(message)
    return ColumnCounts(counts=tuple(map(sum, zip(*vectors, strict=True))))


def merge(parts: Sequence[Counts]) -> Counts:
    """Add counts over the same bins: exact, and the order of the parts does not matter."""
    if not parts or len({frozenset(part.columns) for part in parts}) != 1:
        message = f"{len(parts)} parts do not hold the same columns, so they cannot be added"
        raise IncompletePartsError(message)
    columns = {
        name: merge_column(part.columns[name] for part in parts) for name in parts[0].columns
    }
    return Counts(rows=sum(part.rows for part in parts), columns=columns)


def merge_profile(
    bins: Mapping[str, Bins], parts: Sequence[ProfileDocument], *, batches: int
) -> Profile:
    """Merge the parts of a profile; IncompletePartsError unless each batch is there once."""
    found = sorted(part.batch for part in parts)
    if found != list(range(batches)):
        message = f"a profile of {batches} batches was given the batches {found}"
        raise IncompletePartsError(message)
    return Profile(
        bins=dict(bins),
        counts=merge([part.counts for part in parts]),
        details=merge_details([part.details for part in parts]),
        by_class=merge_by_class(parts),
    )


def merge_by_class(parts: Sequence[ProfileDocument]) -> dict[str, ByBin]:
    """Add the rows of each class in each bin over the parts of a profile.

    IncompletePartsError when the parts do not have the same bins and classes.
    """
    return {
        name: _added(name, [part.by_class.get(name) for part in parts])
        for name in parts[0].by_class
    }


def _added(name: str, tables: Sequence[ClassRows | None]) -> ByBin:
    present = [table for table in tables if table is not None]
    shapes = {(table.classes, len(table.rows)) for table in present}
    if len(present) != len(tables) or len(shapes) != 1:
        message = f"the parts do not count {name!r} over the same bins and classes"
        raise IncompletePartsError(message)
    rows = added_counts([table.rows for table in present])
    return ClassRows(classes=present[0].classes, rows=rows).table()


def _floats(values: Values) -> NDArray[np.float64]:
    if isinstance(values, np.ndarray) and values.dtype != object:
        return values.astype(np.float64)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _plain(values: Values) -> list[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def _is_missing(value: object) -> bool:
    return value is None or value != value  # noqa: PLR0124 - only NaN differs from itself


def _count_numbers(bins: NumericBins, values: NDArray[np.float64]) -> tuple[int, ...]:
    edges = np.asarray(bins.edges)
    index = 1 + np.searchsorted(edges, values, side="right")
    if len(edges) > 1:
        index[values == edges[-1]] = len(edges)
    for position, atom in enumerate(bins.atoms):
        index[values == atom] = len(edges) + 2 + position
    index[np.isnan(values)] = MISSING
    return tuple(np.bincount(index, minlength=bins.size).tolist())
