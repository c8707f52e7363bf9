"""The checks that a spec asks for of single rows, each as a condition in SQL."""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from loopwright.domain.facts import MAX_VALUE_LETTERS
from loopwright.domain.spec import Column, ProjectSpec
from loopwright.domain.spec_rules import NUMERIC, column_kind, read_time, stored_type
from loopwright.engines.tables_sql import literal, quoted

FEW_VALUES = 8


@dataclass(frozen=True)
class Check:
    """A condition under which a row breaks the contract, and what to show of such a row."""

    code: str
    column: str
    condition: str
    value: str


def column_checks(connection: duckdb.DuckDBPyConnection, spec: ProjectSpec) -> Iterator[Check]:
    """Yield the checks of every column; longer lists of values are kept by the connection."""
    for place, (name, column) in enumerate(spec.columns.items()):
        value = quoted(name)
        shown = f"left(CAST({value} AS VARCHAR), {MAX_VALUE_LETTERS})"
        yield Check("missing", name, f"{value} IS NULL", "CAST(NULL AS VARCHAR)")
        for code, condition in _conditions(value, column):
            yield Check(code, name, condition, shown)
        if column.values is not None:
            unlisted = _unlisted(connection, f"listed_{place}", value, column)
            yield Check("unknown_category", name, unlisted, shown)


def _conditions(value: str, column: Column) -> Iterator[tuple[str, str]]:
    if column.min is not None:
        yield "below_min", f"{value} < {literal(column.min)}"
    if column.max is not None:
        yield "above_max", f"{value} > {literal(column.max)}"
    if column.earliest is not None:
        yield "too_early", f"{value} < {_moment(column.earliest)}"
    if column.latest is not None:
        yield "too_late", f"{value} > {_moment(column.latest)}"
    if column.pattern is not None:
        yield "pattern_mismatch", f"NOT regexp_full_match({value}, {literal(column.pattern)})"


def _moment(text: str) -> str:
    return f"TIMESTAMP {literal(read_time(text).isoformat(sep=' '))}"


def _unlisted(connection: duckdb.DuckDBPyConnection, name: str, value: str, column: Column) -> str:
    """Return when a value is none of the listed ones; many are looked up in a type or a table."""
    values, kind = list(dict.fromkeys(column.values or ())), stored_type(column)
    if len(values) <= FEW_VALUES:
        return f"{value} NOT IN ({', '.join(literal(one) for one in values)})"
    listed = f"SELECT unnest(CAST(? AS {kind}[])) AS value"
    if kind == "VARCHAR":
        connection.execute(f"CREATE TYPE {name} AS ENUM ({listed})", [values])
        return f"{value} IS NOT NULL AND TRY_CAST({value} AS {name}) IS NULL"
    connection.execute(f"CREATE TEMP TABLE {name} AS {listed}", [values])
    return f"{value} NOT IN (SELECT value FROM {name})"


def equal_to_target(spec: ProjectSpec) -> Iterator[Check]:
    """Yield for each feature that may have the target's own value when it has."""
    target = spec.columns[spec.target]
    for name, column in spec.features.items():
        if column_kind(column) == column_kind(target) or {column.type, target.type} <= {*NUMERIC}:
            condition = f"{quoted(name)} = {quoted(spec.target)}"
            yield Check("equals_target", name, condition, "NULL")


def after_time(spec: ProjectSpec) -> Iterator[Check]:
    """Yield for each other time when it is after that of the row."""
    if spec.time is None or spec.columns[spec.time].type != "timestamp":
        return
    for name, column in spec.columns.items():
        if column.type == "timestamp" and name != spec.time:
            yield Check("after_time", name, f"{quoted(name)} > {quoted(spec.time)}", "NULL")
