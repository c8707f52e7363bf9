"""What a candidate must pass: each check holds one number of the evidence against its limit."""

from collections.abc import Sequence

from loopwright.domain.evaluation import Evaluation
from loopwright.domain.evaluation_losses import GroupLoss
from loopwright.domain.fairness import Audit
from loopwright.domain.metrics import Gain
from loopwright.domain.promotion_rule import bound_of
from loopwright.domain.record import Record
from loopwright.domain.slices import Slice
from loopwright.domain.spec import ProjectSpec


class Check(Record):
    """One number against its limit. `passed` is None when only a person can judge it."""

    code: str
    subject: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    passed: bool | None
    message: str
    advice: str = ""


def check_all(spec: ProjectSpec, evaluation: Evaluation, audit: Audit) -> tuple[Check, ...]:
    """Return every check that applies to the candidate."""
    found = (_too_few_check(spec, evaluation), _uses_check(spec, evaluation))
    return (
        *_metric_checks(spec, evaluation),
        *(one for one in found if one is not None),
        *_group_checks(spec, evaluation),
        _audit_check(audit),
    )


def _metric_checks(spec: ProjectSpec, evaluation: Evaluation) -> list[Check]:
    if evaluation.champion is not None:
        return [_gain_check(spec, evaluation)]
    checks = [_dummy_check(spec, evaluation)]
    if evaluation.incomparable:
        checks.append(_incomparable_check(evaluation))
    return checks


def _gain_check(spec: ProjectSpec, evaluation: Evaluation) -> Check:
    """The gain over the champion against min_gain, by the rule of the spec."""
    limit = spec.promotion.min_gain
    found = _gain(evaluation.gains_over_champion, evaluation.metric)
    if found is None:
        return _unmeasured("metric_gain", evaluation, limit)
    bound = bound_of(spec.promotion, found, challenges=evaluation.challenges)
    return Check(
        code="metric_gain",
        subject=evaluation.metric,
        value=found.value,
        low=found.low,
        high=found.high,
        limit=limit,
        passed=bound.value >= limit,
        message=f"{evaluation.metric} changed by {_numbers(found)} against the champion on"
        f" {evaluation.rows} sealed rows; {bound.name}, {bound.value:+z.4f}, must reach {limit:+g}",
        advice="Improve the features or the training script, or train on more rows.",
    )


def _too_few_check(spec: ProjectSpec, evaluation: Evaluation) -> Check | None:
    """The sealed rows with a known outcome against how many must judge; None where they are."""
    limit = spec.holdout.min_rows
    if evaluation.rows >= limit:
        return None
    return Check(
        code="holdout_too_small",
        subject="holdout",
        value=float(evaluation.rows),
        limit=float(limit),
        passed=False,
        message=f"only {evaluation.rows} sealed rows have a known outcome, and holdout.min_rows is"
        f" {limit}",
        advice="Upload more rows, or raise holdout.share.",
    )


def _uses_check(spec: ProjectSpec, evaluation: Evaluation) -> Check | None:
    """The models that these sealed rows have judged against how many the spec lets them."""
    limit = spec.holdout.max_uses
    if limit is None:
        return None
    return Check(
        code="holdout_used",
        subject=evaluation.dataset,
        value=float(evaluation.holdout_uses),
        limit=float(limit),
        passed=evaluation.holdout_uses <= limit,
        message=f"the sealed rows of this version have judged {evaluation.holdout_uses} models,"
        f" this one included; holdout.max_uses is {limit}",
        advice="Upload newer rows, so that a new version has sealed rows that no model has seen.",
    )


def _dummy_check(spec: ProjectSpec, evaluation: Evaluation) -> Check:
    """Without a champion to compare with: the low end of the gain over the dummy."""
    limit = spec.feasibility.margin
    found = _gain(evaluation.gains_over_dummy, evaluation.metric)
    if found is None:
        return _unmeasured("gain_over_dummy", evaluation, limit)
    return Check(
        code="gain_over_dummy",
        subject=evaluation.metric,
        value=found.value,
        low=found.low,
        high=found.high,
        limit=limit,
        passed=found.low > limit,
        message=f"{evaluation.metric} is better than a dummy's by {_numbers(found)} on"
        f" {evaluation.rows} sealed rows (the low end must clear {limit:g})",
        advice="Add columns that say more about the target, or upload more rows.",
    )


def _incomparable_check(evaluation: Evaluation) -> Check:
    return Check(
        code="champion_incomparable",
        subject=evaluation.champion_model or "",
        passed=None,
        message=f"the champion cannot be scored on these rows: {evaluation.incomparable};"
        " a person must decide",
        advice="Compare the two reports, then approve or refuse.",
    )


def _unmeasured(code: str, evaluation: Evaluation, limit: float) -> Check:
    return Check(
        code=code,
        subject=evaluation.metric,
        limit=limit,
        passed=False,
        message=f"{evaluation.metric} is not defined on the {evaluation.rows} sealed rows",
        advice="Upload more rows, or raise holdout.share, so that every outcome is sealed too.",
    )


def _group_checks(spec: ProjectSpec, evaluation: Evaluation) -> list[Check]:
    measures = {*spec.promotion.group_measures, "absolute_error"}
    large = [
        loss
        for loss in evaluation.group_losses
        if loss.rows >= spec.audit.min_group_rows and loss.measure in measures
    ]
    limit = spec.promotion.max_group_loss
    found = [_slice_check(one, limit) for one in evaluation.lost_slices.found]
    return [*(_group_check(loss, limit) for loss in large), *found]


def _slice_check(lost: Slice, limit: float) -> Check:
    """A slice that was found by search fails as a group does; it has rows enough to tell."""
    name = " and ".join(lost.conditions)
    return Check(
        code="slice_loss",
        subject=name,
        value=lost.value,
        low=lost.low,
        high=lost.high,
        limit=limit,
        passed=not (lost.value > limit and lost.low > 0),
        message=f"where {name} the candidate loses {lost.value:z.3f} ({lost.low:z.3f} to"
        f" {lost.high:z.3f}) against the champion on {lost.rows} rows, limit {limit:g}",
        advice="Look at these rows: an average may rise while they pay for it.",
    )


def _group_check(loss: GroupLoss, limit: float) -> Check:
    """A group's loss fails when it is above the limit and its interval lies above zero.

    In a small group a handful of rows moves the value beyond any limit; the interval tells that
    from a loss. A loss above the limit whose interval holds zero passes, and says so.
    """
    above = loss.value > limit
    certain = loss.low is not None and loss.low > 0
    name = loss.measure.replace("_", " ")
    told = "worse" if loss.value > 0 else "no worse"
    message = (
        f"{name} is {told} for {loss.attribute}={loss.group} than with the champion:"
        f" loss {loss.value:z.3f} ({_end(loss.low)} to {_end(loss.high)}) on {loss.rows} rows,"
        f" limit {limit:g}"
    )
    if above and not certain:
        message += "; above the limit, but too few rows to tell it from no loss"
    return Check(
        code="group_loss",
        subject=f"{loss.attribute}={loss.group} {loss.measure}",
        value=loss.value,
        low=loss.low,
        high=loss.high,
        limit=limit,
        passed=not (above and certain),
        message=message,
        advice="Look at this group's rows: an average may rise while one group pays for it.",
    )


def _audit_check(audit: Audit) -> Check:
    count = len(audit.violations)
    return Check(
        code="audit",
        subject="disparity",
        value=float(count),
        limit=0.0 if audit.policy.on_violation == "reject" else None,
        passed=audit.verdict != "reject",
        message=f"violations found by the audit of the answers: {count}"
        f" (on_violation: {audit.policy.on_violation})",
        advice="Read the findings of the audit before people are judged by the model.",
    )


def _gain(gains: Sequence[Gain], metric: str) -> Gain | None:
    return next((gain for gain in gains if gain.metric == metric), None)


def _numbers(gain: Gain) -> str:
    return f"{gain.value:+z.4f} ({gain.low:+z.4f} to {gain.high:+z.4f})"


def _end(value: float | None) -> str:
    return "unbounded" if value is None else f"{value:z.3f}"
