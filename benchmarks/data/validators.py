"""Contenders that check the 48 rules; each counts the rows that break a rule, where any do."""

import importlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.data.rules import RULES

Found = dict[str, int]
Work = Callable[[], Found]
# A check of the product, by the kind of rule that it stands for.
OURS = {
    "missing": "null",
    "below_min": "range",
    "above_max": "range",
    "unknown_category": "values",
    "pattern_mismatch": "pattern",
    "too_early": "moments",
    "too_late": "moments",
    "repeated": "unique",
}


def ours(file: str, _: str) -> Work:
    """The facts of each row, and the one comparison of rows that the rules ask for."""
    return _ours(file, only_rules=True)


def ours_whole(file: str, _: str) -> Work:
    """With what is always looked for beside the rules: duplicate, alike and sealed rows."""
    return _ours(file, only_rules=False)


def _ours(file: str, *, only_rules: bool) -> Work:
    import duckdb

    from benchmarks.data.frame import ruled_spec
    from loopwright.domain.crossing import Item
    from loopwright.engines.tables import DuckTables
    from loopwright.engines.tables_cross import at_once

    spec, parts = ruled_spec(), {"train/a": Path(file)}
    tables = DuckTables(memory_mib=128, threads=1)

    def work() -> Found:
        broken = [(one.check, one.column, one.rows) for one in tables.facts(parts, spec).broken]
        if only_rules:
            with duckdb.connect(config={"threads": 1, "memory_limit": "128MiB"}) as connection:
                item = Item(check="repeated", column="s5")
                repeated = at_once(connection, parts, spec).crossed(item)
        else:
            crossed = tables.compare(parts, spec).crossed
            repeated = next(one for one in crossed if one.check == "repeated")
        return dict(_named([*broken, ("repeated", "s5", repeated.rows + repeated.values)]))

    return work


def _named(broken: list[tuple[str, str, int]]) -> Counter[str]:
    """Name what was found as the rules do; a value that repeats breaks the rule in all its rows."""
    found: Counter[str] = Counter()
    for check, column, rows in broken:
        kind, _, name = column.rpartition("-") if check == "rule_broken" else ("", "", column)
        found[f"{kind.replace('-', '_') or OURS.get(check, check)} {name}"] += rows
    return +found


def gx(file: str, _: str) -> Work:
    """Validate a frame of pandas by a suite of Great Expectations."""
    library = importlib.import_module("great_expectations")
    pandas = importlib.import_module("pandas")
    expectations = library.expectations
    context = library.get_context(mode="ephemeral")
    source = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    batch = source.add_batch_definition_whole_dataframe("whole")
    made = {_gx(expectations, *rule): rule for rule in RULES}
    suite = library.ExpectationSuite(name="rules", expectations=list(made))

    def work() -> Found:
        table = pandas.read_parquet(file)
        told = batch.get_batch(batch_parameters={"dataframe": table}).validate(suite)
        found = {}
        for one in told.results:
            kind, name = _rule_of(one.expectation_config)
            if one.result.get("unexpected_count"):
                found[f"{kind} {name}"] = one.result["unexpected_count"]
        return found

    return work


def _gx(expectations: Any, kind: str, name: str, told: tuple[Any, ...]) -> Any:
    """Return the expectation for a rule."""
    meta = {"kind": kind, "name": name}
    if kind == "not_less":
        return expectations.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=name, column_B=told[0], or_equal=True, meta=meta
        )
    classes = {
        "null": ("ExpectColumnValuesToNotBeNull", ()),
        "unique": ("ExpectColumnValuesToBeUnique", ()),
        "range": ("ExpectColumnValuesToBeBetween", ("min_value", "max_value")),
        "moments": ("ExpectColumnValuesToBeBetween", ("min_value", "max_value")),
        "pattern": ("ExpectColumnValuesToMatchRegex", ("regex",)),
        "length": ("ExpectColumnValueLengthsToBeBetween", ("min_value", "max_value")),
        "values": ("ExpectColumnValuesToBeInSet", ()),
    }
    expectation, names = classes[kind]
    fields: dict[str, Any] = dict(zip(names, told, strict=bool(names)))
    if kind == "values":
        fields = {"value_set": list(told)}
    if kind == "moments":
        fields = {key: importlib.import_module("pandas").Timestamp(v) for key, v in fields.items()}
    return getattr(expectations, expectation)(column=name, meta=meta, **fields)


def _rule_of(config: Any) -> tuple[str, str]:
    return config.meta["kind"], config.meta["name"]


def pandera_pandas(file: str, _: str) -> Work:
    """Validate a frame of pandas by a schema of pandera, all errors at once."""
    schemas = importlib.import_module("pandera.pandas")
    pandas = importlib.import_module("pandas")
    schema = _schema(schemas, lambda name, other: lambda table: table[name] >= table[other])
    return lambda: _validated(schemas, schema, pandas.read_parquet(file))


def pandera_polars(file: str, _: str) -> Work:
    """Validate a frame of polars by a schema of pandera, all errors at once."""
    schemas = importlib.import_module("pandera.polars")
    polars = importlib.import_module("polars")

    def compare(name: str, other: str) -> Callable[[Any], Any]:
        return lambda data: data.lazyframe.select(polars.col(name) >= polars.col(other))

    return lambda: _validated(schemas, _schema(schemas, compare), polars.read_parquet(file))


def _schema(schemas: Any, compare: Callable[[str, str], Callable[[Any], Any]]) -> Any:
    columns: dict[str, list[Any]] = {name: [] for kind, name, _ in RULES if kind == "null"}
    tables = []
    for kind, name, told in RULES:
        if kind == "not_less":
            tables.append(schemas.Check(compare(name, told[0]), name=f"{kind} {name}"))
        elif kind not in ("null", "unique"):
            columns[name].append(_check(schemas, kind, name, told))
    unique = {name for kind, name, _ in RULES if kind == "unique"}
    return schemas.DataFrameSchema(
        {
            name: schemas.Column(checks=checks, unique=name in unique)
            for name, checks in columns.items()
        },
        checks=tables,
    )


def _check(schemas: Any, kind: str, name: str, told: tuple[Any, ...]) -> Any:
    check, named = schemas.Check, f"{kind} {name}"
    if kind == "values":
        return check.isin(list(told), name=named)
    if kind == "pattern":
        return check.str_matches(told[0], name=named)
    if kind == "length":
        return check.str_length(min_value=told[0], max_value=told[1], name=named)
    if kind == "moments":
        from datetime import datetime

        told = tuple(datetime.fromisoformat(one) for one in told)
    return check.in_range(*told, name=named)


def _validated(schemas: Any, schema: Any, table: Any) -> Found:
    try:
        schema.validate(table, lazy=True)
    except schemas.errors.SchemaErrors as broken:
        return dict(_failures(broken))
    return {}


def _failures(broken: Any) -> Iterator[tuple[str, int]]:
    """Count the failed rows of each error; an error of pandera holds its failures as a frame."""
    for error in broken.schema_errors:
        name = error.schema.name or ""
        check = str(getattr(error.check, "name", None) or error.check)
        kind = {"not_nullable": "null", "field_uniqueness": "unique"}.get(check, check)
        output = error.check_output
        if output is None:
            rows = len(error.failure_cases)
        elif hasattr(output, "columns"):
            rows = int((~output["check_output"]).sum())
        else:
            rows = int((~output).sum())
        yield (kind if " " in kind else f"{kind} {name}"), rows
