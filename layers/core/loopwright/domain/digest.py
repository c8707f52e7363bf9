"""The digest of a table: the same for the same rows, whatever file, order or parts brought them.

Every value has one canonical text, every row one text (columns by name), and every row text a
sha256. The digests of the rows are added modulo 2^256, so their order does not matter and parts
can be added up, while a repeated row still counts. The digest of a dataset version is the sha256
of that sum, the number of rows, the columns with their types, and what decides
the split: the column that rows are sealed by and the share (another split is another version).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from loopwright.domain.dataset import ColumnSchema
from loopwright.domain.record import canonical_json, digest_of

MODULUS = 1 << 256
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - stored times are UTC and carry no zone
Value = float | str | datetime | None


def value_text(value: Value) -> str | None:
    """Return the canonical text of a stored value; None for a missing one.

    Whole numbers in decimal, numbers as the shortest text that reads back exactly, -0.0 as 0.0,
    times (UTC, without a zone) as whole microseconds since 1970.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return str((value - EPOCH) // timedelta(microseconds=1))
    return repr(value + 0.0) if isinstance(value, float) else str(value)


def row_digest(row: Mapping[str, Value]) -> str:
    """Return the sha256 of a row: the texts of its values, columns by name, each closed by `;`.

    A missing value is `-`; a text stands after its length in bytes, so that it can hold anything.
    """
    return digest_of("".join(f"{_piece(row[name])};" for name in sorted(row)).encode())


def _piece(value: Value) -> str:
    text = value_text(value)
    if text is None:
        return "-"
    return f"{len(text.encode())}:{text}" if isinstance(value, str) else text


def add_rows(digests: Iterable[str]) -> int:
    """Return the sum of row digests modulo 2^256."""
    return sum(int(digest, 16) for digest in digests) % MODULUS


def table_digest(
    total: int,
    rows: int,
    columns: Iterable[ColumnSchema],
    *,
    sealed_by: str | None,
    sealed_share: float,
) -> str:
    """Return the digest of a table from the sum over its rows and its columns in any order."""
    return digest_of(
        canonical_json(
            {
                "columns": {c.name: f"{c.type} {c.parquet_type}" for c in columns},
                "rows": rows,
                "sealed_by": sealed_by,
                "sealed_share": sealed_share,
                "sum": f"{total % MODULUS:064x}",
            }
        )
    )
