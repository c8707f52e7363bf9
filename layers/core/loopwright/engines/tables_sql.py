"""The SQL of the tables engine that reads and writes rows: typed values, digests, sealing."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from loopwright.domain.sealing import DIGITS, seal_limit
from loopwright.domain.spec import CategoryValue, Column, ProjectSpec
from loopwright.domain.spec_rules import column_kind, stored_type

WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
FLOATS = ("FLOAT", "DOUBLE")
ABSENT = "('', 'na', 'n/a', 'nan', 'null', 'none')"
HASH, SEALED = '"loopwright:hash"', '"loopwright:sealed"'
STORED_COLUMNS = f"* EXCLUDE ({HASH}, {SEALED})"
UNREADABLE = '"loopwright:unreadable"'


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


def typed(name: str, column: Column, source: str) -> str:
    """Return the typed value of a raw column of a source type; NULL when it cannot be read."""
    raw, kind = quoted(name), column_kind(column)
    if kind == "text":
        return f"nullif(CAST({raw} AS VARCHAR), '')"
    if kind == "integer" and source in WHOLE:
        return f"CAST({raw} AS BIGINT)"
    if kind == "number" and source in (*WHOLE, *FLOATS):
        return _finite(f"CAST({raw} AS DOUBLE)")
    if kind == "boolean" and source == "BOOLEAN":
        return raw
    return _parsed(f"CAST({raw} AS VARCHAR)", kind)


def _parsed(text: str, kind: str) -> str:
    plain = f"lower(trim({text}))"
    if kind == "integer":
        quick = f"TRY_CAST({text} AS BIGINT)"
        whole = f"regexp_full_match({plain}, '[+-]?[0-9]+([.]0*)?')"
        slow = f"if({whole}, TRY_CAST(regexp_replace({plain}, '[.]0*$', '') AS BIGINT), NULL)"
        return f"CASE WHEN CAST({quick} AS VARCHAR) = {text} THEN {quick} ELSE {slow} END"
    if kind == "number":
        digits = f"translate({plain}, '0123456789.+-e', '') = ''"
        return f"if({digits}, {_finite(f'TRY_CAST({plain} AS DOUBLE)')}, NULL)"
    return (
        f"CASE WHEN {plain} IN ('true', 't', 'yes', 'y', '1', '1.0') THEN true "
        f"WHEN {plain} IN ('false', 'f', 'no', 'n', '0', '0.0') THEN false END"
    )


def _finite(number: str) -> str:
    """Return a number with one zero, and NULL in place of NaN and infinity."""
    return f"if(isfinite({number}), {number} + 0.0, NULL)"


def unreadable(value: str, raw: str) -> str:
    """Return the condition under which a raw value has no typed value and is not missing.

    Missing is what is empty, or NA, N/A, NaN, null, none in a column that holds no texts.
    """
    text = f"lower(trim(CAST({raw} AS VARCHAR)))"
    lost = f"{value} IS NULL AND {raw} IS NOT NULL"
    return f"CASE WHEN {lost} THEN {text} NOT IN {ABSENT} ELSE false END"


def parsed(columns: Mapping[str, Column], sources: Mapping[str, str], table: str) -> str:
    """Return a query for the rows of a raw table: typed values, and whether one is unreadable."""
    names = [quoted(name) for name in columns]
    both = [
        f"{typed(name, column, sources[name])} AS {quoted(name)}, {quoted(name)} AS raw_{place}"
        for place, (name, column) in enumerate(columns.items())
    ]
    bad = " OR ".join(unreadable(name, f"raw_{place}") for place, name in enumerate(names))
    inner = f"SELECT {', '.join(both)} FROM {table}"
    return f"SELECT {', '.join(names)}, {bad} AS {UNREADABLE} FROM ({inner})"


def first_unreadable(
    columns: Mapping[str, Column], sources: Mapping[str, str], table: str, *, of: str, limit: int
) -> str:
    """Return a query for the first unreadable rows: position, column, raw text."""
    cases = " ".join(
        f"WHEN {unreadable(typed(name, column, sources[name]), quoted(name))} "
        f"THEN [{literal(name)}, CAST({quoted(name)} AS VARCHAR)]"
        for name, column in columns.items()
    )
    chosen = f"SELECT rowid FROM {of} WHERE {UNREADABLE} ORDER BY rowid LIMIT {limit}"
    return (
        f"SELECT place, bad[1], bad[2] FROM (SELECT rowid AS place, CASE {cases} END AS bad "
        f"FROM {table} WHERE rowid IN ({chosen})) ORDER BY place"
    )


def digested(columns: Mapping[str, Column], table: str) -> str:
    """Return a query for every row of a table with the sha256 of its canonical text."""
    pieces = ", ".join(_piece(name, columns[name]) for name in sorted(columns))
    return f"SELECT *, sha256(concat({pieces})) AS {HASH} FROM {table}"


def _piece(name: str, column: Column) -> str:
    text = f"CAST({quoted(name)} AS VARCHAR)"
    if column_kind(column) == "text":
        text = f"concat(strlen({text}), ':', {text})"
        return f"if({quoted(name)} IS NULL, '-', {text}), ';'"
    return f"coalesce({text}, '-'), ';'"


def digest_sums(table: str) -> str:
    """Return a query for the sums of the four 64-bit words of the row digests, highest first."""
    words = (f"CAST(concat('0x', substr({HASH}, {1 + 16 * i}, 16)) AS UBIGINT)" for i in range(4))
    sums = (f"sum(CAST({word} AS HUGEINT))" for word in words)
    return f"SELECT {', '.join(sums)} FROM {table}"


def ordered(rows: str, key: str | None, *, salt: str, share: float) -> str:
    """Return a query for digested rows: those for training first, each group in hash order.

    Which rows are sealed is decided as domain.sealing says.
    """
    entity = HASH if key is None else f"CAST({quoted(key)} AS VARCHAR)"
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


def read_text(path: Path, header: Sequence[str], delimiter: str, table: str) -> str:
    """Return the statement that loads a CSV file as texts; rows it refuses go to `rejected`."""
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
    return (
        f"CREATE TEMP TABLE {table} AS SELECT * FROM read_csv({literal(str(path))}, "
        f"auto_detect=false, header=true, delim={literal(delimiter)}, quote='\"', escape='\"', "
        f"columns={{{columns}}}, ignore_errors=true, store_rejects=true, "
        "rejects_table='rejected', rejects_scan='rejected_scan')"
    )


def sampled(picked: str, paths: Sequence[Path], *, rows: int, seed: int) -> str:
    """Return a query for some rows, drawn by a hash of their position and the seed, in order."""
    return (
        f"SELECT * EXCLUDE (place) FROM (SELECT * FROM (SELECT {picked}, row_number() OVER () AS "
        f"place FROM {files(paths)}) ORDER BY sha256(concat({seed}, ':', place)) LIMIT {rows}) "
        "ORDER BY place"
    )
