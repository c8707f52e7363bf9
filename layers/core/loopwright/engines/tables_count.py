"""Profile the columns of Parquet parts over frozen bins, within memory that does not grow."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import numpy as np

from loopwright.domain.bins import Bins, CategoricalBins, Counts, NumericBins
from loopwright.domain.distinct import Sketch, hashes_of, mixed, register_bits
from loopwright.domain.packing import pack_registers
from loopwright.domain.profile_details import ColumnDetails, Profiled, TextDetails
from loopwright.domain.profile_kernels import NumberTally
from loopwright.domain.profile_summary import categories_kept
from loopwright.engines import tables_sql as sql
from loopwright.engines.tables_slices import Slice, blocks, fetch, number_of, slices
from loopwright.engines.tables_tally import tally, weighed

SLICE_ROWS = 1 << 17
# Values that repeat so often are grouped before each is looked at.
REPEATS = 4
HASHED = "loopwright:hash:"


def profile(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Path], bins: Mapping[str, Bins]
) -> Profiled:
    """Count every binned column over all rows of the parts, and take its details."""
    cut = slices(connection, parts, rows=SLICE_ROWS)
    texts = _texts(connection, parts)
    numeric = {n: one for n, one in bins.items() if isinstance(one, NumericBins)}
    tallies = {name: NumberTally(one) for name, one in numeric.items()}
    sketches = {name: Sketch(register_bits(len(bins))) for name in _sketched(bins)}
    _add_slices(connection, cut, tallies, sketches, numeric)
    counts = {name: tally.counts for name, tally in tallies.items()}
    rows = sum(one.rows for one in cut)
    told: dict[str, TextDetails | None] = {}
    for name, one in bins.items():
        if name in texts or isinstance(one, CategoricalBins):
            few = name not in sketches or sketches[name].values * REPEATS < rows
            source = weighed(name, parts, few=few)
            found = tally(connection, source, one, is_text=name in texts)
            counts[name], told[name] = found.counts or counts[name], found.texts
    details = {
        name: ColumnDetails(
            numbers=tallies[name].details if name in tallies else None,
            texts=told.get(name),
            sketch=pack_registers(sketches[name].registers) if name in sketches else b"",
        )
        for name in bins
    }
    columns = {name: counts[name] for name in bins}
    return Profiled(counts=Counts(rows=rows, columns=columns), details=details)


def _texts(connection: duckdb.DuckDBPyConnection, parts: Sequence[Path]) -> set[str]:
    """Return the columns that hold texts."""
    if not parts:
        return set()
    found = connection.execute(f"DESCRIBE SELECT * FROM {sql.files(parts)}").fetchall()
    return {name for name, kind, *_ in found if kind == "VARCHAR"}


def _sketched(bins: Mapping[str, Bins]) -> list[str]:
    """Return the columns whose distinct values their bins do not list."""
    kept = categories_kept(len(bins))
    return [
        name
        for name, one in bins.items()
        if isinstance(one, NumericBins) or len(one.categories) + len(one.others) >= kept
    ]


def _add_slices(
    connection: duckdb.DuckDBPyConnection,
    cut: Sequence[Slice],
    tallies: Mapping[str, NumberTally],
    sketches: Mapping[str, Sketch],
    bins: Mapping[str, NumericBins],
) -> None:
    """Add numbers, and the hashes of what is not sketched by its number, a block at a time."""
    hashed = [name for name in sketches if name not in bins or bins[name].measure == "length"]
    picked = {name: number_of(name, one.measure) for name, one in bins.items()}
    picked |= {HASHED + name: _hash_of(sql.quoted(name)) for name in hashed}
    for one in cut:
        for block in blocks(list(picked), rows=one.rows):
            wanted = ", ".join(f"{picked[name]} AS {sql.quoted(name)}" for name in block)
            fetched = fetch(connection, one.select(wanted))
            for name in block:
                values = fetched.pop(name)
                if name.startswith(HASHED):
                    sketches[name.removeprefix(HASHED)].add(mixed(np.ma.compressed(values)))
                    continue
                tallies[name].add(np.ma.filled(values, np.nan))
                if bins[name].measure != "length":
                    sketches[name].add(hashes_of(np.ma.compressed(values)))


def _hash_of(column: str) -> str:
    return f"if({column} IS NULL, NULL, hash({column}))"
