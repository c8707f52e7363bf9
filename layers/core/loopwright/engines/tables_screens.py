"""Count the columns of parts by bin and class of the target, to see which tell it too well."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from loopwright.domain.bins import BELOW, MISSING, OTHER, Bins, NumericBins
from loopwright.domain.leakage import ByClass
from loopwright.domain.spec import ProjectSpec
from loopwright.engines.tables_count_sql import bin_of
from loopwright.engines.tables_sql import files, literal, quoted

MAX_CLASSES = 20


def count_by_class(
    connection: duckdb.DuckDBPyConnection,
    parts: Sequence[Path],
    bins: Mapping[str, Bins],
    spec: ProjectSpec,
) -> dict[str, ByClass]:
    """Return for each feature and protected column the rows of each class in each of its bins.

    The classes of a regression are the bins of its target. None for more than 20 classes. All
    values that are not listed are counted as others, so that a query gives a bounded answer.
    """
    frozen = bins[spec.target]
    target = spec.columns[spec.target]
    names = (False, True) if target.type == "boolean" else target.values or ()
    if isinstance(frozen, NumericBins):
        classes: list[Any] = list(range(BELOW, frozen.size))
        label = bin_of(spec.target, frozen)
    else:
        classes, label = list(names), quoted(spec.target)
        if len(classes) > MAX_CLASSES:
            return {}
    found: dict[str, ByClass] = {}
    for name in dict.fromkeys((*spec.features, *spec.protected_columns)):
        place = _place(name, bins[name])
        query = f"SELECT {place}, {label}, count(*) FROM {files(parts)} GROUP BY 1, 2"
        tally = {(bin_, one): rows for bin_, one, rows in connection.execute(query).fetchall()}
        size = range(bins[name].size)
        found[name] = [[tally.get((bin_, one), 0) for one in classes] for bin_ in size]
    return found


def _place(name: str, bins: Bins) -> str:
    """Return the bin of a value."""
    if isinstance(bins, NumericBins):
        return bin_of(name, bins)
    first = OTHER + 1
    listed = (
        f"WHEN {quoted(name)} = {literal(value)} THEN {first + place}"
        for place, value in enumerate(bins.categories)
    )
    return f"CASE WHEN {quoted(name)} IS NULL THEN {MISSING} {' '.join(listed)} ELSE {OTHER} END"
