"""The SQL of the tables engine: typed values, row digests, sealing, bins and counts."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from loopwright.domain.bins import NumericBins
from loopwright.domain.counting import ATOM_PARTS, QUANTILE_BINS
from loopwright.domain.facts import Check
from loopwright.domain.sealing import DIGITS, seal_limit
from loopwright.domain.spec import CategoryValue, Column, ProjectSpec
from loopwright.domain.spec_rules import column_kind, stored_type

EXPECTED = {
    "integer": "a whole number",
    "number": "a finite number",
    "boolean": "true or false (also 1/0, yes/no, t/f)",
    "text": "a text",
}
WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
FLOATS = ("FLOAT", "DOUBLE")
ABSENT = "('', 'na', 'n/a', 'nan', 'null', 'none')"
HASH, SEALED = '"loopwright:hash"', '"loopwright:sealed"'


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


def typed(name: str, column: Column, source: str) -> tuple[str, str]:
    """Return two expressions: the typed value of a raw column, and whether it is unreadable.

    A missing value is empty, or one of NA, N/A, NaN, null, none in a column that holds no texts.
    """
    raw, kind = quoted(name), column_kind(column)
    if kind == "text":
        return f"nullif(CAST({raw} AS VARCHAR), '')", "false"
    if kind == "integer" and source in WHOLE:
        return f"CAST({raw} AS BIGINT)", "false"
    if kind == "number" and source in (*WHOLE, *FLOATS):
        number = f"CAST({raw} AS DOUBLE)"
        return f"if(isnan({number}), NULL, {number} + 0.0)", f"coalesce(isinf({number}), false)"
    if kind == "boolean" and source == "BOOLEAN":
        return raw, "false"
    text = f"lower(trim(CAST({raw} AS VARCHAR)))"
    value = _parsed(text, kind)
    return value, f"({raw} IS NOT NULL AND {text} NOT IN {ABSENT} AND {value} IS NULL)"


def _parsed(text: str, kind: str) -> str:
    if kind == "integer":
        whole = f"regexp_full_match({text}, '[+-]?[0-9]+([.]0*)?')"
        return f"if({whole}, TRY_CAST(regexp_replace({text}, '[.]0*$', '') AS BIGINT), NULL)"
    if kind == "number":
        form = "[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[+-]?[0-9]+)?"
        number = f"TRY_CAST({text} AS DOUBLE)"
        fits = f"regexp_full_match({text}, '{form}') AND isfinite({number})"
        return f"if({fits}, {number} + 0.0, NULL)"
    return (
        f"CASE WHEN {text} IN ('true', 't', 'yes', 'y', '1', '1.0') THEN true "
        f"WHEN {text} IN ('false', 'f', 'no', 'n', '0', '0.0') THEN false END"
    )


def digested(columns: Iterable[str], table: str) -> str:
    """Return a query for every row of a table with the sha256 of its canonical text."""
    pieces = (_piece(quoted(name)) for name in sorted(columns))
    return f"SELECT *, sha256(concat({', '.join(pieces)})) AS {HASH} FROM {table}"


def _piece(column: str) -> str:
    text = f"CAST({column} AS VARCHAR)"
    return f"if({column} IS NULL, '-', concat(strlen({text}), ':', {text}))"


def digest_sums(table: str) -> str:
    """Return a query for the sums of the four 64-bit words of the row digests, highest first."""
    words = (f"CAST(concat('0x', substr({HASH}, {1 + 16 * i}, 16)) AS UBIGINT)" for i in range(4))
    sums = (f"sum(CAST({word} AS HUGEINT))" for word in words)
    return f"SELECT {', '.join(sums)} FROM {table}"


def sealed(key: str | None, *, salt: str, share: float) -> str:
    """Return the condition under which a digested row is sealed (as domain.sealing says)."""
    entity = HASH if key is None else f"CAST({quoted(key)} AS VARCHAR)"
    keyed = f"sha256(concat({literal(salt + ':')}, {entity}))"
    return f"substr({keyed}, 1, {DIGITS}) < '{seal_limit(share)}'"


def files(paths: Sequence[Path]) -> str:
    """Return the table function that reads Parquet files, in this order."""
    listed = ", ".join(literal(str(path)) for path in paths)
    return f"read_parquet([{listed}])"


def _grouped(name: str, table: str) -> str:
    value = f"CAST({quoted(name)} AS DOUBLE)"
    return (
        f"WITH g AS (SELECT {value} AS v, count(*) AS n FROM {table} "
        f"WHERE {quoted(name)} IS NOT NULL GROUP BY 1), "
        f"a AS (SELECT v, n, n * {ATOM_PARTS} >= sum(n) OVER () AS atomic FROM g) "
    )


def atoms(name: str, table: str) -> str:
    """Return a query for the atoms of a numeric column, ascending."""
    return _grouped(name, table) + "SELECT v FROM a WHERE atomic ORDER BY v"


def edges(name: str, table: str) -> str:
    """Return a query for the edges of a numeric column, ascending: the values at the edge ranks.

    Value v covers the ranks (running - n, running]; rank ceil(i * total / 20) lies there for some i
    exactly when floor(20 * running / total) grows with v, and the first value has rank 1.
    """
    return (
        _grouped(name, table)
        + ", s AS (SELECT v, n, CAST(sum(n) OVER (ORDER BY v) AS BIGINT) AS running, "
        "CAST(sum(n) OVER () AS BIGINT) AS total FROM a WHERE NOT atomic) "
        f"SELECT v FROM s WHERE running = n OR running * {QUANTILE_BINS} // total > "
        f"(running - n) * {QUANTILE_BINS} // total ORDER BY v"
    )


def tally(name: str, table: str, *, limit: int) -> str:
    """Return a query for the commonest values of a column with their rows, ties by text."""
    column = quoted(name)
    return (
        f"SELECT {column}, count(*) FROM {table} WHERE {column} IS NOT NULL GROUP BY 1 "
        f"ORDER BY 2 DESC, CAST({column} AS VARCHAR) LIMIT {limit}"
    )


def binned(name: str, bins: NumericBins, table: str) -> str:
    """Return a query for the rows in each bin of a numeric column (as domain.counting counts)."""
    edge, value = bins.edges, f"CAST({quoted(name)} AS DOUBLE)"
    above = len(edge) + 1
    cases = [f"WHEN {value} IS NULL OR isnan({value}) THEN 0"]
    cases += [f"WHEN {value} = {literal(a)} THEN {above + 1 + i}" for i, a in enumerate(bins.atoms)]
    cases += [f"WHEN {value} < {literal(e)} THEN {1 + i}" for i, e in enumerate(edge)]
    if len(edge) > 1:
        cases.append(f"WHEN {value} = {literal(edge[-1])} THEN {len(edge)}")
    return f"SELECT CASE {' '.join(cases)} ELSE {above} END, count(*) FROM {table} GROUP BY 1"


def checks(columns: Mapping[str, Column]) -> list[tuple[str, Check, str, str]]:
    """Return (column, check, condition, examples) for each check of the columns."""
    found: list[tuple[str, Check, str, str]] = []
    for name, column in columns.items():
        value = quoted(name)
        found.append((name, "missing", f"{value} IS NULL", "[]"))
        if column.min is not None:
            low = f"{value} < {literal(column.min)}"
            found.append((name, "below_min", low, f"min({value}, 3) FILTER ({low})"))
        if column.max is not None:
            high = f"{value} > {literal(column.max)}"
            found.append((name, "above_max", high, f"max({value}, 3) FILTER ({high})"))
        if column.values is not None:
            listed = ", ".join(literal(v) for v in column.values)
            other = f"{value} NOT IN ({listed})"
            sample = f"list_sort(list(DISTINCT {value}) FILTER ({other}))[:3]"
            found.append((name, "unknown_category", other, sample))
    return found


def repeated(key: str, table: str) -> str:
    """Return a query for the rows whose key an earlier row has, with the first three such keys."""
    column = quoted(key)
    return (
        f"SELECT coalesce(sum(n - 1), 0), min(v, 3) FROM (SELECT {column} AS v, count(*) AS n "
        f"FROM {table} WHERE {column} IS NOT NULL GROUP BY 1 HAVING count(*) > 1)"
    )


def extended(parts: Sequence[Path], lines: Path, spec: ProjectSpec, path: Path) -> str:
    """Return the statement that writes the rows of parts and of JSON lines as one Parquet file."""
    names = ", ".join(quoted(name) for name in spec.columns)
    types = ", ".join(f"{literal(n)}: '{stored_type(c)}'" for n, c in spec.columns.items())
    fresh = f"read_json({literal(str(lines))}, format='newline_delimited', columns={{{types}}})"
    kept = f"SELECT {names} FROM {files(parts)}"
    if spec.key is not None:
        key = quoted(spec.key)
        kept += f" WHERE {key} NOT IN (SELECT {key} FROM {fresh})"
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
