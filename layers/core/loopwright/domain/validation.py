"""The verdict over a dataset version: does it hold what the spec says, and what else is strange?"""

from collections.abc import Mapping, Sequence
from typing import Literal

from loopwright.domain.dataset import Manifest
from loopwright.domain.facts import CrossFacts, TableFacts
from loopwright.domain.findings import DataFinding, Severity, settle
from loopwright.domain.findings_change import Previous, change_findings
from loopwright.domain.findings_columns import column_findings
from loopwright.domain.findings_contract import contract_findings
from loopwright.domain.findings_leakage import Screen, leakage_findings
from loopwright.domain.findings_rows import row_findings
from loopwright.domain.gate import Reason, Verdict
from loopwright.domain.profile import Profile
from loopwright.domain.record import Record
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_rules import stored_type
from loopwright.errors import IncompletePartsError

TOO_FEW = "too_few_rows"
EVERY_ROW = "duplicate_rows"


class Validation(Record):
    """The verdict over a dataset version, with the findings and numbers it rests on."""

    schema_version: Literal[2] = 2
    dataset: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    rows: int
    missing: dict[str, int]
    findings: tuple[DataFinding, ...]

    def count(self, severity: Severity) -> int:
        """Return how many findings are of a severity."""
        return sum(one.severity == severity for one in self.findings)


def validate(
    spec: ProjectSpec,
    manifest: Manifest,
    profile: Profile,
    facts: TableFacts,
    crossed: CrossFacts,
    *,
    screens: Mapping[str, Screen],
    previous: Previous | None = None,
) -> Validation:
    """Judge a dataset version by its profile, exact facts about its rows, and the one before.

    A violation rejects. Too few rows, and no other violation, is `insufficient_data`.
    """
    _agree(manifest, profile, facts, crossed)
    found = [
        *contract_findings(spec, facts, crossed, registered_at=manifest.registered_at),
        *leakage_findings(spec, facts, screens),
        *column_findings(spec, profile, facts),
        *row_findings(spec, crossed, facts.rows),
        *(change_findings(manifest, profile, previous) if previous else ()),
    ]
    findings = settle(found, spec.accepted)
    violations = tuple(one.reason for one in findings if one.severity == "violation")
    reasons = (*column_reasons(spec, manifest), *violations)
    return Validation(
        dataset=manifest.digest,
        verdict=_verdict(reasons),
        reasons=reasons,
        rows=facts.rows,
        missing={one.column: one.rows for one in facts.broken if one.check == "missing"},
        findings=findings,
    )


def column_reasons(spec: ProjectSpec, manifest: Manifest) -> tuple[Reason, ...]:
    """Return a reason for each column that is not stored as the spec types it, and for the key."""
    wanted = {name: (column.type, stored_type(column)) for name, column in spec.columns.items()}
    found = {column.name: (column.type, column.parquet_type) for column in manifest.columns}
    differ = sorted(name for name in wanted | found if wanted.get(name) != found.get(name))
    reasons = [_column_reason(name, wanted.get(name), found.get(name)) for name in differ]
    if manifest.sealed_by != spec.sealed_by:
        reasons.append(_seal_reason(spec, manifest))
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


def _seal_reason(spec: ProjectSpec, manifest: Manifest) -> Reason:
    return Reason(
        code="other_seal",
        subject=spec.sealed_by or "",
        message=(
            f"project.yaml seals rows by {spec.sealed_by or 'the whole row'!r}, the version was "
            f"sealed by {manifest.sealed_by or 'the whole row'!r}"
        ),
        advice="Upload the data again: entity, else key, decides which rows are sealed.",
    )


def _verdict(reasons: Sequence[Reason]) -> Verdict:
    if not reasons:
        return "pass"
    return "insufficient_data" if {r.code for r in reasons} == {TOO_FEW} else "reject"


def _agree(manifest: Manifest, profile: Profile, facts: TableFacts, crossed: CrossFacts) -> None:
    """Refuse numbers that were counted over other rows than those of the manifest."""
    compared = sum(one.distinct + one.rows for one in crossed.crossed if one.check == EVERY_ROW)
    found = {manifest.rows, profile.counts.rows, facts.rows, compared}
    if len(found) > 1:
        message = (
            f"dataset {manifest.digest}: the manifest names {manifest.rows} rows, the profile "
            f"{profile.counts.rows}, the parts {facts.rows}, the buckets {compared}"
        )
        raise IncompletePartsError(message)
