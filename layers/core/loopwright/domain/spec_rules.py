"""The rules of one column of a spec, and how its values are stored."""

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from loopwright.domain.spec import Column, ProjectSpec
from loopwright.domain.time_formats import format_problems

NUMERIC = ("integer", "number")
ORDERED = ("integer", "number", "timestamp")
STORED = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "text": "VARCHAR",
    "timestamp": "TIMESTAMP",
}
NOT_RE2 = re.compile(r"\(\?(=|!|<[=!]|>|P=|\()|\\[1-9]|[*+?}]\+")


def column_kind(column: Column) -> str:
    """Return what the values of a column are: a key of `STORED`."""
    if column.type != "category":
        return column.type
    if column.values and all(isinstance(value, int) for value in column.values):
        return "integer"
    return "text"


def stored_type(column: Column) -> str:
    """Return the Parquet type (by DuckDB's name) in which a column is stored."""
    return STORED[column_kind(column)]


def read_time(text: str) -> datetime:
    """Return an ISO 8601 text as a time without zone, in UTC; ValueError when it is none."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None)


def column_problems(spec: ProjectSpec) -> Iterator[str]:
    """Yield what is wrong with what the columns must hold."""
    seen: dict[str, str] = {}
    for name, column in spec.columns.items():
        path = f"columns.{name}"
        other = seen.setdefault(name.lower(), name)
        if other != name:
            yield f"{path}: differs from {other!r} by upper and lower case only; rename one"
        if not name.strip() or name != name.strip():
            yield f"{path}: a column name has no spaces at its ends"
        yield from _limits(path, column)
        yield from _times(path, column)
        yield from _values(path, column)
        yield from _pattern(path, column)
        yield from _order(path, column, spec)
        yield from _references(name, column, spec)


def _limits(path: str, column: Column) -> Iterator[str]:
    if column.type not in NUMERIC:
        if column.min is not None or column.max is not None:
            hint = "; say `earliest` and `latest`" if column.type == "timestamp" else ""
            found = f"{column.type}{hint}"
            yield f"{path}: min and max fit integer and number columns only, not {found}"
        return
    if column.min is not None and column.max is not None and column.min > column.max:
        yield f"{path}.min: {column.min:g} is above max {column.max:g}"
    for key, limit in (("min", column.min), ("max", column.max)):
        if limit is not None and not math.isfinite(limit):
            yield f"{path}.{key}: expected a finite number, not {limit}"
        elif column.type == "integer" and limit is not None and limit != int(limit):
            yield f"{path}.{key}: expected a whole number for an integer column, not {limit:g}"


def _times(path: str, column: Column) -> Iterator[str]:
    if column.format is not None and column.type != "timestamp":
        yield f"{path}.format: fits timestamp columns only, not {column.type}"
    elif column.format is not None:
        yield from (f"{path}.format: {one}" for one in format_problems(column.format))
    limits = {"earliest": column.earliest, "latest": column.latest}
    given = {key: text for key, text in limits.items() if text is not None}
    if given and column.type != "timestamp":
        yield f"{path}: earliest and latest fit timestamp columns only, not {column.type}"
        return
    times = {}
    for key, text in given.items():
        try:
            times[key] = read_time(text)
        except ValueError:
            yield f"{path}.{key}: expected a time such as 2024-01-31T12:00:00, not {text!r}"
    if len(times) == len(limits) and times["earliest"] > times["latest"]:
        yield f"{path}.earliest: {column.earliest} is after latest {column.latest}"


def _values(path: str, column: Column) -> Iterator[str]:
    values = column.values
    if values is None:
        return
    if column.type != "category":
        yield f"{path}.values: fits category columns only, not {column.type}"
    elif len({type(value) for value in values}) > 1 or isinstance(values[0], bool):
        yield f"{path}.values: expected only whole numbers or only texts (quote the texts)"
    if len(set(values)) < len(values):
        yield f"{path}.values: a value is listed twice"


def _pattern(path: str, column: Column) -> Iterator[str]:
    if column.pattern is None:
        return
    if column_kind(column) != "text":
        yield f"{path}.pattern: fits text and category columns of texts only, not {column.type}"
    try:
        re.compile(column.pattern)
    except re.error as error:
        yield f"{path}.pattern: no regular expression: {error}"
        return
    beyond = NOT_RE2.search(column.pattern)
    if beyond:
        yield (
            f"{path}.pattern: {beyond.group()!r} is no part of RE2, which has no look-around, no "
            "back-reference and no possessive repetition"
        )


def _order(path: str, column: Column, spec: ProjectSpec) -> Iterator[str]:
    if column.monotonic is None:
        return
    if column.type not in ORDERED:
        yield f"{path}.monotonic: fits integer, number and timestamp columns, not {column.type}"
    time = spec.columns.get(spec.time) if spec.time else None
    if time is None or time.type not in ORDERED:
        yield f"{path}.monotonic: needs a `time` column of integers, numbers or timestamps"


def _references(name: str, column: Column, spec: ProjectSpec) -> Iterator[str]:
    if column.references is None:
        return
    path = f"columns.{name}.references"
    other = spec.columns.get(column.references)
    if other is None:
        declared = ", ".join(spec.columns)
        yield f"{path}: column {column.references!r} is not declared (there are: {declared})"
    elif column.references == name:
        yield f"{path}: a column cannot reference itself"
    elif column_kind(other) != column_kind(column):
        kinds = f"{column_kind(column)}, {column.references!r} {column_kind(other)}"
        yield f"{path}: both columns must hold the same kind of values; {name!r} holds {kinds}"
