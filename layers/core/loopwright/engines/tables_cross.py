"""Compare the rows of all parts: at once, or spread over hash buckets that are counted one by one.

A record is named by 128 bits: a whole number, a time or a truth value holds its own 64 bits (so no
two are taken for one), any other value the hashes of its text forth and back, a row two hashes of
its columns in opposite orders.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import duckdb

from loopwright.domain.crossing import (
    Item,
    compared_columns,
    is_sealed_part,
    items,
)
from loopwright.domain.facts import (
    MAX_VALUE_LETTERS,
    Crossed,
    CrossFacts,
)
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_rules import column_kind
from loopwright.engines.tables_bucket import Bucket, crossed_of
from loopwright.engines.tables_sql import files, literal, quoted

WORD = 1 << 64
EMPTY, RECORDS = "empty", "records"
FIELDS = (
    "item USMALLINT, h1 UBIGINT, h2 UBIGINT, sealed BOOLEAN, found BIGINT, part VARCHAR, "
    "place BIGINT, value VARCHAR, at_whole BIGINT, at_number DOUBLE, whole BIGINT, number DOUBLE"
)
FORMAT = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"


def spread(
    connection: duckdb.DuckDBPyConnection,
    parts: Mapping[str, Path],
    spec: ProjectSpec,
    folder: Path,
    *,
    buckets: int,
) -> dict[int, Path]:
    """Write one file per bucket with the records of these parts whose hash falls into it.

    One thread writes the records in their order, so that the same parts give the same bytes.
    """
    connection.execute("SET threads = 1")
    source = _all_records(connection, parts, spec)
    if buckets > 1:
        connection.execute(f"CREATE TEMP TABLE {RECORDS} AS {source}")
        source = f"FROM {RECORDS}"
    written = {bucket: folder / f"{bucket}.parquet" for bucket in range(buckets)}
    for bucket, path in written.items():
        chosen = f"SELECT * FROM ({source}) WHERE h1 % {buckets} = {bucket}"
        connection.execute(f"COPY ({chosen}) TO {literal(str(path))} {FORMAT}")
    return written


def cross_check(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], spec: ProjectSpec
) -> CrossFacts:
    """Count what the records of one bucket, of all batches, have in common."""
    bucket = Bucket(connection, files(paths), spec)
    return _sorted(bucket.crossed(item) for item in items(spec) if item.check != "referenced")


def compare(
    connection: duckdb.DuckDBPyConnection, parts: Mapping[str, Path], spec: ProjectSpec
) -> CrossFacts:
    """Count what the rows of these parts have in common, which are all there are.

    Rows that are equal are alike too: where no two are alike, duplicates are not looked for.
    """
    together = at_once(connection, parts, spec)
    alike = together.crossed(Item(check="alike_rows"))
    found = {Item(check="alike_rows"): alike}
    if not alike.values:
        found[Item(check="duplicate_rows")] = alike.model_copy(update={"check": "duplicate_rows"})
    for item in items(spec):
        if item.check != "referenced" and item not in found:
            found[item] = together.crossed(item)
    return _sorted(found.values())


def at_once(
    connection: duckdb.DuckDBPyConnection, parts: Mapping[str, Path], spec: ProjectSpec
) -> Bucket:
    """Return the records of all these parts as one bucket, which is not written."""
    source = _all_records(connection, parts, spec)
    connection.execute(f"CREATE TEMP VIEW {RECORDS} AS {source}")
    return _Whole(connection, RECORDS, spec, files(list(parts.values())))


class _Whole(Bucket):
    """All records of all parts, and the rows that they are of."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, table: str, spec: ProjectSpec, rows: str
    ) -> None:
        super().__init__(connection, table, spec)
        self._rows = rows

    def crossed(self, item: Item) -> Crossed:
        """Count one comparison; that nothing is repeated is seen without naming the records."""
        if item.check != "repeated":
            return super().crossed(item)
        value = quoted(item.column)
        query = f"SELECT count({value}), count(DISTINCT {value}) FROM {self._rows}"
        found, distinct = self._fetch(query)[0]
        return (
            crossed_of(item, (0, 0, distinct), ()) if found == distinct else super().crossed(item)
        )


def _sorted(found: Iterable[Crossed]) -> CrossFacts:
    return CrossFacts(crossed=tuple(sorted(found, key=lambda one: (one.check, one.column))))


def _all_records(
    connection: duckdb.DuckDBPyConnection, parts: Mapping[str, Path], spec: ProjectSpec
) -> str:
    """Return the query for the records of all comparisons over parts."""
    connection.execute(f"CREATE TEMP TABLE {EMPTY} ({FIELDS})")
    queries = [
        _records(place, item, spec, key, path)
        for key, path in sorted(parts.items())
        for place, item in enumerate(items(spec))
    ]
    return " UNION ALL BY NAME ".join([f"(FROM {EMPTY})", *(f"({one})" for one in queries)])


def _records(place: int, item: Item, spec: ProjectSpec, key: str, path: Path) -> str:
    """Return the query for the records of one comparison over one part."""
    where = f"{literal(key)} AS part, {str(is_sealed_part(key)).lower()} AS sealed"
    head = f"SELECT {place} AS item, {where}"
    if not item.column:
        return f"{head}, {_rows(item, spec)} FROM {files([path])}"
    if item.check == "unordered":
        return f"{head}, {_ordered(item.column, spec)} FROM {files([path])}"
    value = quoted(item.column)
    shown = _shown(value)
    once = f"SELECT {value} AS v, 1 AS found, file_row_number AS place, {shown} AS value"
    many = (
        f"SELECT {value} AS v, count(*) AS found, min(file_row_number) AS place, {shown} AS value"
    )
    picked = once if item.check == "repeated" else many
    grouped = "" if item.check == "repeated" else f" GROUP BY {value} ORDER BY {value}"
    h1, h2 = _hashes("v", item.column, spec)
    return (
        f"{head}, {h1} AS h1, {h2} AS h2, found, place, value FROM "
        f"({picked} FROM {files([path])} WHERE {value} IS NOT NULL{grouped})"
    )


def _hashes(value: str, name: str, spec: ProjectSpec) -> tuple[str, str]:
    """Return the two halves of the name of a value."""
    kind = column_kind(spec.columns[name])
    if kind in ("integer", "boolean", "timestamp"):
        whole = _whole(value, kind)
        return f"hash({whole})", f"CAST(CAST({whole} AS HUGEINT) + {WORD // 2} AS UBIGINT)"
    text = f"CAST({value} AS VARCHAR)"
    return f"hash({text})", f"hash('<' || reverse({text}))"


def _shown(value: str) -> str:
    """Return a value as a text that is cut when it is long; most are not, and cutting is slow."""
    text = f"CAST({value} AS VARCHAR)"
    return f"if(strlen({text}) <= {MAX_VALUE_LETTERS}, {text}, left({text}, {MAX_VALUE_LETTERS}))"


def _whole(value: str, kind: str) -> str:
    return f"epoch_us({value})" if kind == "timestamp" else f"CAST({value} AS BIGINT)"


def _rows(item: Item, spec: ProjectSpec) -> str:
    names = [quoted(name) for name in compared_columns(spec, item.check)]
    forth, back = ", ".join([*names, "1"]), ", ".join([*reversed(names), "2"])
    shown = "NULL" if spec.key is None or item.check == "alike_rows" else quoted(spec.key)
    return (
        f"hash({forth}) AS h1, hash({back}) AS h2, 1 AS found, file_row_number AS place, "
        f"CAST({shown} AS VARCHAR) AS value"
    )


def _ordered(name: str, spec: ProjectSpec) -> str:
    """Return the fields of a record of a column that must rise or fall in the order of time."""
    h1, h2 = ("0", "0") if spec.entity is None else _hashes(quoted(spec.entity), spec.entity, spec)
    return (
        f"{h1} AS h1, {h2} AS h2, 1 AS found, file_row_number AS place, "
        f"{_shown(quoted(name))} AS value, "
        f"{_number(str(spec.time), spec, 'at_whole', 'at_number')}, "
        f"{_number(name, spec, 'whole', 'number')}"
    )


def _number(name: str, spec: ProjectSpec, whole: str, number: str) -> str:
    kind = column_kind(spec.columns[name])
    if kind == "number":
        return f"{quoted(name)} AS {number}"
    return f"{_whole(quoted(name), kind)} AS {whole}"
