"""The audit of a dataset: who is in it, and how often each group has the favourable outcome."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.evaluation_frame import is_known
from loopwright.domain.fairness import Audit, GroupSummary, base_rate, group_summary, judge
from loopwright.domain.fairness_comparisons import grade, rates
from loopwright.domain.fairness_groups import Grouping, OutcomeCounts
from loopwright.domain.gate import Finding
from loopwright.domain.intervals import values_interval
from loopwright.domain.kinds import CategoryValue
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_gates import Audit as AuditPolicy


def audit_groups(
    spec: ProjectSpec,
    target: NDArray[Any],
    groupings: Sequence[Grouping],
    *,
    spec_digest: str,
    dataset: str,
) -> Audit:
    """Audit a dataset: group sizes, base rates, and their ratios to all others."""
    known = is_known(target)
    outcome = target[known]
    favourable = favourable_of(spec, outcome)
    rows = [grouping.at(known) for grouping in groupings]
    summaries: tuple[GroupSummary, ...]
    findings: tuple[Finding, ...] = ()
    if spec.task == "regression":
        summaries = _mean_targets(rows, outcome.astype(np.float64))
    else:
        counts = _count_outcomes(rows, outcome, favourable)
        summaries = tuple(base_rate(one, len(outcome), favourable) for one in counts)
        findings = _base_rate_ratios(counts, spec.audit) if favourable is not None else ()
    verdict, reasons = judge(spec, findings)
    return Audit(
        kind="dataset",
        project=spec.project,
        spec=spec_digest,
        dataset=dataset,
        favourable=favourable,
        policy=spec.audit,
        groups=summaries,
        findings=findings,
        verdict=verdict,
        reasons=reasons,
    )


def favourable_of(spec: ProjectSpec, outcome: NDArray[Any]) -> CategoryValue | None:
    """Return the favourable outcome: the spec's, else the last of a binary target's two."""
    if spec.task == "regression" or spec.favourable is not None or not len(outcome):
        return spec.favourable
    last = max(set(outcome.tolist()))
    found = int(last) if isinstance(last, float) else last
    return found if spec.task == "binary" else None


def _base_rate_ratios(counts: Sequence[OutcomeCounts], policy: AuditPolicy) -> tuple[Finding, ...]:
    found = rates(counts, lambda one: one.positives, lambda one: one.rows)
    ratios = [rate.ratio("base_rate_ratio", policy.ratio_limit) for rate in found]
    return grade(ratios, min_rows=policy.min_group_rows)


def _count_outcomes(
    groupings: Sequence[Grouping], outcome: NDArray[Any], favourable: CategoryValue | None
) -> list[OutcomeCounts]:
    positive = np.array([value == favourable for value in outcome.tolist()], dtype=bool)
    counts = []
    for grouping in groupings:
        for group in grouping.groups:
            rows = grouping.rows_of(group)
            positives = int((positive & rows).sum())
            if rows.any():
                counts.append(
                    OutcomeCounts(
                        attribute=grouping.attribute,
                        group=group,
                        rows=int(rows.sum()),
                        correct=int(rows.sum()),
                        true_positives=positives,
                        true_negatives=int(rows.sum()) - positives,
                    )
                )
    return counts


def _mean_targets(
    groupings: Sequence[Grouping], target: NDArray[np.float64]
) -> tuple[GroupSummary, ...]:
    found = (
        (grouping.attribute, group, target[grouping.rows_of(group)])
        for grouping in groupings
        for group in grouping.groups
    )
    return tuple(
        group_summary(
            (attribute, group),
            (len(values), len(target)),
            float(values.mean()),
            values_interval(values),
        )
        for attribute, group, values in found
        if len(values)
    )
