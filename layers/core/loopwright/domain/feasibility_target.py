"""Whether the spec's target score can be reached, and with how many more rows."""

import math
from dataclasses import dataclass, field

from loopwright.domain.feasibility_sample import Sample
from loopwright.domain.gate import Finding, Grade, Reason, Verdict
from loopwright.domain.learning_curve import MOST_TIMES, Estimate, FittedCurve
from loopwright.domain.noise_ceiling import NoiseCeiling
from loopwright.domain.spec import ProjectSpec


@dataclass(frozen=True)
class Measured:
    """The better learner's score on the sample, its curve, and the bound of noise."""

    metric: str
    sign: int
    score: float
    low: float
    high: float
    curve: FittedCurve | None
    noise: NoiseCeiling

    def meets(self, score: float | None, target: float) -> bool:
        """Tell whether a score is as good as the target; no score is not."""
        return score is not None and self.sign * (score - target) >= 0


@dataclass(frozen=True)
class Aim:
    """The answer about a target score. `rows` are labelled training rows in all."""

    verdict: Verdict
    finding: Finding
    reasons: tuple[Reason, ...] = ()
    rows: Estimate | None = None
    more: Estimate | None = None


@dataclass(frozen=True)
class Need:
    """How many labelled training rows the curve needs for a target score."""

    spec: ProjectSpec
    sample: Sample
    found: Measured
    target: float
    rows: Estimate = field(default_factory=Estimate)

    @property
    def more(self) -> Estimate:
        """Return the rows to upload: those beyond what is there, and the share that is sealed."""
        ends = (self.rows.value, self.rows.low, self.rows.high)
        value, low, high = (None if end is None else self.uploaded(end) for end in ends)
        return Estimate(value=value, low=low, high=high)

    def uploaded(self, rows: float) -> int:
        """Return how many labelled rows make the training rows grow to so many."""
        missing = max(0.0, rows - self.sample.labelled_rows)
        return math.ceil(missing / (1 - self.spec.holdout.share))


def most_rows(sample: Sample) -> int:
    """Return the rows beyond which nothing is foretold: a hundred times what there is."""
    return MOST_TIMES * sample.labelled_rows


def rows_for(spec: ProjectSpec, sample: Sample, found: Measured, target: float) -> Need:
    """Return how many rows the curve needs for a target score."""
    rows = Estimate()
    if found.curve is not None:
        rows = found.curve.rows_for(target, most=most_rows(sample))
    return Need(spec, sample, found, target, rows)


def judge_target(spec: ProjectSpec, sample: Sample, found: Measured) -> Aim | None:
    """Judge the target score of the spec; None where it has none.

    pass: it is met on the sample, or the curve meets it with the rows at hand. reject: rows alike
    in every feature forbid it, or the whole interval of the curve stays below it for a hundred
    times the rows. insufficient_data: the curve meets it with more rows, and says how many.
    """
    target = spec.feasibility.target_score
    if target is None:
        return None
    asked = rows_for(spec, sample, found, target)
    if found.meets(found.score, target):
        sure = found.meets(min(found.low, found.high, key=lambda end: found.sign * end), target)
        message = "" if sure else "met on the sample; its interval holds lower scores too"
        return Aim("pass", _finding(asked, "pass" if sure else "inconclusive", message))
    if found.noise.value is not None and not found.meets(found.noise.value, target):
        return _refused(asked, _noise(asked))
    if found.curve is None:
        return _short(asked, "no learning curve could be measured on so few rows", None)
    return _by_curve(asked)


def _by_curve(asked: Need) -> Aim:
    rows, more = asked.rows, asked.more
    if rows.value is not None and more.value == 0:
        message = f"the curve meets it with the {asked.sample.labelled_rows:,} rows at hand"
        finding = _finding(asked, "inconclusive", message)
        return Aim("pass", finding, rows=rows, more=more)
    if rows.value is not None:
        return _short(asked, f"about {_span(more)} more labelled rows would reach it", more.value)
    if rows.low is None:
        return _refused(asked, _ceiling(asked))
    message = f"at least {more.low:,.0f} more labelled rows would be needed, and perhaps no number"
    return _short(asked, f"{message} of rows reaches it", more.low)


def _short(asked: Need, message: str, count: float | None) -> Aim:
    text = f"{_scores(asked)}; {message}"
    reason = Reason(
        code="more_rows_needed",
        subject=asked.found.metric,
        message=text,
        count=None if count is None else int(count),
        advice="Upload rows with an outcome, add columns that say more about it, or lower"
        " feasibility.target_score if less would do.",
    )
    finding = _finding(asked, "inconclusive", message)
    return Aim("insufficient_data", finding, (reason,), rows=asked.rows, more=asked.more)


def _refused(asked: Need, message: str) -> Aim:
    reason = Reason(
        code="ceiling_below_target",
        subject=asked.found.metric,
        message=f"{_scores(asked)}; {message}",
        advice="Add columns that say more about the target, or lower feasibility.target_score if"
        " less would do. More rows alone will not help.",
    )
    return Aim("reject", _finding(asked, "violation", message), (reason,), rows=asked.rows)


def _scores(asked: Need) -> str:
    found = asked.found
    return (
        f"a simple learner scores {found.metric} {found.score:.3f}"
        f" ({found.low:.3f} to {found.high:.3f}); the target is {asked.target:g}"
    )


def _noise(asked: Need) -> str:
    noise = asked.found.noise
    return (
        f"{noise.contradictory_rows:,} of {noise.rows:,} rows are like others in every feature and"
        " differ from them in the outcome, so no model of these columns scores better than"
        f" {noise.value:.3f} on them"
    )


def _ceiling(asked: Need) -> str:
    ceiling = asked.found.curve.ceiling if asked.found.curve else Estimate()
    return (
        f"more rows will not help: the ceiling is about {ceiling.value:.3f}"
        f" ({ceiling.low:.3f} to {ceiling.high:.3f}), and {MOST_TIMES} times the rows at hand do"
        " not reach the target"
    )


def _span(rows: Estimate) -> str:
    high = "more than can be foretold" if rows.high is None else f"{rows.high:,.0f}"
    return f"{rows.value:,.0f} ({rows.low:,.0f} to {high})"


def _finding(asked: Need, grade: Grade, message: str) -> Finding:
    found = asked.found
    return Finding(
        subject=found.metric,
        grade=grade,
        measure="target_score",
        value=found.score,
        low=found.low,
        high=found.high,
        limit=asked.target,
        rows=asked.sample.rows,
        message=message,
    )
