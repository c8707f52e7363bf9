"""Check the rows of parts by the contract of a spec: one query counts every broken rule.

Rows are looked at one at a time, so what is counted adds up over parts. A second query fetches the
first rows that break something, and runs only when something is broken.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from loopwright.domain.facts import (
    MAX_EXAMPLES,
    MAX_VALUE_LETTERS,
    Broken,
    Example,
    Moment,
    TableFacts,
    first_examples,
)
from loopwright.domain.row_rules import columns_of, expression_problem
from loopwright.domain.sentinels import candidates
from loopwright.domain.spec import Column, ProjectSpec, RowRule
from loopwright.domain.spec_rules import NUMERIC, column_kind, read_time, stored_type
from loopwright.engines.tables_sql import files, literal, quoted

AGGREGATES = 400
MANY_VALUES = 1_000
PLACE = "file_row_number"
PART = '"loopwright:part"'


@dataclass(frozen=True)
class Check:
    """A condition under which a row breaks the contract, and what to show of such a row."""

    code: str
    column: str
    condition: str
    value: str


def find_facts(
    connection: duckdb.DuckDBPyConnection, parts: Mapping[str, Path], spec: ProjectSpec
) -> TableFacts:
    """Count what the rows of parts (by the key of their object) break; a rule cannot reach out."""
    lock(connection, list(parts.values()))
    table = _Table(connection, parts, spec)
    checks = [*column_checks(connection, spec), *table.rule_checks()]
    equal, late = list(_equal_to_target(spec)), list(_after_time(spec))
    rows, *counts = table.count([*checks, *equal, *late])
    found = dict(zip([*checks, *equal, *late], counts, strict=True))
    return TableFacts(
        rows=rows,
        broken=table.broken({check: found[check] for check in checks if found[check]}),
        target=table.ends(spec.target),
        classes=table.classes(),
        newest=None if spec.time is None else (table.ends(spec.time) or (None,))[-1],
        equals_target={check.column: found[check] for check in equal if found[check]},
        after_time={check.column: found[check] for check in late if found[check]},
        stand_ins=table.stand_ins(),
        failed_rules=table.failed_rules,
    )


def lock(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    """Let a connection read these files and nothing else, and keep it so."""
    listed = ", ".join(literal(str(path)) for path in paths)
    connection.execute(f"SET allowed_paths = [{listed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def column_checks(connection: duckdb.DuckDBPyConnection, spec: ProjectSpec) -> Iterator[Check]:
    """Yield the checks of every column; long lists of values become tables of the connection."""
    for place, (name, column) in enumerate(spec.columns.items()):
        value = quoted(name)
        shown = f"left(CAST({value} AS VARCHAR), {MAX_VALUE_LETTERS})"
        yield Check("missing", name, f"{value} IS NULL", "CAST(NULL AS VARCHAR)")
        for code, condition in _conditions(value, column):
            yield Check(code, name, condition, shown)
        if column.values is not None:
            listed = _listed(connection, f"listed_{place}", column)
            yield Check("unknown_category", name, f"{value} NOT IN ({listed})", shown)


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


def _listed(connection: duckdb.DuckDBPyConnection, table: str, column: Column) -> str:
    """Return what stands in `IN (...)`: the values, or a table of them when they are many."""
    values = list(column.values or ())
    if len(values) <= MANY_VALUES:
        return ", ".join(literal(value) for value in values)
    kind = stored_type(column)
    connection.execute(
        f"CREATE TEMP TABLE {table} AS SELECT unnest(CAST(? AS {kind}[])) AS value", [values]
    )
    return f"SELECT value FROM {table}"


def _equal_to_target(spec: ProjectSpec) -> Iterator[Check]:
    target = spec.columns[spec.target]
    for name, column in spec.features.items():
        if column_kind(column) == column_kind(target) or {column.type, target.type} <= {*NUMERIC}:
            condition = f"{quoted(name)} = {quoted(spec.target)}"
            yield Check("equals_target", name, condition, "NULL")


def _after_time(spec: ProjectSpec) -> Iterator[Check]:
    if spec.time is None or spec.columns[spec.time].type != "timestamp":
        return
    for name, column in spec.columns.items():
        if column.type == "timestamp" and name != spec.time:
            yield Check("after_time", name, f"{quoted(name)} > {quoted(spec.time)}", "NULL")


class _Table:
    """The parts of one call, as one table."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, parts: Mapping[str, Path], spec: ProjectSpec
    ) -> None:
        self._connection = connection
        self._spec = spec
        self._from = files(list(parts.values()))
        self._keys = {str(path): key for key, path in parts.items()}
        self.failed_rules: dict[str, str] = {}

    def count(self, checks: Sequence[Check]) -> list[int]:
        """Return how many rows there are, and how many break each check."""
        found = self._aggregated(["count(*)", *(_counted(check) for check in checks)])
        return [int(count or 0) for count in found]

    def broken(self, counts: Mapping[Check, int]) -> tuple[Broken, ...]:
        """Return what is broken, with the first rows of each."""
        examples = {check: [] for check in counts}  # type: dict[Check, list[Example]]
        checks = list(counts)
        for start in range(0, len(checks), AGGREGATES):
            self._add_examples(examples, checks[start : start + AGGREGATES])
        found = [
            Broken(
                check=check.code,
                column=check.column,
                rows=count,
                examples=first_examples(examples[check]),
            )
            for check, count in counts.items()
        ]
        return tuple(sorted(found, key=lambda one: (one.check, one.column)))

    def _add_examples(
        self, examples: Mapping[Check, list[Example]], checks: Sequence[Check]
    ) -> None:
        key = self._spec.key
        shown = "NULL" if key is None else f"CAST({quoted(key)} AS VARCHAR)"
        picked = ", ".join(
            f"arg_min({{'row': {PLACE}, 'key': {shown}, 'value': {check.value}}}, {PLACE}, "
            f"{MAX_EXAMPLES}) FILTER ({check.condition})"
            for check in checks
        )
        listed = ", ".join(literal(path) for path in self._keys)
        source = f"read_parquet([{listed}], filename = {literal(PART.strip(chr(34)))})"
        for path, *rows in self._fetch(f"SELECT {PART}, {picked} FROM {source} GROUP BY 1"):
            for check, some in zip(checks, rows, strict=True):
                examples[check].extend(Example(part=self._keys[path], **one) for one in some or ())

    def ends(self, name: str) -> tuple[Moment, Moment] | None:
        """Return the smallest and the largest value of a column, None when it has none."""
        value, kind = quoted(name), column_kind(self._spec.columns[name])
        low, high = self._fetch(f"SELECT min({value}), max({value}) FROM {self._from}")[0]
        if low is None:
            return None
        if kind == "timestamp":
            return low.isoformat(timespec="microseconds"), high.isoformat(timespec="microseconds")
        return (int(low), int(high)) if kind == "boolean" else (low, high)

    def classes(self) -> dict[str, int]:
        """Return the rows of each class of the target; values that are no class are left out."""
        target = self._spec.columns[self._spec.target]
        if self._spec.task == "regression":
            return {}
        known = {False, True} if target.type == "boolean" else set(target.values or ())
        query = f"SELECT {quoted(self._spec.target)}, count(*) FROM {self._from} GROUP BY 1"
        tally = {str(value): rows for value, rows in self._fetch(query) if value in known}
        return dict(sorted(tally.items()))

    def stand_ins(self) -> dict[str, dict[str, int]]:
        """Return the rows of values that may stand for a missing one, by column and value.

        Only values between the ends of their column are counted; times as seconds since 1970.
        """
        asked = {name: candidates(column) for name, column in self._spec.columns.items()}
        names = [name for name, values in asked.items() if values]
        picked = [f"{end}({self._measured(name)})" for name in names for end in ("min", "max")]
        ends = self._aggregated(picked)
        inside = [
            (name, value)
            for name, low, high in zip(names, ends[::2], ends[1::2], strict=True)
            for value in asked[name]
            if low is not None and low <= value <= high
        ]
        counts = self._aggregated(
            [f"count_if({self._measured(name)} = {literal(value)})" for name, value in inside]
        )
        found: dict[str, dict[str, int]] = {}
        for (name, value), rows in zip(inside, counts, strict=True):
            if rows:
                found.setdefault(name, {})[repr(value)] = int(rows)
        return {name: dict(sorted(tally.items())) for name, tally in sorted(found.items())}

    def _measured(self, name: str) -> str:
        is_time = self._spec.columns[name].type == "timestamp"
        return f"epoch({quoted(name)})" if is_time else quoted(name)

    def _aggregated(self, picked: Sequence[str]) -> list[Any]:
        """Return the aggregates over all rows, some hundred by a query."""
        found: list[Any] = []
        for start in range(0, len(picked), AGGREGATES):
            some = ", ".join(picked[start : start + AGGREGATES])
            found += self._fetch(f"SELECT {some} FROM {self._from}")[0]
        return found

    def rule_checks(self) -> Iterator[Check]:
        """Yield a check for each rule that can be run; say of the others why not."""
        for rule in self._spec.rules:
            problem = self._problem(rule)
            if problem:
                self.failed_rules[rule.name] = problem
                continue
            when = f"TRY({rule.when}) AND " if rule.when else ""
            used = columns_of(f"{rule.when or ''} {rule.expect}", self._spec.columns)
            yield Check("rule_broken", rule.name, f"{when}NOT TRY({rule.expect})", _described(used))

    def _problem(self, rule: RowRule) -> str:
        for expression in filter(None, (rule.when, rule.expect)):
            refused = expression_problem(expression, self._spec.columns)
            if refused:
                return refused
            try:
                query = f"DESCRIBE SELECT ({expression}) FROM {self._from}"
                kind = self._fetch(query)[0][1]
            except duckdb.Error as error:
                return str(error).splitlines()[0]
            if kind != "BOOLEAN":
                return f"expected a condition (true or false), {expression!r} is {kind}"
        return ""

    def _fetch(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()


def _counted(check: Check) -> str:
    if check.code == "missing":
        return f"count(*) - count({quoted(check.column)})"
    return f"count_if({check.condition})"


def _described(columns: Sequence[str]) -> str:
    """Return the text `age=3, ...` of the columns that a rule speaks of."""
    pieces = [
        f"concat({literal(name + '=')}, coalesce(CAST({quoted(name)} AS VARCHAR), 'missing'))"
        for name in columns
    ]
    joined = f"concat_ws(', ', {', '.join(pieces)})" if pieces else "''"
    return f"left({joined}, {MAX_VALUE_LETTERS})"
