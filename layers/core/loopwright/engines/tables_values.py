"""The SQL that reads one raw value as the type its column must have; NULL when it cannot be."""

from collections.abc import Mapping, Sequence

from loopwright.domain.spec import Column
from loopwright.domain.spec_rules import column_kind
from loopwright.engines.tables_dialect import GROUPS, PLAIN, Marks
from loopwright.engines.tables_sql import literal, quoted

WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
FLOATS = ("FLOAT", "DOUBLE")
MOMENTS = ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DATE")
TEXTS = ("VARCHAR", "ENUM")
ABSENT = "('', 'na', 'n/a', 'nan', 'null', 'none')"
UNREADABLE = '"loopwright:unreadable"'
BROKEN = '"loopwright:broken"'
DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
CLOCK = "[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?"
ZONE = "(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)"
FIRST_MOMENT, END_OF_TIME = "TIMESTAMP '0001-01-01'", "TIMESTAMP '10000-01-01'"


def present(name: str, source: str, missing: Sequence[str]) -> str:
    """Return a raw column with NULL in place of the texts that the spec says mean missing."""
    raw = quoted(name)
    if not missing or not source.startswith(TEXTS):
        return raw
    texts = ", ".join(map(literal, missing))
    return f"if(trim({raw}) IN ({texts}), NULL, {raw})"


def typed(name: str, column: Column, source: str, marks: Marks = PLAIN) -> str:
    """Return the typed value of a raw column of a source type; NULL when it cannot be read."""
    raw, kind = quoted(name), column_kind(column)
    if kind == "text":
        return f"nullif(CAST({raw} AS VARCHAR), '')"
    native, text = _native(raw, kind, source), f"CAST({raw} AS VARCHAR)"
    if native is None and column.format is not None:
        return _written(text, column.format)
    return native or _PARSERS[kind](text, marks)


def _native(raw: str, kind: str, source: str) -> str | None:
    """Return a value that need not go through its text, None where it must."""
    match kind, source:
        case "integer", _ if source in WHOLE:
            return f"CAST({raw} AS BIGINT)"
        case "number", _ if source in (*WHOLE, *FLOATS):
            return _finite(f"CAST({raw} AS DOUBLE)")
        case "boolean", "BOOLEAN":
            return raw
        case "timestamp", "TIMESTAMP_NS":
            return _within(f"make_timestamp((epoch_ns({raw}) - {_modulo(raw)}) // 1000)")
        case "timestamp", _ if source in MOMENTS:
            return _within(f"make_timestamp(epoch_us(if(isfinite({raw}), {raw}, NULL)))")
        case _:
            return None


def _modulo(raw: str) -> str:
    """Return the nanoseconds over the whole microsecond, never negative."""
    return f"((epoch_ns({raw}) % 1000 + 1000) % 1000)"


def _integer(text: str, marks: Marks) -> str:
    plain = _pointed(f"lower(trim({text}))", marks)
    quick = f"TRY_CAST({text} AS BIGINT)"
    whole = f"regexp_full_match({plain}, '[+-]?[0-9]+([.]0*)?')"
    slow = f"if({whole}, TRY_CAST(regexp_replace({plain}, '[.]0*$', '') AS BIGINT), NULL)"
    return f"CASE WHEN CAST({quick} AS VARCHAR) = {text} THEN {quick} ELSE {slow} END"


def _number(text: str, marks: Marks) -> str:
    """Read a number; DuckDB alone would take 1_000 and +-1 as well."""
    plain = text if marks == PLAIN else _pointed(f"trim({text})", marks)
    odd = f"contains({plain}, '_') OR contains({plain}, '+-')"
    return f"if({odd}, NULL, {_finite(f'TRY_CAST({plain} AS DOUBLE)')})"


def _boolean(text: str, _: Marks) -> str:
    plain = f"lower(trim({text}))"
    return (
        f"CASE WHEN {plain} IN ('true', 't', 'yes', 'y', '1', '1.0') THEN true "
        f"WHEN {plain} IN ('false', 'f', 'no', 'n', '0', '0.0') THEN false END"
    )


def _timestamp(text: str, _: Marks) -> str:
    """Read ISO 8601, year/month/day and day.month.year; a time without a zone is UTC."""
    plain = f"trim({text})"
    days = f"regexp_replace({plain}, '^([0-9]{{2}})[.]([0-9]{{2}})[.]([0-9]{{4}})', '\\3-\\2-\\1')"
    iso = f"regexp_replace({days}, '^([0-9]{{4}})/([0-9]{{2}})/([0-9]{{2}})', '\\1-\\2-\\3')"
    iso = f"replace(upper({iso}), ',', '.')"
    zoned = f"TRY_CAST({iso} AS TIMESTAMPTZ)"
    local = f"regexp_full_match({iso}, '{DAY}({CLOCK})?')"
    with_zone = f"regexp_full_match({iso}, '{DAY}{CLOCK}{ZONE}')"
    moment = (
        f"CASE WHEN {local} THEN TRY_CAST({iso} AS TIMESTAMP) "
        f"WHEN {with_zone} THEN make_timestamp(epoch_us({zoned})) END"
    )
    return _within(moment)


def _written(text: str, form: str) -> str:
    """Read a time of a declared form; without a zone it is UTC."""
    moment = f"try_strptime(trim({text}), {literal(form)})"
    return _within(f"make_timestamp(epoch_us({moment}))")


_PARSERS = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "timestamp": _timestamp,
}


def _pointed(plain: str, marks: Marks) -> str:
    """Return the text of a number with a decimal point and without groups, else as it is."""
    if marks == PLAIN:
        return plain
    group, mark = GROUPS[marks.decimal], f"[{marks.decimal}]"
    pointed = plain
    if marks.decimal == ",":
        pointed = f"replace(replace({plain}, '.', '?'), ',', '.')"
    if not marks.grouped:
        return pointed
    whole = f"[+-]?[0-9]{{1,3}}({group}[0-9]{{3}})+({mark}[0-9]*)?"
    bare = f"regexp_replace({plain}, {literal(group)}, '', 'g')"
    bare = f"replace({bare}, ',', '.')"
    return f"if(regexp_full_match({plain}, {literal(whole)}), {bare}, {pointed})"


def _finite(number: str) -> str:
    """Return a number with one zero, and NULL in place of NaN and infinity."""
    return f"if(isfinite({number}), {number} + 0.0, NULL)"


def _within(moment: str) -> str:
    """Return a moment of the years 1 to 9999, and NULL in place of others."""
    inside = f"{moment} >= {FIRST_MOMENT} AND {moment} < {END_OF_TIME}"
    return f"if({inside}, {moment}, NULL)"


def unreadable(value: str, raw: str) -> str:
    """Return the condition under which a raw value has no typed value and is not missing.

    Missing is what is empty, or NA, N/A, NaN, null, none in a column that holds no texts.
    """
    text = f"lower(trim(CAST({raw} AS VARCHAR)))"
    lost = f"{value} IS NULL AND {raw} IS NOT NULL"
    return f"CASE WHEN {lost} THEN {text} NOT IN {ABSENT} ELSE false END"


def parsed(
    columns: Mapping[str, Column], sources: Mapping[str, str], table: str, marks: Marks
) -> str:
    """Return a query for the rows of a raw table: typed values, and whether one is unreadable."""
    names = ", ".join(map(quoted, columns))
    judged = _judged(columns, sources, table, marks)
    bad = f"{BROKEN} IS NOT NULL OR list_contains(bad, true)"
    return f"SELECT {names}, {bad} AS {UNREADABLE} FROM ({judged})"


def first_unreadable(
    columns: Mapping[str, Column],
    sources: Mapping[str, str],
    table: str,
    marks: Marks,
    *,
    limit: int,
    cut: int,
) -> str:
    """Return a query for the first unreadable rows of a numbered table.

    A row of the answer: its number, the place of the first bad column (from 1; NULL when the row
    itself is broken), the raw text cut.
    """
    judged = _judged(columns, sources, table, marks, ", place")
    at = f"if({BROKEN} IS NULL, list_position(bad, true), NULL)"
    return (
        f"SELECT place, {at}, left(coalesce({BROKEN}, lost[{at}]), {cut}) FROM ({judged}) "
        f"WHERE {BROKEN} IS NOT NULL OR list_contains(bad, true) LIMIT {limit}"
    )


def _judged(
    columns: Mapping[str, Column],
    sources: Mapping[str, str],
    table: str,
    marks: Marks,
    place: str = "",
) -> str:
    """Return a query for typed values with `lost`, the raw texts without one, and which are `bad`.

    Lists keep a table of many columns small in memory: a condition for each column does not.
    """
    names = [quoted(name) for name in columns]
    both = ", ".join(
        f"{typed(name, column, sources[name], marks)} AS {quoted(name)}, "
        f"{quoted(name)} AS raw_{number}"
        for number, (name, column) in enumerate(columns.items())
    )
    lost = ", ".join(
        f"if({name} IS NULL, CAST(raw_{number} AS VARCHAR), NULL)"
        for number, name in enumerate(names)
    )
    texts = f"SELECT *, [{lost}] AS lost FROM (SELECT {both}, {BROKEN}{place} FROM {table})"
    bad = f"lambda text: text IS NOT NULL AND lower(trim(text)) NOT IN {ABSENT}"
    kept = f"{', '.join(names)}, {BROKEN}{place}, lost"
    return f"SELECT {kept}, list_transform(lost, {bad}) AS bad FROM ({texts})"
