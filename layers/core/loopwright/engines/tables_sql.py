"""The SQL of the tables engine that reads and writes rows: typed values, digests, sealing."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from loopwright.domain.kinds import CategoryValue
from loopwright.domain.sealing import DIGITS, seal_limit
from loopwright.domain.spec import Column, ProjectSpec
from loopwright.domain.spec_rules import column_kind, stored_type

HASH, SEALED = '"loopwright:hash"', '"loopwright:sealed"'
STORED_COLUMNS = f"* EXCLUDE ({HASH}, {SEALED})"


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: CategoryValue | float) -> str:
    """Return a value as an SQL literal that means exactly this value."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"CAST('{value!r}' AS DOUBLE)"
    return "'" + value.replace("'", "''") + "'"


def digested(columns: Mapping[str, Column], table: str) -> str:
    """Return a query for every row of a table with the sha256 of its canonical text."""
    pieces = ", ".join(_piece(name, columns[name]) for name in sorted(columns))
    return f"SELECT *, sha256(concat({pieces})) AS {HASH} FROM {table}"


def _piece(name: str, column: Column) -> str:
    text = f"CAST({quoted(name)} AS VARCHAR)"
    if column_kind(column) == "text":
        text = f"concat(strlen({text}), ':', {text})"
        return f"if({quoted(name)} IS NULL, '-', {text}), ';'"
    if column_kind(column) == "timestamp":
        text = f"CAST(epoch_us({quoted(name)}) AS VARCHAR)"
    return f"coalesce({text}, '-'), ';'"


def digest_sums() -> str:
    """Return the sums of the four 64-bit words of the row digests, highest first."""
    words = (f"CAST(concat('0x', substr({HASH}, {1 + 16 * i}, 16)) AS UBIGINT)" for i in range(4))
    return ", ".join(f"sum(CAST({word} AS HUGEINT))" for word in words)


def ordered(rows: str, sealed_by: str | None, *, salt: str, share: float) -> str:
    """Return a query for digested rows: those for training first, each group in hash order.

    Which rows are sealed is decided as domain.sealing says.
    """
    entity = HASH if sealed_by is None else f"CAST({quoted(sealed_by)} AS VARCHAR)"
    keyed = f"sha256(concat({literal(salt + ':')}, {entity}))"
    condition = f"substr({keyed}, 1, {DIGITS}) < '{seal_limit(share)}'"
    return f"SELECT *, {condition} AS {SEALED} FROM ({rows}) ORDER BY {SEALED}, {HASH}"


def files(paths: Sequence[Path]) -> str:
    """Return the table function that reads Parquet files, in this order."""
    listed = ", ".join(literal(str(path)) for path in paths)
    return f"read_parquet([{listed}])"


def extended(
    parts: Sequence[Path], lines: Path, spec: ProjectSpec, path: Path, *, kept_rows: int | None
) -> str:
    """Return the statement that writes the rows of parts and of JSON lines as one Parquet file.

    Of the parts at most `kept_rows` rows are taken, by a hash of the row.
    """
    names = ", ".join(quoted(name) for name in spec.columns)
    types = ", ".join(f"{literal(n)}: '{stored_type(c)}'" for n, c in spec.columns.items())
    fresh = f"read_json({literal(str(lines))}, format='newline_delimited', columns={{{types}}})"
    kept = f"SELECT {names} FROM {files(parts)}"
    if spec.key is not None:
        key = quoted(spec.key)
        kept += f" WHERE {key} NOT IN (SELECT {key} FROM {fresh})"
    if kept_rows is not None:
        texts = ", ".join(f"CAST({quoted(name)} AS VARCHAR)" for name in spec.columns)
        kept = f"(FROM ({kept}) ORDER BY sha256(concat_ws('|', {texts})) LIMIT {kept_rows})"
    return (
        f"COPY ({kept} UNION ALL SELECT {names} FROM {fresh}) TO {literal(str(path))} "
        "(FORMAT parquet, COMPRESSION zstd)"
    )


def sampled(
    picked: str, paths: Sequence[Path], *, rows: int, seed: int, evenly: str | None = None
) -> str:
    """Return a query for some rows, drawn by a hash of their position and the seed, in order.

    With `evenly`, an expression, each of its values has its share of the rows, rounded up or down.
    """
    drawn = f"sha256(concat({seed}, ':', place))"
    turn = (
        f"(row_number() OVER (PARTITION BY stratum ORDER BY {drawn}) - 0.5) / "
        "count(*) OVER (PARTITION BY stratum)"
    )
    return (
        "SELECT * EXCLUDE (place, stratum, turn) FROM ("
        f"SELECT *, {turn} AS turn FROM (SELECT {picked}, row_number() OVER () AS place, "
        f"{evenly or 0} AS stratum FROM {files(paths)}) ORDER BY turn, {drawn} LIMIT {rows}) "
        "ORDER BY place"
    )
