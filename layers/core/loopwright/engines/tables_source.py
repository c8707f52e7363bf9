"""A file as rows of SQL, whatever its format: raw values by column, and rows that are broken."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from loopwright.domain.spec import Column, Dialect
from loopwright.domain.upload_reasons import (
    damaged_parquet,
    empty_file,
    nested_column,
    not_a_table,
    too_large,
)
from loopwright.engines.tables_dialect import PLAIN, Marks
from loopwright.engines.tables_sql import literal, quoted
from loopwright.engines.tables_stream import Limits, RefusedError
from loopwright.engines.tables_text import TextFile, is_parquet, open_text
from loopwright.engines.tables_values import BROKEN, present

MAX_NAMES = 20_000
NESTED = {"STRUCT": "structs", "MAP": "maps", "UNION": "unions"}
REJECTS = "store_rejects=true, rejects_table='rejected', rejects_scan='rejected_scan', "


@dataclass(frozen=True)
class Source:
    """The columns of a file with their types in it, and two queries for its rows.

    Of `rows`, those that the reader of texts refuses go to the table `rejected`; `numbered` gives
    each of the others its `place` among them, from 1. `whole` says what a row must be.
    """

    names: tuple[str, ...]
    types: Mapping[str, str]
    rows: str
    numbered: str
    sniffed: dict[str, str]
    marks: Marks = PLAIN
    text: TextFile | None = None
    whole: str = "a row"


def open_source(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    path: Path,
    dialect: Dialect,
    *,
    work: Path,
    limits: Limits,
    columns: Mapping[str, Column],
) -> Source:
    """Look at a file, unpack it into `work` where needed, and tell how its rows are selected."""
    size = path.stat().st_size
    if not size:
        raise RefusedError(empty_file(name))
    if size > limits.file_bytes:
        raise RefusedError(too_large(name, limits.file_bytes))
    if is_parquet(path):
        return _parquet_source(connection, name, path, dialect.missing, limits)
    text = open_text(name, path, dialect, work=work, limits=limits, columns=columns)
    if text.is_json:
        return _json_source(connection, name, text, columns, dialect.missing, limits)
    return _csv_source(text, dialect.missing, limits)


def _parquet_source(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    path: Path,
    missing: Sequence[str],
    limits: Limits,
) -> Source:
    """Return a Parquet file; refuse it when it is damaged, too large or holds nested values."""
    scan = f"read_parquet({literal(str(path))}, binary_as_string=true)"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
        size = _parquet_bytes(connection, path, len(described))
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise RefusedError(damaged_parquet(name, str(error).splitlines()[0])) from error
    if size > limits.file_bytes:
        raise RefusedError(too_large(name, limits.file_bytes))
    types = {row[0]: row[1] for row in described}
    nested = [nested_column(name, *one) for one in types.items() if _is_nested(one[1])]
    if nested:
        raise RefusedError(*nested)
    return Source(
        names=tuple(types),
        types=types,
        rows=_select(types, missing, scan),
        numbered=_select(types, missing, _numbered(scan), ", place"),
        sniffed={"format": "parquet"},
    )


def _parquet_bytes(connection: duckdb.DuckDBPyConnection, path: Path, columns: int) -> int:
    """Return the unpacked bytes of a Parquet file, every value counted as one byte at least."""
    file = literal(str(path))
    query = (
        f"SELECT (SELECT sum(num_rows) FROM parquet_file_metadata({file})), "
        f"(SELECT sum(total_uncompressed_size) FROM parquet_metadata({file}))"
    )
    rows, size = connection.execute(query).fetchall()[0]
    return max(int(rows or 0) * columns, int(size or 0))


def _is_nested(kind: str) -> bool:
    return kind.endswith("]") or kind.startswith(tuple(NESTED))


def _csv_source(text: TextFile, missing: Sequence[str], limits: Limits) -> Source:
    """Return a CSV file, each of its values a text."""
    types = dict.fromkeys(text.header, "VARCHAR")
    options = (
        f"header=true, delim={literal(text.form.delimiter)}, quote={literal(text.form.quote)}, "
        f"escape={literal(text.form.quote)}, "
    )
    return Source(
        names=text.header,
        types=types,
        rows=_select(types, missing, _read_csv(text.path, types, options + REJECTS, limits)),
        numbered=_select(
            types, missing, _numbered(_read_csv(text.path, types, options, limits)), ", place"
        ),
        sniffed=text.sniffed,
        marks=text.form.marks,
        text=text,
        whole=f"a row of {len(types)} values, with quotes that are closed",
    )


def _json_source(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    text: TextFile,
    declared: Collection[str],
    missing: Sequence[str],
    limits: Limits,
) -> Source:
    """Return a file of JSON Lines: each value as its text, an object of an object as its JSON."""
    options = "header=false, delim='\x01', quote='', escape='', "
    scan = _read_csv(text.path, {"line": "VARCHAR"}, options, limits)
    names = _json_names(connection, name, scan, declared)
    types = dict.fromkeys(names, "VARCHAR")
    rejects = _read_csv(text.path, {"line": "VARCHAR"}, options + REJECTS, limits)
    return Source(
        names=tuple(types),
        types=types,
        rows=_json_rows(types, missing, rejects),
        numbered=_json_rows(types, missing, _numbered(scan), ", place"),
        sniffed=text.sniffed,
        text=text,
        whole="a JSON object on one line, with each name once",
    )


def _json_names(
    connection: duckdb.DuckDBPyConnection, name: str, scan: str, declared: Collection[str]
) -> list[str]:
    """Return the names that occur in any object: the declared ones first, in their order."""
    query = (
        f"SELECT DISTINCT unnest(json_keys(line)) FROM {scan} "
        f"WHERE json_valid(line) LIMIT {MAX_NAMES + 1}"
    )
    found = {key for (key,) in connection.execute(query).fetchall()}
    if not found:
        raise RefusedError(not_a_table(name, "no line is a JSON object with names"))
    return [*(key for key in declared if key in found), *sorted(found - set(declared))]


def _json_rows(types: Mapping[str, str], missing: Sequence[str], scan: str, place: str = "") -> str:
    structure = literal(json.dumps(types))
    once = "len(json_keys(line)) = len(list_distinct(json_keys(line)))"
    good = f"CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' AND {once} ELSE false END"
    judged = f"SELECT *, {good} AS good FROM {scan} WHERE trim(line) <> ''"
    split = (
        f"SELECT json_transform(if(good, line, '{{}}'), {structure}) AS fields, "
        f"if(good, NULL, line) AS {BROKEN}{place} FROM ({judged})"
    )
    fields = ", ".join(f"fields[{literal(name)}] AS {quoted(name)}" for name in types)
    raw = f"(SELECT {fields}, {BROKEN}{place} FROM ({split}))"
    return _select(types, missing, raw, place, broken=BROKEN)


def _read_csv(path: Path, types: Mapping[str, str], options: str, limits: Limits) -> str:
    columns = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in types.items())
    return (
        f"read_csv({literal(str(path))}, auto_detect=false, {options}ignore_errors=true, "
        f"max_line_size={limits.row_bytes}, buffer_size={2 * limits.row_bytes}, "
        f"columns={{{columns}}})"
    )


def _numbered(scan: str) -> str:
    return f"(SELECT *, row_number() OVER () AS place FROM {scan})"


def _select(
    types: Mapping[str, str],
    missing: Sequence[str],
    scan: str,
    place: str = "",
    *,
    broken: str = "NULL",
) -> str:
    values = ", ".join(
        f"{present(name, kind, missing)} AS {quoted(name)}" for name, kind in types.items()
    )
    return f"(SELECT {values}, CAST({broken} AS VARCHAR) AS {BROKEN}{place} FROM {scan})"
