"""The audit of a model: how its answers, and its errors, differ between groups."""

from collections.abc import Sequence

from loopwright.domain.evaluation import Evaluation
from loopwright.domain.fairness import Audit, GroupSummary, base_rate, group_summary, judge
from loopwright.domain.fairness_comparisons import Comparison, grade, rates
from loopwright.domain.fairness_groups import ErrorSums, OutcomeCounts
from loopwright.domain.gate import Finding
from loopwright.domain.intervals import Mean, mean_interval, mean_of_sums, mean_ratio
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_gates import Audit as AuditPolicy


def audit_answers(spec: ProjectSpec, evaluation: Evaluation) -> Audit:
    """Audit a candidate: selection, true and false positive rates, accuracy or errors by group."""
    groups = evaluation.candidate.groups
    outcomes = [one for one in groups if isinstance(one, OutcomeCounts)]
    errors = [one for one in groups if isinstance(one, ErrorSums)]
    findings = (
        *_outcome_findings(outcomes, spec.audit, selects=evaluation.positive is not None),
        *_error_findings(errors, spec.audit),
    )
    verdict, reasons = judge(spec, findings)
    return Audit(
        kind="model",
        project=spec.project,
        spec=evaluation.spec,
        dataset=evaluation.dataset,
        model=evaluation.candidate.model,
        favourable=evaluation.positive,
        policy=spec.audit,
        groups=tuple(_summary(one, evaluation) for one in groups),
        findings=findings,
        verdict=verdict,
        reasons=reasons,
    )


def _outcome_findings(
    counts: Sequence[OutcomeCounts], policy: AuditPolicy, *, selects: bool
) -> tuple[Finding, ...]:
    """Grade each measure as one family; see docs on how we talk about fairness."""
    limit, gap = policy.ratio_limit, 1 - policy.ratio_limit
    correct = rates(counts, lambda one: one.correct, lambda one: one.rows)
    families = [[rate.difference("accuracy_difference", -gap, "below") for rate in correct]]
    if selects:
        selected = rates(counts, lambda one: one.selected, lambda one: one.rows)
        true = rates(counts, lambda one: one.true_positives, lambda one: one.positives)
        false = rates(counts, lambda one: one.false_positives, lambda one: one.negatives)
        families = [
            [rate.ratio("selection_rate_ratio", limit) for rate in selected],
            [rate.ratio("true_positive_rate_ratio", limit) for rate in true],
            [rate.difference("true_positive_rate_difference", 0, "nowhere") for rate in true],
            [rate.difference("false_positive_rate_difference", gap, "outside") for rate in false],
            *families,
        ]
    graded = (grade(family, min_rows=policy.min_group_rows) for family in families)
    return tuple(finding for family in graded for finding in family)


def _error_findings(sums: Sequence[ErrorSums], policy: AuditPolicy) -> tuple[Finding, ...]:
    means = [_mean_error(one) for one in sums]
    ratios = [_error_ratio(one, sums, 1 / policy.ratio_limit) for one in sums]
    graded = (grade(family, min_rows=policy.min_group_rows) for family in (means, ratios))
    return tuple(finding for family in graded for finding in family)


def _mean_error(one: ErrorSums) -> Comparison:
    mean = mean_of_sums(one.error_sum, one.squared_error_sum, one.rows)
    return Comparison(
        subject=f"{one.attribute}={one.group}",
        measure="mean_error",
        rows=one.rows,
        other_rows=one.rows,
        value=mean.mean,
        interval_at=lambda level: mean_interval(mean.mean, mean.deviation, mean.rows, level),
        limit=0.0,
        worse="nowhere",
    )


def _error_ratio(one: ErrorSums, sums: Sequence[ErrorSums], limit: float) -> Comparison:
    """Compare a group's mean absolute error with that of all others; above the limit is worse."""
    others = [other for other in sums if other.attribute == one.attribute and other is not one]
    mine, rest = _absolute_error([one]), _absolute_error(others)
    defined = rest.mean > 0
    return Comparison(
        subject=f"{one.attribute}={one.group}",
        measure="mean_absolute_error_ratio",
        rows=mine.rows,
        other_rows=rest.rows,
        value=mine.mean / rest.mean if defined else None,
        interval_at=lambda level: mean_ratio(mine, rest, level),
        limit=limit,
        worse="above",
    )


def _absolute_error(sums: Sequence[ErrorSums]) -> Mean:
    rows = sum(one.rows for one in sums)
    if not rows:
        return Mean(0.0, 0.0, 0)
    total = sum(one.absolute_error_sum for one in sums)
    return mean_of_sums(total, sum(one.squared_error_sum for one in sums), rows)


def _summary(one: OutcomeCounts | ErrorSums, evaluation: Evaluation) -> GroupSummary:
    if isinstance(one, OutcomeCounts):
        return base_rate(one, evaluation.rows, evaluation.positive)
    return group_summary((one.attribute, one.group), (one.rows, evaluation.rows))
