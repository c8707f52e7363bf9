"""Compare the rows of all parts: at once, or spread over hash buckets that are counted one by one.

A record is named by 128 bits: a whole number, a time or a truth value holds its own 64 bits (so no
two are taken for one), any other value the hashes of its text forth and back, a row two hashes of
its columns in opposite orders.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from loopwright.domain.crossing import (
    Item,
    compared_columns,
    is_sealed_part,
    items,
)
from loopwright.domain.facts import (
    MAX_EXAMPLES,
    MAX_VALUE_LETTERS,
    Crossed,
    CrossFacts,
    Example,
    first_examples,
)
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_rules import column_kind
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
) -> "Bucket":
    """Return the records of all these parts as one bucket, which is not written."""
    source = _all_records(connection, parts, spec)
    connection.execute(f"CREATE TEMP VIEW {RECORDS} AS {source}")
    return Bucket(connection, RECORDS, spec)


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


class Bucket:
    """The records of one bucket."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, table: str, spec: ProjectSpec
    ) -> None:
        """Take the table or view that holds the records."""
        self._connection = connection
        self._table = table
        self._spec = spec
        self._places = {item: place for place, item in enumerate(items(spec))}

    def crossed(self, item: Item) -> Crossed:
        """Count one comparison; what breaks it is kept apart to fetch the first rows of."""
        if item.check == "unordered":
            return self._unordered(item)
        groups = (
            "SELECT h1, h2, CAST(sum(found) AS BIGINT) AS n, "
            "CAST(coalesce(sum(found) FILTER (sealed), 0) AS BIGINT) AS s "
            f"FROM {self._of(item)} GROUP BY 1, 2"
        )
        breaks, concerned = self._rule(item)
        query = (
            f"SELECT coalesce(sum({concerned}) FILTER ({breaks}), 0), count_if({breaks}), count(*) "
            f"FROM ({groups})"
        )
        rows, values, distinct = self._fetch(query)[0]
        names = f"SELECT h1, h2 FROM ({groups}) WHERE {breaks}"
        chosen = f"(h1, h2) IN ({names})"
        examples = self._examples(item, chosen) if values and item.check != "alike_rows" else ()
        return _crossed(item, (rows, values, distinct), examples)

    def _rule(self, item: Item) -> tuple[str, str]:
        """Return when a group of `n` equal records breaks a check, and the rows concerned."""
        if item.check == "twins":
            return "s > 0 AND s < n", "s"
        if item.check == "on_both_sides":
            return "s > 0 AND s < n", "n"
        if item.check == "orphan":
            other = Item(check="referenced", column=str(self._references(item)))
            return f"(h1, h2) NOT IN (SELECT (h1, h2) FROM {self._of(other)})", "n"
        return "n > 1", "n - 1"

    def _references(self, item: Item) -> str | None:
        return self._spec.columns[item.column].references

    def _unordered(self, item: Item) -> Crossed:
        rising = self._spec.columns[item.column].monotonic == "increasing"
        best, worse = ("max", "<") if rising else ("min", ">")
        moment = "at_number" if self._is_number(str(self._spec.time)) else "at_whole"
        value = "number" if self._is_number(item.column) else "whole"
        records = (
            f"SELECT h1, h2, part, place, value, {moment} AS moment, {value} AS v "
            f"FROM {self._of(item)} AND moment IS NOT NULL AND v IS NOT NULL"
        )
        bests = f"SELECT h1, h2, moment, {best}(v) AS v FROM records GROUP BY 1, 2, 3"
        earlier = (
            f"SELECT h1, h2, moment, {best}(v) OVER (PARTITION BY h1, h2 ORDER BY moment "
            "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM bests"
        )
        source = (
            f"WITH records AS ({records}), bests AS ({bests}), earlier AS ({earlier}) "
            f"SELECT r.*, coalesce(v {worse} before, false) AS broken "
            "FROM records AS r JOIN earlier AS e USING (h1, h2, moment)"
        )
        query = (
            "SELECT count_if(broken), count(DISTINCT (h1, h2)) FILTER (broken), "
            f"count(DISTINCT (h1, h2)) FROM ({source})"
        )
        counts = self._fetch(query)[0]
        return _crossed(item, counts, self._first(f"({source})", "broken") if counts[0] else ())

    def _is_number(self, name: str) -> bool:
        return self._spec.columns[name].type == "number"

    def _examples(self, item: Item, chosen: str) -> tuple[Example, ...]:
        return self._first(f"(FROM {self._of(item)})", chosen)

    def _first(self, source: str, condition: str) -> tuple[Example, ...]:
        query = (
            f"SELECT part, place, value FROM {source} WHERE {condition} "
            f"ORDER BY part, place LIMIT {MAX_EXAMPLES}"
        )
        return first_examples(
            Example(part=part, row=row, value=value) for part, row, value in self._fetch(query)
        )

    def _of(self, item: Item) -> str:
        return f"{self._table} WHERE item = {self._places[item]}"

    def _fetch(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()


def _crossed(item: Item, counts: tuple[Any, ...], examples: tuple[Example, ...]) -> Crossed:
    rows, values, distinct = (int(count or 0) for count in counts)
    return Crossed(
        check=item.check,
        column=item.column,
        rows=rows,
        values=values,
        distinct=distinct,
        examples=examples,
    )
