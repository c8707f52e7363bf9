"""Check the rows of parts by the contract of a spec: one query counts every broken rule.

Rows are looked at one at a time, so what is counted adds up over parts. A second query fetches the
first rows that break something, and runs only when something is broken.
"""

from collections.abc import Iterator, Mapping, Sequence
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
from loopwright.domain.spec import ProjectSpec, RowRule
from loopwright.domain.spec_rules import column_kind
from loopwright.engines.tables_checks import Check, after_time, column_checks, equal_to_target
from loopwright.engines.tables_sql import files, literal, quoted

AGGREGATES = 400
ENDS = ("min", "max")
Ends = dict[str, tuple[Any, Any]]
PLACE = "file_row_number"
PART = '"loopwright:part"'


def find_facts(
    connection: duckdb.DuckDBPyConnection, parts: Mapping[str, Path], spec: ProjectSpec
) -> TableFacts:
    """Count what the rows of parts (by the key of their object) break; a rule cannot reach out."""
    lock(connection, list(parts.values()))
    table = _Table(connection, parts, spec)
    checks = [*column_checks(connection, spec), *table.rule_checks()]
    equal, late = list(equal_to_target(spec)), list(after_time(spec))
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
        repeated = self._repeated_texts()
        counts = ["NULL" if _in_groups(check, repeated) else _counted(check) for check in checks]
        found = self._aggregated(["count(*)", *counts])
        for place, check in enumerate(checks, start=1):
            if _in_groups(check, repeated):
                found[place] = self._counted_in_groups(check)
        return [int(count or 0) for count in found]

    def _repeated_texts(self) -> set[str]:
        """Return the columns that have few values: those that Parquet keeps as dictionaries."""
        listed = ", ".join(literal(path) for path in self._keys)
        query = (
            f"SELECT path_in_schema FROM parquet_metadata([{listed}]) GROUP BY 1 "
            "HAVING count(*) = count(dictionary_page_offset)"
        )
        return {name for (name,) in self._fetch(query)}

    def _counted_in_groups(self, check: Check) -> int:
        """Return how many rows break a check of one column, looking at each value once."""
        column = quoted(check.column)
        groups = f"SELECT {column}, count(*) AS n FROM {self._from} GROUP BY 1"
        return int(self._fetch(f"SELECT sum(n) FROM ({groups}) WHERE {check.condition}")[0][0] or 0)

    def broken(self, counts: Mapping[Check, int]) -> tuple[Broken, ...]:
        """Return what is broken, with the first rows of each."""
        found = [
            Broken(
                check=check.code, column=check.column, rows=count, examples=self._examples(check)
            )
            for check, count in counts.items()
        ]
        return tuple(sorted(found, key=lambda one: (one.check, one.column)))

    def _examples(self, check: Check) -> tuple[Example, ...]:
        """Return the first rows that break a check: rows are read in their order until then."""
        key = self._spec.key
        shown = "NULL" if key is None else f"CAST({quoted(key)} AS VARCHAR)"
        paths = sorted(self._keys, key=self._keys.__getitem__)
        listed = ", ".join(literal(path) for path in paths)
        source = f"read_parquet([{listed}], filename = {literal(PART.strip(chr(34)))})"
        query = (
            f"SELECT {PART}, {PLACE}, {shown}, {check.value} FROM {source} "
            f"WHERE {check.condition} LIMIT {MAX_EXAMPLES}"
        )
        return first_examples(
            Example(part=self._keys[path], row=row, key=name, value=value)
            for path, row, name, value in self._fetch(query)
        )

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
        inside = [
            (name, value)
            for name, (low, high) in self._measured_ends().items()
            for value in candidates(self._spec.columns[name])
            if low is not None and low <= value <= high
        ]
        counts = self._aggregated(
            [
                f"count_if({self._measured(name, quoted(name))} = {literal(value)})"
                for name, value in inside
            ]
        )
        found: dict[str, dict[str, int]] = {}
        for (name, value), rows in zip(inside, counts, strict=True):
            if rows:
                found.setdefault(name, {})[repr(value)] = int(rows)
        return {name: dict(sorted(tally.items())) for name, tally in sorted(found.items())}

    def _measured_ends(self) -> Ends:
        """Return the ends of the columns in which a value may stand for a missing one.

        Asked for alone, they are read off the statistics of the files.
        """
        names = [name for name, column in self._spec.columns.items() if candidates(column)]
        ends = [self._measured(name, f"{end}({quoted(name)})") for name in names for end in ENDS]
        found = self._aggregated(ends)
        return dict(zip(names, zip(found[::2], found[1::2], strict=True), strict=True))

    def _measured(self, name: str, value: str) -> str:
        """Return a value of a column as the number that is compared."""
        return f"epoch({value})" if self._spec.columns[name].type == "timestamp" else value

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


def _in_groups(check: Check, repeated: set[str]) -> bool:
    return check.code == "pattern_mismatch" and check.column in repeated


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
