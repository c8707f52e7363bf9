"""The contract of a dataset version: does it hold what the spec says?"""

from collections.abc import Iterator
from typing import Literal

from loopwright.domain.bins import MISSING, Profile
from loopwright.domain.dataset import Manifest
from loopwright.domain.facts import Broken, TableFacts
from loopwright.domain.gate import Reason, Verdict
from loopwright.domain.record import Record
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_rules import stored_type
from loopwright.errors import IncompletePartsError

TOO_FEW = "too_few_rows"
EXPECTED = {
    "below_min": "at least {0.min:g}",
    "above_max": "at most {0.max:g}",
    "unknown_category": "one of the values listed in project.yaml",
}
ADVICE = {
    "below_min": "Mend the rows, or lower columns.{0}.min in project.yaml.",
    "above_max": "Mend the rows, or raise columns.{0}.max in project.yaml.",
    "unknown_category": "Mend the rows, or add the values to columns.{0}.values in project.yaml.",
}


class Validation(Record):
    """The verdict over a dataset version, with the numbers it rests on."""

    schema_version: Literal[1] = 1
    dataset: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    rows: int
    missing: dict[str, int]
    broken: tuple[Broken, ...]


def validate(
    spec: ProjectSpec, manifest: Manifest, profile: Profile, facts: TableFacts
) -> Validation:
    """Judge a dataset version by its profile and by exact facts about its rows.

    Too few rows, and nothing else, is `insufficient_data`; every other reason is `reject`.
    """
    _agree(manifest, profile, facts)
    reasons = (
        *column_reasons(spec, manifest),
        *_row_count(spec, facts),
        *_target(spec, facts),
        *(reason for broken in facts.broken for reason in _broken(spec, broken, facts.rows)),
    )
    return Validation(
        dataset=manifest.digest,
        verdict=_verdict(reasons),
        reasons=reasons,
        rows=facts.rows,
        missing={name: c.counts[MISSING] for name, c in profile.counts.columns.items()},
        broken=facts.broken,
    )


def column_reasons(spec: ProjectSpec, manifest: Manifest) -> tuple[Reason, ...]:
    """Return a reason for each column that is not stored as the spec types it, and for the key."""
    wanted = {name: (column.type, stored_type(column)) for name, column in spec.columns.items()}
    found = {column.name: (column.type, column.parquet_type) for column in manifest.columns}
    differ = sorted(name for name in wanted | found if wanted.get(name) != found.get(name))
    reasons = [_column_reason(name, wanted.get(name), found.get(name)) for name in differ]
    if manifest.key != spec.key:
        reasons.append(_key_reason(spec, manifest))
    return tuple(reasons)


def _column_reason(
    name: str, wanted: tuple[str, str] | None, found: tuple[str, str] | None
) -> Reason:
    say = [" as ".join(kind) if kind else "no such column" for kind in (wanted, found)]
    return Reason(
        code="other_columns",
        subject=name,
        message=f"column {name!r}: project.yaml says {say[0]}, the version holds {say[1]}",
        advice="Upload the data again: a version is typed by the spec of its registration.",
    )


def _key_reason(spec: ProjectSpec, manifest: Manifest) -> Reason:
    return Reason(
        code="other_key",
        subject=spec.key or "",
        message=(
            f"project.yaml says key {spec.key!r}, the version was sealed by key {manifest.key!r}"
        ),
        advice="Upload the data again: the key decides which entities are sealed.",
    )


def _verdict(reasons: tuple[Reason, ...]) -> Verdict:
    if not reasons:
        return "pass"
    return "insufficient_data" if {r.code for r in reasons} == {TOO_FEW} else "reject"


def _agree(manifest: Manifest, profile: Profile, facts: TableFacts) -> None:
    found = {manifest.rows, profile.counts.rows, facts.rows}
    if len(found) > 1:
        message = (
            f"dataset {manifest.digest}: the manifest names {manifest.rows} rows, the profile "
            f"{profile.counts.rows}, the parts {facts.rows}"
        )
        raise IncompletePartsError(message)


def _row_count(spec: ProjectSpec, facts: TableFacts) -> Iterator[Reason]:
    if facts.rows < spec.rows.min:
        yield Reason(
            code=TOO_FEW,
            count=facts.rows,
            message=f"{facts.rows} rows, at least {spec.rows.min} are asked for (rows.min)",
            advice="Upload more rows, or lower rows.min in project.yaml.",
        )


def _target(spec: ProjectSpec, facts: TableFacts) -> Iterator[Reason]:
    if facts.target_values <= 1:
        yield Reason(
            code="constant_target",
            subject=spec.target,
            count=facts.target_values,
            message=f"the target {spec.target!r} has the same value in every row",
            advice="Upload rows with different outcomes: there is nothing to learn from these.",
        )


def _broken(spec: ProjectSpec, broken: Broken, rows: int) -> Iterator[Reason]:
    name, column = broken.column, spec.columns[broken.column]
    if broken.check == "duplicate_key":
        message = f"the key {name!r} is repeated in {broken.rows} rows, each must be there once"
        advice = "Keep one row per key; the newest, as a rule."
    elif broken.check == "missing":
        if broken.rows <= column.max_missing_share * rows:
            return
        limit = f"{column.max_missing_share:.2%}"
        message = f"{name!r} is missing in {broken.rows} of {rows} rows, at most {limit} may be"
        advice = f"Fill the values in, or raise columns.{name}.max_missing_share in project.yaml."
    else:
        expected = EXPECTED[broken.check].format(column)
        message = f"{name!r} breaks its limits in {broken.rows} of {rows} rows: expected {expected}"
        advice = ADVICE[broken.check].format(name)
    yield Reason(
        code=broken.check,
        subject=name,
        message=message,
        count=broken.rows,
        examples=broken.examples,
        advice=advice,
    )
