"""Count the features of parts by bin and class of the target, to see which tell it too well."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from loopwright.domain.bins import Bins, NumericBins
from loopwright.domain.counting import count_tally
from loopwright.domain.leakage import ByClass
from loopwright.domain.spec import ProjectSpec
from loopwright.engines.tables_count_sql import bin_of
from loopwright.engines.tables_sql import files, quoted

MAX_CLASSES = 20


def count_by_class(
    connection: duckdb.DuckDBPyConnection,
    parts: Sequence[Path],
    bins: Mapping[str, Bins],
    spec: ProjectSpec,
) -> dict[str, ByClass]:
    """Return for each feature the rows of each class in each of its bins.

    None for a regression, and for a target of more than 20 classes.
    """
    target = spec.columns[spec.target]
    classes = (False, True) if target.type == "boolean" else target.values or ()
    if spec.task == "regression" or len(classes) > MAX_CLASSES:
        return {}
    table = files(parts)
    found: dict[str, ByClass] = {}
    for name in spec.features:
        frozen = bins[name]
        value = bin_of(name, frozen) if isinstance(frozen, NumericBins) else quoted(name)
        query = f"SELECT {quoted(spec.target)}, {value}, count(*) FROM {table} GROUP BY 1, 2"
        tallies: dict[Any, Counter[Any]] = {one: Counter() for one in classes}
        for label, place, rows in connection.execute(query).fetchall():
            if label in tallies:
                tallies[label][place] += rows
        found[name] = list(
            zip(*(_counts(frozen, tally) for tally in tallies.values()), strict=True)
        )
    return found


def _counts(bins: Bins, tally: Mapping[Any, int]) -> Sequence[int]:
    if isinstance(bins, NumericBins):
        return [tally.get(place, 0) for place in range(bins.size)]
    return count_tally(bins, tally).counts
