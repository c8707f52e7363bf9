"""What people do with dataset versions on their own machine: compare, query and join them."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from numpy.typing import NDArray

from loopwright.domain.diff import RowChanges
from loopwright.domain.distance import largest_distance
from loopwright.domain.profile_measures import Measure
from loopwright.domain.profile_summary import points_kept
from loopwright.domain.query import Answer
from loopwright.domain.suggestion import Join, KeyMatch
from loopwright.engines.tables_diff import row_changes
from loopwright.engines.tables_join import joined, match_keys
from loopwright.engines.tables_query import answer
from loopwright.engines.tables_slices import number_of, slices
from loopwright.engines.tables_summary import SORTED_ROWS, points_by_column


class DuckWorkbench:
    """Works over downloaded parts within fixed memory; each call has its own database."""

    def __init__(
        self, *, memory_mib: int = 1_024, threads: int = 2, temp_directory: Path | None = None
    ) -> None:
        """Fix what a call may use; DuckDB spills to `temp_directory`, and fetches no extension."""
        spill = temp_directory or Path(tempfile.gettempdir()) / "loopwright-tables"
        self._config: dict[str, Any] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": f"{memory_mib}MiB",
            "threads": threads,
            "temp_directory": str(spill),
        }

    def compare(
        self,
        before: Sequence[Path],
        after: Sequence[Path],
        *,
        columns: Sequence[str],
        key: str | None,
    ) -> RowChanges:
        """Match the rows of two versions by a key, or as a whole, and count what changed."""
        with self._connection() as connection:
            return row_changes(connection, before, after, columns=columns, key=key)

    def distances(
        self, before: Sequence[Path], after: Sequence[Path], measured: Mapping[str, Measure]
    ) -> dict[str, float | None]:
        """Return how far the numbers of each column lie apart (see domain.distance)."""
        numbers = {name: number_of(name, measure) for name, measure in measured.items()}
        with self._connection() as connection:
            old, new = (
                points_by_column(
                    connection,
                    slices(connection, parts, rows=SORTED_ROWS),
                    numbers,
                    kept=points_kept(len(numbers)),
                )
                for parts in (before, after)
            )
        return {name: largest_distance(old[name], new[name]) for name in numbers}

    def query(self, text: str, tables: Mapping[str, Sequence[Path]], *, limit: int) -> Answer:
        """Answer one SELECT over tables made of parts; InputError for anything else."""
        with self._connection() as connection:
            return answer(connection, text, tables, limit=limit)

    def match_keys(
        self, asked: tuple[Sequence[Path], str], other: tuple[Sequence[Path], str]
    ) -> KeyMatch:
        """Count the keys, each side given as (parts, column), that occur on both sides."""
        with self._connection() as connection:
            return match_keys(connection, asked, other)

    def join(
        self, asked: Sequence[Path], other: Sequence[Path], join: Join
    ) -> dict[str, NDArray[Any]]:
        """Return sampled rows of one side with what the other side adds to them."""
        with self._connection() as connection:
            return joined(connection, asked, other, join)

    @contextlib.contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = duckdb.connect(config=self._config)
        try:
            yield connection
        finally:
            connection.close()
