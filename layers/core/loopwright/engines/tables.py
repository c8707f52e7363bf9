"""Tables by DuckDB: read, type, digest, split, count and check. Nothing else imports duckdb."""

import contextlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from numpy.typing import NDArray

from loopwright.domain.bins import Bins
from loopwright.domain.facts import CrossFacts, TableFacts
from loopwright.domain.inference_facts import TableSketch
from loopwright.domain.kinds import ColumnType
from loopwright.domain.leakage import ByClass
from loopwright.domain.profile_details import Profiled
from loopwright.domain.profile_summary import Summary
from loopwright.domain.reading import Reading
from loopwright.domain.spec import Dialect, ProjectSpec
from loopwright.engines import tables_sql as sql
from loopwright.engines.tables_arrays import picked_column, plain_array, stratum_of
from loopwright.engines.tables_count import profile
from loopwright.engines.tables_cross import compare, cross_check, spread
from loopwright.engines.tables_facts import find_facts
from loopwright.engines.tables_infer import sketch_file
from loopwright.engines.tables_read import read_batch
from loopwright.engines.tables_screens import count_by_class
from loopwright.engines.tables_stream import LIMITS, Limits
from loopwright.engines.tables_summary import summarise
from loopwright.errors import UnreadableDataError


class DuckTables:
    """Reads uploads and dataset parts within fixed memory; each call has its own database."""

    def __init__(
        self,
        *,
        memory_mib: int = 1_024,
        threads: int = 2,
        temp_directory: Path | None = None,
        limits: Limits = LIMITS,
        part_rows: int = 250_000,
    ) -> None:
        """Fix what a call may use; DuckDB spills to `temp_directory`, and fetches no extension."""
        self._spill = temp_directory or Path(tempfile.gettempdir()) / "loopwright-tables"
        self._config: dict[str, Any] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": f"{memory_mib}MiB",
            "threads": threads,
            "temp_directory": str(self._spill),
        }
        self._limits = limits
        self._part_rows = part_rows

    def read(
        self, files: Mapping[str, Path], spec: ProjectSpec, *, salt: str, folder: Path
    ) -> Reading:
        """Read uploaded files (by the name to report) into canonical parts under `folder`.

        A file that cannot be used at all comes back as reasons; rows that cannot be read are kept
        apart, however many they are.
        """
        with self._workspace() as work, self._connection(work / "rows.duckdb") as connection:
            return read_batch(
                connection,
                files,
                spec,
                salt=salt,
                folder=folder,
                work=work,
                limits=self._limits,
                part_rows=self._part_rows,
            )

    def sketch(self, path: Path, *, dialect: Dialect) -> TableSketch:
        """Describe a file without a contract: how its columns read as each type."""
        with self._workspace() as work, self._connection() as connection:
            return sketch_file(connection, path, dialect=dialect, work=work, limits=self._limits)

    def summarise(self, parts: Sequence[Path], spec: ProjectSpec) -> Summary:
        """Summarise every column of Parquet parts, as bins are frozen from."""
        with self._connection() as connection:
            return summarise(connection, parts, spec)

    def profile(self, parts: Sequence[Path], bins: Mapping[str, Bins]) -> Profiled:
        """Count the columns of Parquet parts over frozen bins, and take their details."""
        with self._connection() as connection:
            return profile(connection, parts, bins)

    def facts(self, parts: Mapping[str, Path], spec: ProjectSpec) -> TableFacts:
        """Count the rows of parts (by the key of their object) that break the contract."""
        with self._connection() as connection:
            return find_facts(connection, parts, spec)

    def by_class(
        self, parts: Sequence[Path], bins: Mapping[str, Bins], spec: ProjectSpec
    ) -> dict[str, ByClass]:
        """Count each feature over frozen bins, by class of the target."""
        with self._connection() as connection:
            return count_by_class(connection, parts, bins, spec)

    def spread(
        self, parts: Mapping[str, Path], spec: ProjectSpec, folder: Path, *, buckets: int
    ) -> dict[int, Path]:
        """Write what must be compared with rows of other parts, one file per hash bucket."""
        with self._connection() as connection:
            return spread(connection, parts, spec, folder, buckets=buckets)

    def compare(self, parts: Mapping[str, Path], spec: ProjectSpec) -> CrossFacts:
        """Compare the rows of parts (by the key of their object) that are all of a version."""
        with self._connection() as connection:
            return compare(connection, parts, spec)

    def cross_check(self, paths: Sequence[Path], spec: ProjectSpec) -> CrossFacts:
        """Compare the rows of all parts that fell into one hash bucket."""
        with self._connection() as connection:
            return cross_check(connection, paths, spec)

    def columns(
        self,
        paths: Sequence[Path],
        columns: Mapping[str, ColumnType],
        *,
        sample_rows: int | None = None,
        seed: int = 0,
        evenly: str | None = None,
    ) -> dict[str, NDArray[Any]]:
        """Return columns of Parquet parts: numbers as float64 (NaN), others as objects (None)."""
        numeric = {name for name, kind in columns.items() if kind in ("integer", "number")}
        picked = ", ".join(picked_column(name, numeric=name in numeric) for name in columns)
        query = f"SELECT {picked} FROM {sql.files(paths)}"
        if sample_rows is not None:
            stratum = evenly and stratum_of(evenly, numeric=evenly in numeric)
            query = sql.sampled(picked, paths, rows=sample_rows, seed=seed, evenly=stratum)
        with self._connection() as connection:
            try:
                arrays = connection.execute(query).fetchnumpy()
            except duckdb.BinderException as error:
                message = f"a part lacks a column of {list(columns)}: {str(error).splitlines()[0]}"
                raise UnreadableDataError(message) from error
            return {name: plain_array(arrays[name], numeric=name in numeric) for name in columns}

    def rows(self, parts: Sequence[Path]) -> int:
        """Return how many rows Parquet files hold."""
        with self._connection() as connection:
            return _count(connection, sql.files(parts))

    def extend(
        self,
        parts: Sequence[Path],
        rows: Sequence[Mapping[str, Any]],
        spec: ProjectSpec,
        path: Path,
        *,
        kept_rows: int | None = None,
    ) -> int:
        """Write the rows of the parts and the given rows as one Parquet file; return how many.

        A given row replaces the row of the same key; of the parts at most `kept_rows` rows stay.
        """
        lines = path.with_suffix(".jsonl")
        lines.write_text("".join(json.dumps(dict(row)) + "\n" for row in rows))
        with self._connection() as connection:
            connection.execute(sql.extended(parts, lines, spec, path, kept_rows=kept_rows))
            return _count(connection, sql.files([path]))

    @contextlib.contextmanager
    def _workspace(self) -> Iterator[Path]:
        """Give a folder for unpacked texts and rows, beside what DuckDB spills."""
        self._spill.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._spill) as name:
            yield Path(name)

    @contextlib.contextmanager
    def _connection(self, path: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a database of its own: in memory, or in a file that larger tables fit into."""
        connection = duckdb.connect(str(path or ":memory:"), config=self._config)
        try:
            yield connection
        finally:
            connection.close()


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    return connection.execute(query).fetchall()[0]


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(_one(connection, f"SELECT count(*) FROM {table}")[0])
