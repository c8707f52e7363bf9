"""Whether the gain over a dummy clears the spec's margin."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from loopwright.domain.feasibility_comparison import Comparison, Gain
from loopwright.domain.feasibility_sample import Sample
from loopwright.domain.feasibility_target import Measured, most_rows, rows_for
from loopwright.domain.gate import Finding, Grade, Reason, Verdict
from loopwright.domain.spec import ProjectSpec

_GRADES: dict[Verdict, Grade] = {
    "pass": "pass",
    "reject": "violation",
    "insufficient_data": "inconclusive",
}


@dataclass(frozen=True)
class GainJudgement:
    """The verdict on the gain, its findings and its reason."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    reason: Reason


def judge_gain(
    spec: ProjectSpec, sample: Sample, found: Comparison, measured: Measured
) -> GainJudgement:
    """Judge the low end of the gain against the spec's margin.

    Where the learner of shuffled outcomes beats the dummy too (by some metrics luck beats a
    constant), the margin must be cleared against that learner. A gain that is sure, yet not
    surely above the margin, asks for more rows where more rows will do.
    """
    margin = spec.feasibility.margin
    verdict: Verdict
    luck = _luck(measured.metric, found, margin)
    if luck is not None:
        verdict, reason = "reject", luck
    elif found.gain.low > margin:
        message = f"{_numbers(measured, found)}; its low end clears the margin of {margin:g}"
        verdict, reason = "pass", Reason(code="feasible", subject=measured.metric, message=message)
    else:
        verdict, reason = _too_small(spec, sample, found, measured)
    findings = tuple(_findings(measured.metric, sample, found, margin, _GRADES[verdict]))
    return GainJudgement(verdict, findings, reason)


def _luck(metric: str, found: Comparison, margin: float) -> Reason | None:
    shuffled = found.permuted
    if shuffled is None or shuffled.luck.low <= 0 or shuffled.over.low > margin:
        return None
    return Reason(
        code="permuted_labels_score",
        subject=metric,
        message=f"a learner of shuffled outcomes scores {metric} {shuffled.score:.3f} against"
        f" {found.dummy_score:.3f} of a dummy, for by this metric luck beats a constant; that of"
        f" the true outcomes is better by {_span(shuffled.over)}, whose low end does not clear the"
        f" margin of {margin:g}",
        advice="Add columns that say more about the target, or check that it is recorded right.",
    )


def _too_small(
    spec: ProjectSpec, sample: Sample, found: Comparison, measured: Measured
) -> tuple[Verdict, Reason]:
    message = (
        f"{_numbers(measured, found)}; its low end does not clear the margin of"
        f" {spec.feasibility.margin:g}"
    )
    rows = _rows_to_tell(spec, sample, found, measured)
    if rows is None:
        advice = "Add columns that say more about the target, or check that it is recorded right."
    elif rows > sample.labelled_rows:
        advice = f"The gain may be real: about {rows:,} training rows with an outcome would tell."
    else:
        advice = (
            f"The gain may be real: raise feasibility.sample_rows to {rows:,}, which are there."
        )
    code, count = "no_gain_over_dummy", None
    verdict: Verdict = "reject"
    if found.gain.low > 0 and rows is not None:
        code, verdict, count = "more_rows_needed", "insufficient_data", rows - sample.labelled_rows
        count = math.ceil(max(0, count) / (1 - spec.holdout.share))
    return verdict, Reason(
        code=code, subject=measured.metric, message=message, count=count, advice=advice
    )


def _rows_to_tell(
    spec: ProjectSpec, sample: Sample, found: Comparison, measured: Measured
) -> int | None:
    """Return the training rows after which the low end may clear the margin; None for no number.

    A mean above the margin needs a narrower interval, whose width falls as the root of the rows; a
    mean below it needs a higher curve.
    """
    margin, gain = spec.feasibility.margin, found.gain
    if gain.value > margin:
        rows = sample.rows * ((gain.value - gain.low) / (gain.value - margin)) ** 2
    else:
        target = found.dummy_score + measured.sign * margin
        value = rows_for(spec, sample, measured, target).rows.value
        rows = math.inf if value is None else max(value, sample.rows + 1)
    return math.ceil(rows) if rows <= most_rows(sample) else None


def _findings(
    metric: str, sample: Sample, found: Comparison, margin: float, grade: Grade
) -> Iterator[Finding]:
    yield _finding(metric, "gain_over_dummy", found.gain, grade, sample, margin)
    if found.permuted is not None:
        over = found.permuted.over
        grade = "pass" if over.low > 0 else "inconclusive"
        yield _finding(metric, "gain_over_permuted_labels", over, grade, sample)
    if found.single is not None:
        over = found.single.over
        sure = over.low > 0
        message = "" if sure else f"the column {found.single.column} alone may be as good as all"
        one = _finding(
            found.single.column,
            "gain_over_single_feature" if sure else "no_gain_over_single_feature",
            over,
            "pass" if sure else "inconclusive",
            sample,
        )
        yield one.model_copy(update={"message": message})


def _finding(
    subject: str,
    measure: str,
    gain: Gain,
    grade: Grade,
    sample: Sample,
    limit: float | None = None,
) -> Finding:
    return Finding(
        subject=subject,
        grade=grade,
        measure=measure,
        value=gain.value,
        low=gain.low,
        high=gain.high,
        limit=limit,
        rows=sample.rows,
    )


def _numbers(measured: Measured, found: Comparison) -> str:
    return (
        f"a simple learner scored {measured.metric} {found.score:.3f} against"
        f" {found.dummy_score:.3f} of a dummy: a gain of {_span(found.gain)[:-1]},"
        f" {found.gain.folds} folds)"
    )


def _span(gain: Gain) -> str:
    return f"{gain.value:.3f} ({gain.low:.3f} to {gain.high:.3f})"
