"""The audits: what differs between the groups of each protected attribute, with its uncertainty.

A finding speaks of one group, one measure and these rows. No finding says that a model or a
dataset treats people justly.
"""

from collections.abc import Sequence
from typing import Literal

from loopwright.domain.fairness_groups import OutcomeCounts
from loopwright.domain.gate import Finding, Reason, Verdict
from loopwright.domain.intervals import LEVEL, Interval, wilson
from loopwright.domain.kinds import CategoryValue
from loopwright.domain.metrics import finite
from loopwright.domain.record import Record
from loopwright.domain.spec import NoProtected, ProjectSpec
from loopwright.domain.spec_gates import Audit as AuditPolicy

MOST_REASONS = 20
VERDICTS: dict[tuple[str, bool], Verdict] = {
    ("report", False): "pass",
    ("report", True): "pass",
    ("reject", False): "pass",
    ("reject", True): "reject",
}


class GroupSummary(Record):
    """One group: its rows, its share of all, and its base rate (or mean target) with interval."""

    attribute: str
    group: str
    rows: int
    share: float
    value: float | None = None
    low: float | None = None
    high: float | None = None


class Audit(Record):
    """The document of an audit (`dataset_audit.json`, `model_audit.json`)."""

    schema_version: Literal[1] = 1
    kind: Literal["dataset", "model"]
    project: str
    spec: str
    dataset: str
    model: str | None = None
    favourable: CategoryValue | None
    policy: AuditPolicy
    groups: tuple[GroupSummary, ...] = ()
    findings: tuple[Finding, ...]
    verdict: Verdict
    reasons: tuple[Reason, ...]

    @property
    def violations(self) -> tuple[Finding, ...]:
        """Return the findings that are violations."""
        return tuple(finding for finding in self.findings if finding.grade == "violation")


def base_rate(one: OutcomeCounts, rows: int, favourable: CategoryValue | None) -> GroupSummary:
    """Summarise a group by its base rate, where there is a favourable outcome (Wilson)."""
    name, size = (one.attribute, one.group), (one.rows, rows)
    if favourable is None:
        return group_summary(name, size)
    return group_summary(name, size, one.positives / one.rows, wilson(one.positives, one.rows))


def group_summary(
    name: tuple[str, str],
    rows: tuple[int, int],
    value: float | None = None,
    bounds: Interval | None = None,
) -> GroupSummary:
    """Summarise a group (attribute, group) of so many rows (of all rows)."""
    return GroupSummary(
        attribute=name[0],
        group=name[1],
        rows=rows[0],
        share=rows[0] / rows[1],
        value=value,
        low=None if bounds is None else finite(bounds.low),
        high=None if bounds is None else finite(bounds.high),
    )


def judge(spec: ProjectSpec, findings: Sequence[Finding]) -> tuple[Verdict, tuple[Reason, ...]]:
    """Map the findings to a verdict by the table, with a reason for each of 20 violations."""
    if isinstance(spec.protected, NoProtected):
        reason = Reason(code="no_protected_attribute", message=spec.protected.none)
        return "pass", (reason,)
    violations = [finding for finding in findings if finding.grade == "violation"]
    open_questions = [finding for finding in findings if finding.grade == "inconclusive"]
    reasons = [_disparity(finding) for finding in violations[:MOST_REASONS]]
    if open_questions:
        reasons.append(_inconclusive(open_questions))
    return VERDICTS[spec.audit.on_violation, bool(violations)], tuple(reasons)


def _disparity(finding: Finding) -> Reason:
    return Reason(
        code="disparity",
        subject=finding.subject,
        message=f"{finding.message} (intervals at {LEVEL:.0%}, Holm-corrected over the groups)",
        count=finding.rows,
        advice="Find out where the difference comes from before people are judged by it.",
    )


def _inconclusive(findings: Sequence[Finding]) -> Reason:
    return Reason(
        code="inconclusive",
        message=f"{len(findings)} comparisons are inconclusive: too few rows, or near the limit",
        count=len(findings),
        examples=tuple(finding.message for finding in findings[:3]),
        advice="Do not read them as a pass; collect more rows of these groups.",
    )
