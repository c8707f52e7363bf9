"""The rows of a text that the CSV reader refused, and the numbers of the rows that it took."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from loopwright.domain.reading import MAX_KEPT
from loopwright.domain.upload_reasons import lost_rows, open_quote
from loopwright.engines.tables_dialect import read_rows
from loopwright.engines.tables_stream import RefusedError
from loopwright.engines.tables_text import TextFile

MAX_CELL = 100_000_000
LINE = "chr(10) || chr(13)"
RUN_ON = (
    "error_type = 'LINE SIZE OVER MAXIMUM' OR error_type = 'UNQUOTED VALUE' AND "
    f"regexp_matches(rtrim(csv_line, {LINE}), '[\\n\\r]')"
)


@dataclass(frozen=True)
class Rejected:
    """The rows of a file that the reader refused: how many, their numbers, and the first lines.

    Rows count from 1 after the header, blank lines with them; in JSON Lines, lines count from 1.
    """

    count: int = 0
    kept: tuple[tuple[int, str], ...] = ()
    numbers: NDArray[np.int64] | None = None
    text: TextFile | None = None

    def rows_of(self, places: Sequence[int]) -> list[int]:
        """Return the numbers in the file of accepted rows, by their places among those (from 1)."""
        if self.numbers is None or self.text is None:
            return list(places)
        gaps = self.text.has_blanks and not self.text.is_json
        blanks = _walk(self.text)[1] if gaps else ()
        absent = np.union1d(self.numbers, np.asarray(blanks, dtype=np.int64))
        accepted_before = absent - np.arange(1, len(absent) + 1)
        skipped = np.searchsorted(accepted_before, np.asarray(places), side="left")
        return [place + int(more) for place, more in zip(places, skipped, strict=True)]


def take_rejected(
    connection: duckdb.DuckDBPyConnection, name: str, text: TextFile | None, rows: int
) -> Rejected:
    """Return what was refused of a file of which so many rows were taken.

    A file is refused as a whole when rows ran into each other, so that none is lost unnoticed.
    """
    if text is None:
        return Rejected()
    first = 0 if text.is_json else 1
    query = f"SELECT min(line) - {first} FROM rejected WHERE {RUN_ON}"
    run_on = connection.execute(query).fetchall()[0][0]
    if run_on is not None:
        raise RefusedError(open_quote(name, run_on))
    query = f"SELECT DISTINCT line - {first} AS number FROM rejected ORDER BY 1"
    numbers = connection.execute(query).fetchnumpy()["number"].astype(np.int64)
    kept = connection.execute(
        f"SELECT line - {first}, any_value(csv_line) FROM rejected GROUP BY 1 ORDER BY 1 "
        f"LIMIT {MAX_KEPT}"
    ).fetchall()
    connection.execute("DROP TABLE rejected; DROP TABLE rejected_scan")
    _check_count(name, text, rows + len(numbers))
    return Rejected(len(numbers), tuple(kept), numbers, text)


def _check_count(name: str, text: TextFile, rows: int) -> None:
    """Refuse a CSV file of which rows are missing; how many there are is counted in two ways."""
    if not text.is_json and rows != text.rows:
        expected = _walk(text)[0]
        if rows != expected:
            raise RefusedError(lost_rows(name, rows, expected))


def _walk(text: TextFile) -> tuple[int, list[int]]:
    """Return how many rows a CSV file has, and the numbers of its blank lines, row by row."""
    csv.field_size_limit(MAX_CELL)
    rows, blanks = 0, []
    with text.path.open(encoding="utf-8-sig", newline="") as lines:
        found = read_rows(lines, text.form.delimiter, text.form.quote)
        for number, row in enumerate(found):
            rows += bool(row)
            if not row:
                blanks.append(number)
    return rows - 1, blanks
