"""Bad files at their full size: `python -m benchmarks.hostile [NAME ...]`.

Each is made on this machine and read by a program of its own, whose data segment is limited to
512 MiB, as in a function of that size. It stops when what is said of a file is not what should be.
"""

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from backports import zstd

from benchmarks.data.contender import peak_mb
from cli.output import print_table
from loopwright.domain.spec import Column, NoProtected, ProjectSpec
from loopwright.engines.tables import DuckTables

LIMIT_MIB = 512
MEMORY_MIB = 128
CHUNK = b"a" * (1 << 20)
LINE_CHUNKS = 1_000
BOMB_CHUNKS = 20_000
WIDE = 10_000
LISTED = 100_000
DISTINCT = 10_000_000
CONTROLS = ("=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "\x01\x1b[31m", "a\u202eb", "\ufeff-1")
REPEATS = 100_000


class Case(NamedTuple):
    """How a file is made, under which name, and what must be said of it."""

    name: str
    write: Callable[[Path], None]
    expected: str


def single_line(path: Path) -> None:
    """Write 1 GB without a line end."""
    with path.open("wb") as file:
        file.write(b"name,ok\n")
        for _ in range(LINE_CHUNKS):
            file.write(CHUNK)


def gzip_bomb(path: Path) -> None:
    """Write 20 GB as 20 MB: one compressed piece again and again."""
    path.write_bytes(gzip.compress(b"name,ok\n") + gzip.compress(row_chunk()) * BOMB_CHUNKS)


def zstd_bomb(path: Path) -> None:
    """Write 20 GB as 2 MB."""
    path.write_bytes(zstd.compress(b"name,ok\n") + zstd.compress(row_chunk()) * BOMB_CHUNKS)


def row_chunk() -> bytes:
    """Return 1 MiB of rows."""
    return b"aaaa,1\n" * ((1 << 20) // 7)


def wide_csv(path: Path) -> None:
    """Write rows of 10,000 columns."""
    names = ",".join(f"c{place}" for place in range(WIDE))
    row = ",".join("1" for _ in range(WIDE))
    path.write_text("\n".join([names, *([row] * 1_000)]) + "\n")


def wide_parquet(path: Path) -> None:
    """Write a Parquet file of 10,000 columns."""
    picked = ", ".join(f"1 AS c{place}" for place in range(WIDE))
    duckdb.sql(f"COPY (SELECT {picked}) TO '{path}' (FORMAT parquet)")


def listed_values(path: Path) -> None:
    """Write a million rows of 100,000 values that the spec lists, and one that it does not."""
    texts = f"printf('value-%06d', i % {LISTED})"
    picked = f"SELECT {texts} AS name, true AS ok FROM range(1_000_000) AS r(i)"  # noqa: S608 - ours
    duckdb.sql(f"COPY ({picked} UNION ALL SELECT 'none', true) TO '{path}' (FORMAT csv)")


def distinct_texts(path: Path) -> None:
    """Write 10 million texts that are all different."""
    picked = f"SELECT printf('id-%09d', i) AS name, true AS ok FROM range({DISTINCT}) AS r(i)"  # noqa: S608 - ours
    duckdb.sql(f"COPY ({picked}) TO '{path}' (FORMAT csv)")


def controls(path: Path) -> None:
    """Write formulas and control characters as texts."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("name,ok\n")
        for text in CONTROLS * REPEATS:
            file.write('"' + text.replace('"', '""') + '",1\n')


CASES = (
    Case("line.csv", single_line, "row_too_long"),
    Case("bomb.csv.gz", gzip_bomb, "too_large"),
    Case("bomb.csv.zst", zstd_bomb, "too_large"),
    Case("wide.csv", wide_csv, "too_many_columns"),
    Case("wide.parquet", wide_parquet, "too_many_columns"),
    Case("listed.csv", listed_values, "1 outside the list"),
    Case("distinct.csv", distinct_texts, f"{DISTINCT:,} rows"),
    Case("controls.csv", controls, f"{len(CONTROLS) * REPEATS:,} rows"),
)


def spec(listed: tuple[str, ...] | None = None) -> ProjectSpec:
    """Return the spec of the files: a name, and whether it is so."""
    return ProjectSpec(
        project="hostile",
        question="Is a bad file told from a good one?",
        owner="The benchmark",
        intended_use="Reads bad files.",
        affected_people="nobody: the rows are made up",
        columns={
            "name": Column.model_validate({"type": "category", "values": listed}),
            "ok": Column.model_validate({"type": "boolean"}),
        },
        target="ok",
        task="binary",
        protected=NoProtected(none="the rows are made up"),
    )


def read(path: Path) -> dict[str, Any]:
    """Read a file as ReadPart does and say what came of it."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        told = verdict(path, Path(folder))
    return {"told": told, "seconds": time.perf_counter() - began, "peak_mb": peak_mb()}


def verdict(path: Path, folder: Path) -> str:
    """Return the code of the refusal, or what was counted."""
    tables = DuckTables(memory_mib=MEMORY_MIB, threads=1, temp_directory=folder / "spill")
    listed = path.name == "listed.csv"
    contract = spec(tuple(f"value-{place:06}" for place in range(LISTED)) if listed else None)
    found = tables.read({path.name: path}, contract, salt="0", folder=folder)
    if found.reasons:
        return found.reasons[0].code
    if found.quarantined_rows:
        return f"{found.quarantined_rows:,} unreadable"
    if not listed:
        return f"{found.rows:,} rows"
    parts = {str(part): part for part in sorted(folder.glob("**/*.parquet"))}
    broken = tables.facts(parts, contract).broken
    return f"{sum(one.rows for one in broken):,} outside the list"


def measured(cases: tuple[Case, ...], folder: Path) -> Iterator[tuple[str, ...]]:
    """Make and read each file; stop at a wrong verdict."""
    for case in cases:
        path = folder / case.name
        case.write(path)
        command = [sys.executable, "-m", "benchmarks.hostile", "--read", str(path)]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        if told.returncode:
            sys.exit(f"{case.name}: {told.stderr}")
        found = json.loads(told.stdout)
        if found["told"] != case.expected:
            sys.exit(f"{case.name}: expected {case.expected!r}, found {found['told']!r}")
        size = f"{path.stat().st_size / 1e6:,.0f}"
        yield case.name, size, case.expected, f"{found['seconds']:.1f}", f"{found['peak_mb']:.0f}"
        path.unlink()


def main() -> None:
    """Measure and print, or read one file within the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these files")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        resource.setrlimit(resource.RLIMIT_DATA, (LIMIT_MIB << 20, LIMIT_MIB << 20))
        print(json.dumps(read(options.read)))
        return
    cases = tuple(case for case in CASES if not options.names or case.name in options.names)
    with tempfile.TemporaryDirectory() as folder:
        rows = list(measured(cases, Path(folder)))
    heads = ("file", "MB", "what is said", "seconds", "peak MB")
    print_table(f"Bad files within {LIMIT_MIB} MiB of data", heads, rows)


if __name__ == "__main__":
    main()
