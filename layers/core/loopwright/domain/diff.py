"""What changed between two versions of a dataset: schema, rows, keys, and every column."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from loopwright.domain.bin_labels import bin_label
from loopwright.domain.bins import MISSING, Bins, ColumnCounts, Counts
from loopwright.domain.dataset import ColumnSchema, Manifest
from loopwright.domain.record import Record
from loopwright.domain.stability import measure

SizeWord = Literal["same", "slight", "moderate", "large"]
# The customary limits of PSI (Siddiqi 2006: .1 and .25), and .01 for what nobody would see.
SIZES: tuple[tuple[float, SizeWord], ...] = ((0.01, "same"), (0.1, "slight"), (0.25, "moderate"))


class SchemaChange(Record):
    """A column that is in one version only, or of another type; None where it is not there."""

    column: str
    before: str | None
    after: str | None


class RowChanges(Record):
    """Which rows came, went and changed, matched by a key; without one, rows as a whole.

    A key that occurs twice in a version is counted as repeated and not compared. `columns` counts
    the changed rows of each column that both versions have.
    """

    key: str | None
    added: int
    removed: int
    changed: int
    unchanged: int
    repeated: int = 0
    columns: dict[str, int] = Field(default_factory=dict)
    added_examples: tuple[str, ...] = ()
    removed_examples: tuple[str, ...] = ()
    changed_examples: tuple[str, ...] = ()


class Shift(Record):
    """The bin whose share of the rows changed most."""

    label: str
    before: float
    after: float


class ColumnChange(Record):
    """How far a column's distribution moved.

    `psi` is freed of the bias of sampling and lies with its 95 % interval in [0, inf); `size` is
    its word. `distance` is the largest difference of the two distribution functions of a column of
    numbers, in [0, 1]. Shares are of all compared rows.
    """

    column: str
    psi: float
    low: float
    high: float
    size: SizeWord
    distance: float | None
    missing_before: float
    missing_after: float
    shift: Shift


class Side(Record):
    """One of the two versions."""

    digest: str
    spec: str
    registered_at: str
    rows: int
    compared_rows: int
    holdout_rows: int


class Diff(Record):
    """The difference between two versions of one project."""

    schema_version: Literal[1] = 1
    project: str
    before: Side
    after: Side
    sealed_rows_compared: bool
    schema_changes: tuple[SchemaChange, ...]
    rows: RowChanges
    columns: tuple[ColumnChange, ...]


def side(manifest: Manifest, compared_rows: int) -> Side:
    """Return what a version says of itself."""
    return Side(
        digest=manifest.digest,
        spec=manifest.spec,
        registered_at=manifest.registered_at,
        rows=manifest.rows,
        compared_rows=compared_rows,
        holdout_rows=manifest.holdout_rows,
    )


def schema_changes(
    before: Sequence[ColumnSchema], after: Sequence[ColumnSchema]
) -> tuple[SchemaChange, ...]:
    """Return the columns that came, went or have another type, by name."""
    old = {column.name: f"{column.type} ({column.parquet_type})" for column in before}
    new = {column.name: f"{column.type} ({column.parquet_type})" for column in after}
    return tuple(
        SchemaChange(column=name, before=old.get(name), after=new.get(name))
        for name in sorted(old | new)
        if old.get(name) != new.get(name)
    )


def common_columns(
    before: Sequence[ColumnSchema], after: Sequence[ColumnSchema]
) -> tuple[str, ...]:
    """Return the columns that both versions store alike, in the order of the newer one."""
    old = {(column.name, column.parquet_type) for column in before}
    return tuple(column.name for column in after if (column.name, column.parquet_type) in old)


def column_changes(
    bins: Mapping[str, Bins],
    before: Counts,
    after: Counts,
    distances: Mapping[str, float | None],
) -> tuple[ColumnChange, ...]:
    """Compare two counts over the same bins, the column that moved most first."""
    if not before.rows or not after.rows:
        return ()
    found = [
        column_change(
            name, bins[name], before.columns[name], after.columns[name], distances.get(name)
        )
        for name in before.columns
    ]
    return tuple(sorted(found, key=lambda change: (-change.psi, change.column)))


def column_change(
    name: str, bins: Bins, before: ColumnCounts, after: ColumnCounts, distance: float | None
) -> ColumnChange:
    """Compare one column's counts: PSI with its interval, and the bin that changed most."""
    found = measure(before.counts, after.counts)
    widest = max(range(len(found.terms)), key=found.terms.__getitem__)
    return ColumnChange(
        column=name,
        psi=found.corrected,
        low=found.low,
        high=found.high,
        size=size_word(found.corrected),
        distance=distance,
        missing_before=_share(before, MISSING),
        missing_after=_share(after, MISSING),
        shift=Shift(
            label=bin_label(bins, widest),
            before=_share(before, widest),
            after=_share(after, widest),
        ),
    )


def size_word(psi: float) -> SizeWord:
    """Return the word for the size of a population stability index."""
    return next((word for limit, word in SIZES if psi < limit), "large")


def _share(counts: ColumnCounts, index: int) -> float:
    return counts.counts[index] / counts.rows
