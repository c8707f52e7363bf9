"""Findings about what `project.yaml` asks of the rows: the contract of a dataset version."""

from collections.abc import Iterator
from datetime import datetime

from loopwright.domain.facts import Broken, Crossed, CrossFacts, TableFacts
from loopwright.domain.findings import DataFinding, finding
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_rules import read_time

EXPECTED = {
    "below_min": "at least {0.min:g}",
    "above_max": "at most {0.max:g}",
    "too_early": "{0.earliest} or later",
    "too_late": "{0.latest} or earlier",
    "pattern_mismatch": "a text that matches {0.pattern}",
    "unknown_category": "one of the values listed in project.yaml",
}
ADVICE = {
    "below_min": "Mend the rows, or lower columns.{0}.min in project.yaml.",
    "above_max": "Mend the rows, or raise columns.{0}.max in project.yaml.",
    "too_early": "Mend the rows, or move columns.{0}.earliest in project.yaml.",
    "too_late": "Mend the rows, or move columns.{0}.latest in project.yaml.",
    "pattern_mismatch": "Mend the rows, or change columns.{0}.pattern in project.yaml.",
    "unknown_category": "Mend the rows, or add the values to columns.{0}.values in project.yaml.",
}
CROSSED = {
    "repeated": (
        "{name!r} repeats in {rows} rows a value of another row ({values} values are repeated)",
        "Keep one row per value (the newest, as a rule), or take `unique` out of project.yaml.",
    ),
    "orphan": (
        "{name!r} holds in {rows} rows a value ({values} values) that {other!r} has in no row",
        "Upload the rows that are referenced as well, or mend the values.",
    ),
    "unordered": (
        "{name!r} is not {order} in the order of time: {rows} rows ({values} series) are out of it",
        "Mend the values or the times, or take `monotonic` out of project.yaml.",
    ),
}


def contract_findings(
    spec: ProjectSpec, facts: TableFacts, crossed: CrossFacts, *, registered_at: str
) -> Iterator[DataFinding]:
    """Yield what breaks the contract: each a violation."""
    yield from _row_count(spec, facts)
    yield from _target(spec, facts)
    yield from _classes(spec, facts)
    yield from _freshness(spec, facts, registered_at)
    yield from _failed_rules(facts)
    for broken in facts.broken:
        yield from _broken(spec, broken, facts.rows)
    for one in crossed.crossed:
        if one.check in CROSSED and one.rows:
            yield _crossed(spec, one, facts.rows)


def _row_count(spec: ProjectSpec, facts: TableFacts) -> Iterator[DataFinding]:
    if facts.rows < spec.rows.min:
        yield finding(
            "too_few_rows",
            "",
            "violation",
            count=facts.rows,
            rows=facts.rows,
            message=f"{facts.rows} rows, at least {spec.rows.min} are asked for (rows.min)",
            advice="Upload more rows, or lower rows.min in project.yaml.",
        )


def _target(spec: ProjectSpec, facts: TableFacts) -> Iterator[DataFinding]:
    if facts.target is None or facts.target[0] == facts.target[1]:
        yield finding(
            "constant_target",
            spec.target,
            "violation",
            count=facts.rows,
            rows=facts.rows,
            message=f"the target {spec.target!r} has the same value in every row",
            advice="Upload rows with different outcomes: there is nothing to learn from these.",
        )


def _classes(spec: ProjectSpec, facts: TableFacts) -> Iterator[DataFinding]:
    target, least = spec.columns[spec.target], spec.rows.min_class_share
    if not least:
        return
    names = ("False", "True") if target.type == "boolean" else map(str, target.values or ())
    for name in names:
        count = facts.classes.get(name, 0)
        if count < least * facts.rows:
            yield finding(
                "rare_class",
                spec.target,
                "violation",
                count=count,
                rows=facts.rows,
                message=(
                    f"class {name!r} of the target has {count} of {facts.rows} rows, at least "
                    f"{least:.2%} are asked for (rows.min_class_share)"
                ),
                advice="Upload more rows of this class, or lower rows.min_class_share.",
            )


def _freshness(spec: ProjectSpec, facts: TableFacts, registered_at: str) -> Iterator[DataFinding]:
    most = spec.rows.max_age_days
    if most is None or not isinstance(facts.newest, str):
        return
    age = read_time(registered_at) - datetime.fromisoformat(facts.newest)
    if age.total_seconds() > most * 86_400:
        yield finding(
            "stale",
            str(spec.time),
            "violation",
            count=facts.rows,
            rows=facts.rows,
            message=(
                f"the newest row is of {facts.newest[:19]}, {age.days} days before the data was "
                f"registered; at most {most} are allowed (rows.max_age_days)"
            ),
            advice="Upload newer rows, or raise rows.max_age_days in project.yaml.",
        )


def _failed_rules(facts: TableFacts) -> Iterator[DataFinding]:
    for name, problem in facts.failed_rules.items():
        yield finding(
            "rule_cannot_run",
            name,
            "violation",
            count=facts.rows,
            rows=facts.rows,
            message=f"rule {name!r} cannot be run: {problem}",
            advice="Change the expression of the rule in project.yaml and push the project again.",
        )


def _broken(spec: ProjectSpec, broken: Broken, rows: int) -> Iterator[DataFinding]:
    name = broken.column
    if broken.check == "rule_broken":
        rule = next(rule for rule in spec.rules if rule.name == name)
        if broken.rows <= rule.max_share * rows:
            return
        message = f"rule {name!r} is broken in {broken.rows} of {rows} rows: expected {rule.expect}"
        advice = f"Mend the rows, or change the rule, or raise its max_share ({rule.max_share:g})."
    elif broken.check == "missing":
        most = spec.columns[name].max_missing_share
        if broken.rows <= most * rows:
            return
        message = f"{name!r} is missing in {broken.rows} of {rows} rows, at most {most:.2%} may be"
        advice = f"Fill the values in, or raise columns.{name}.max_missing_share in project.yaml."
    else:
        expected = EXPECTED[broken.check].format(spec.columns[name])
        message = f"{name!r} breaks its limits in {broken.rows} of {rows} rows: expected {expected}"
        advice = ADVICE[broken.check].format(name)
    yield finding(
        broken.check,
        name,
        "violation",
        count=broken.rows,
        rows=rows,
        message=message,
        advice=advice,
        examples=broken.examples,
    )


def _crossed(spec: ProjectSpec, one: Crossed, rows: int) -> DataFinding:
    column = spec.columns[one.column]
    is_key = one.check == "repeated" and one.column == spec.key
    message, advice = CROSSED[one.check]
    return finding(
        "duplicate_key" if is_key else one.check,
        one.column,
        "violation",
        count=one.rows,
        rows=rows,
        message=message.format(
            name=one.column,
            rows=one.rows,
            values=one.values,
            other=column.references,
            order=column.monotonic,
        ),
        advice="Keep one row per key; the newest, as a rule." if is_key else advice,
        examples=one.examples,
    )
