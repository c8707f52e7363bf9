"""How time and memory grow with the parts of a dataset: `python -m benchmarks.scale [--quick]`.

Parts of a million rows and 20 columns are profiled and checked one after another in one process,
whose data segment is limited to 512 MiB, on one pinned core; then profiles of many parts are merged
and 10 million distinct texts are counted and compared.
"""

import argparse
import os
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from benchmarks.data.contender import peak_mb
from benchmarks.data.frame import SPEC, frame, ruled_spec
from cli.output import print_table
from loopwright.domain.bins import Bins
from loopwright.domain.counting import (
    ClassRows,
    ProfileDocument,
    merge,
    merge_by_class,
    merge_profile,
)
from loopwright.domain.crossing import Item
from loopwright.domain.facts import TableFacts
from loopwright.domain.profile_details import merge_details
from loopwright.domain.profile_summary import bins_of
from loopwright.engines.tables import DuckTables
from loopwright.engines.tables_cross import at_once

ROOT = Path(__file__).parents[1]
LIMIT_MIB = 512
MERGED = 1_000
TABLES = DuckTables(memory_mib=128, threads=1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="parts of 100,000 rows, 4 of them")
    quick = parser.parse_args().quick
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT_MIB << 20, LIMIT_MIB << 20))
    file = frame(ROOT / "build" / "bench", 100_000 if quick else 1_000_000)
    bins = bins_of(TABLES.summarise([file], SPEC), SPEC)
    rows = [*parts(file, bins, count=4 if quick else 20), *merging(file, bins)]
    rows += distinct(1_000_000 if quick else 10_000_000)
    print_table(f"Within {LIMIT_MIB} MiB of data", ("work", "seconds", "peak MB", "told"), rows)


def parts(file: Path, bins: dict[str, Bins], *, count: int) -> list[tuple[str, ...]]:
    """Profile and check copies of a file; seconds of each part, and how the last compare."""
    seconds, peaks, spec = [], [], ruled_spec()
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        for place in range(count):
            part = Path(folder) / f"part-{place:05}.parquet"
            shutil.copyfile(file, part)
            began = time.perf_counter()
            TABLES.profile([part], bins)
            TABLES.facts({f"train/{place}": part}, spec)
            seconds.append(time.perf_counter() - began)
            peaks.append(peak_mb())
    half = count // 2
    ratio = statistics.median(seconds[half:]) / statistics.median(seconds[:half])
    told = f"the second half took {ratio:.2f} times the first, from {peaks[0]:.0f} MB on"
    middle = statistics.median(seconds)
    spread = f"{middle:.2f} a part ({min(seconds):.2f} to {max(seconds):.2f})"
    return [(f"profile and check {count} parts", spread, f"{peaks[-1]:.0f}", told)]


def merging(file: Path, bins: dict[str, Bins]) -> list[tuple[str, ...]]:
    """Merge the profile of a part with itself many times over."""
    found = TABLES.profile([file], bins)
    classes = TABLES.by_class([file], bins, SPEC)
    one = ProfileDocument(
        batch=0,
        keys=(),
        counts=found.counts,
        details=found.details,
        facts=TableFacts(rows=found.counts.rows),
        by_class={name: ClassRows.of(table) for name, table in classes.items()},
    )
    documents = [one.model_copy(update={"batch": place}) for place in range(MERGED)]
    pieces = {
        "counts": lambda: merge([each.counts for each in documents]),
        "details": lambda: merge_details([each.details for each in documents]),
        "rows by class": lambda: merge_by_class(documents),
        "profiles": lambda: merge_profile(bins, documents, batches=MERGED),
    }
    return [
        (f"merge {name} of {MERGED:,} parts", f"{best(work):.3f}", f"{peak_mb():.0f}", "")
        for name, work in pieces.items()
    ]


def distinct(rows: int) -> list[tuple[str, ...]]:
    """Profile and compare texts that are all different."""
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "part.parquet"
        with duckdb.connect(config={"threads": 1, "memory_limit": "128MiB"}) as connection:
            picked = f"SELECT printf('id-%09d', i) AS s5, true AS b0 FROM range({rows}) AS r(i)"  # noqa: S608 - a number of ours
            connection.execute(f"COPY ({picked}) TO '{part}' (FORMAT parquet)")
        columns = {name: SPEC.columns[name] for name in ("s5", "b0")}
        columns["s5"] = columns["s5"].model_copy(update={"unique": True})
        spec = SPEC.model_copy(update={"columns": columns})
        began = time.perf_counter()
        bins = bins_of(TABLES.summarise([part], spec), spec)
        middle = time.perf_counter()
        TABLES.profile([part], bins)
        profiled = time.perf_counter()
        with duckdb.connect(
            config={"threads": 1, "memory_limit": "128MiB", "temp_directory": folder}
        ) as connection:
            found = at_once(connection, {"train/a": part}, spec).crossed(
                Item(check="repeated", column="s5")
            )
        compared = time.perf_counter()
    told = f"{found.distinct:,} distinct values, {found.rows:,} repeated"
    return [
        (f"freeze bins of {rows:,} distinct texts", f"{middle - began:.2f}", "", ""),
        ("profile them", f"{profiled - middle:.2f}", "", ""),
        ("compare them", f"{compared - profiled:.2f}", f"{peak_mb():.0f}", told),
    ]


def best(work: Callable[[], object]) -> float:
    """Return the least seconds of three turns."""
    turns = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        turns.append(time.perf_counter() - began)
    return min(turns)


if __name__ == "__main__":
    main()
