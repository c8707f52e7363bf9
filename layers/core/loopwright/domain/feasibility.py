"""Can the question be answered at all? A simple learner against a dummy, before a job is paid."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from loopwright.domain.gate import Finding, Reason, Verdict
from loopwright.domain.intervals import LEVEL, corrected_resampled
from loopwright.domain.metrics import METRICS, default_metric
from loopwright.domain.record import Record
from loopwright.domain.spec import Feasibility, ProjectSpec

MIN_ROWS_PER_FOLD = 20
MIN_CLASS_ROWS_PER_FOLD = 2


class Fold(Record):
    """One fold of a cross-validation: the learner's score and the dummy's on the same rows."""

    train_rows: int
    test_rows: int
    score: float
    dummy_score: float


class FeasibilityReport(Record):
    """The document of the gate (`feasibility.json`).

    `gain` is the mean over the folds of how much better the learner was than the dummy, by
    `metric`; above zero is better whichever direction the metric has.
    """

    schema_version: Literal[1] = 1
    project: str
    spec: str
    dataset: str
    metric: str
    higher_is_better: bool
    sampled_rows: int
    unlabelled_rows: int
    classes: dict[str, int]
    folds: tuple[Fold, ...] = ()
    score: float | None = None
    dummy_score: float | None = None
    gain: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = LEVEL
    method: str = ""
    margin: float
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    reasons: tuple[Reason, ...]


class Sample(Record):
    """What was sampled: rows with an outcome, rows without, and rows of each class."""

    rows: int
    unlabelled_rows: int
    classes: dict[str, int]


def describe_sample(spec: ProjectSpec, target: Sequence[Any], unlabelled_rows: int) -> Sample:
    """Count the known outcomes; a regression has no classes."""
    counts = Counter() if spec.task == "regression" else Counter(_class_name(v) for v in target)
    return Sample(rows=len(target), unlabelled_rows=unlabelled_rows, classes=dict(counts))


def shortages(spec: ProjectSpec, sample: Sample) -> tuple[Reason, ...]:
    """Return what is missing for a cross-validation, empty when nothing is."""
    folds = spec.feasibility.folds
    reasons = [*_too_few_rows(sample, folds)]
    if spec.task != "regression":
        reasons += _too_few_classes(sample, folds)
    return tuple(reasons)


def assess(
    spec: ProjectSpec, sample: Sample, folds: Sequence[Fold], *, spec_digest: str, dataset: str
) -> FeasibilityReport:
    """Judge the gain over the dummy by the low end of its interval against the spec's margin.

    Give no folds when the sample has shortages: then the verdict is insufficient_data.
    """
    metric = METRICS[spec.promotion.metric or default_metric(spec.task)]
    facts = FeasibilityReport(
        project=spec.project,
        spec=spec_digest,
        dataset=dataset,
        metric=metric.name,
        higher_is_better=metric.higher_is_better,
        sampled_rows=sample.rows,
        unlabelled_rows=sample.unlabelled_rows,
        classes=sample.classes,
        margin=spec.feasibility.margin,
        verdict="insufficient_data",
        reasons=shortages(spec, sample),
    )
    return facts if facts.reasons else _judge(facts, folds, spec.feasibility)


def _judge(
    facts: FeasibilityReport, folds: Sequence[Fold], policy: Feasibility
) -> FeasibilityReport:
    sign = 1 if facts.higher_is_better else -1
    gains = np.array([sign * (fold.score - fold.dummy_score) for fold in folds])
    test_share = float(np.mean([fold.test_rows / fold.train_rows for fold in folds]))
    bounds = corrected_resampled(gains, test_share)
    feasible = bounds.low > policy.margin
    finding = Finding(
        subject=facts.metric,
        grade="pass" if feasible else "violation",
        measure="gain_over_dummy",
        value=float(gains.mean()),
        low=bounds.low,
        high=bounds.high,
        limit=policy.margin,
        rows=facts.sampled_rows,
    )
    changes = {
        "folds": tuple(folds),
        "score": float(np.mean([fold.score for fold in folds])),
        "dummy_score": float(np.mean([fold.dummy_score for fold in folds])),
        "gain": finding.value,
        "low": bounds.low,
        "high": bounds.high,
        "method": bounds.method,
        "verdict": "pass" if feasible else "reject",
        "findings": (finding,),
    }
    judged = facts.model_copy(update=changes)
    return judged.model_copy(update={"reasons": (_reason(judged),)})


def _reason(report: FeasibilityReport) -> Reason:
    numbers = (
        f"a simple learner scored {report.metric} {report.score:.3f}"
        f" against {report.dummy_score:.3f} of a dummy: a gain of"
        f" {report.gain:.3f} ({report.low:.3f} to {report.high:.3f}, {len(report.folds)} folds of"
        f" {report.sampled_rows} rows)"
    )
    if report.verdict == "pass":
        message = f"{numbers}; its low end clears the margin of {report.margin:g}"
        return Reason(code="feasible", subject=report.metric, message=message)
    return Reason(
        code="no_gain_over_dummy",
        subject=report.metric,
        message=f"{numbers}; its low end does not clear the margin of {report.margin:g}",
        advice=_advice(report),
    )


def _advice(report: FeasibilityReport) -> str:
    if (report.gain or 0.0) > report.margin:
        return "The gain may be real: upload more rows, so that the interval becomes narrower."
    return "Add columns that say more about the target, or check that the target is recorded right."


def _too_few_rows(sample: Sample, folds: int) -> list[Reason]:
    needed = MIN_ROWS_PER_FOLD * folds
    if sample.rows >= needed:
        return []
    message = f"{sample.rows} rows have an outcome; {folds} folds need at least {needed}"
    advice = f"Upload at least {needed - sample.rows} more rows with an outcome."
    return [Reason(code="too_few_rows", message=message, count=sample.rows, advice=advice)]


def _too_few_classes(sample: Sample, folds: int) -> list[Reason]:
    needed = MIN_CLASS_ROWS_PER_FOLD * folds
    if len(sample.classes) < 2:  # noqa: PLR2004 - one class is nothing to tell apart
        message = "all sampled rows have the same outcome; there is nothing to tell apart"
        return [Reason(code="one_class", message=message, count=len(sample.classes))]
    return [
        Reason(
            code="too_few_rows_of_class",
            subject=name,
            message=f"class {name} has {rows} rows; {folds} folds need at least {needed}",
            count=rows,
            advice=f"Upload at least {needed - rows} more rows of class {name}, or merge it.",
        )
        for name, rows in sorted(sample.classes.items())
        if rows < needed
    ]


def _class_name(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)
