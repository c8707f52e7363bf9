"""Compare each group with all others, and grade the comparison by its interval."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from loopwright.domain.fairness_groups import OutcomeCounts
from loopwright.domain.gate import Finding, Grade
from loopwright.domain.intervals import LEVEL, Interval, katz_ratio, newcombe_difference
from loopwright.domain.metrics import finite

Worse = Literal["below", "above", "outside", "nowhere"]
_HIGHEST_LEVEL = 1 - 1e-12
_LOWEST_LEVEL = 1e-6
_BISECTIONS = 60
_MOST_ROWS_NEEDED = 1_000_000


@dataclass(frozen=True)
class Comparison:
    """One group against all others of its attribute, by one measure.

    `worse` says where the measure breaks the limit: below it, above it, outside of ±limit, or
    nowhere (the numbers are recorded and not graded). `rows` are the rows that the measure counts.
    """

    subject: str
    measure: str
    rows: int
    other_rows: int
    value: float | None
    interval_at: Callable[[float], Interval]
    limit: float
    worse: Worse

    def breaks(self, bounds: Interval) -> bool:
        """Tell whether the whole interval lies beyond the limit."""
        return {
            "below": bounds.high < self.limit,
            "above": bounds.low > self.limit,
            "outside": bounds.low > self.limit or bounds.high < -self.limit,
            "nowhere": False,
        }[self.worse]

    def keeps(self, bounds: Interval) -> bool:
        """Tell whether the whole interval keeps the limit."""
        return {
            "below": bounds.low >= self.limit,
            "above": bounds.high <= self.limit,
            "outside": -self.limit <= bounds.low and bounds.high <= self.limit,
            "nowhere": True,
        }[self.worse]


@dataclass(frozen=True)
class Rate:
    """Successes in trials of one group, and of all others of the attribute."""

    subject: str
    successes: int
    trials: int
    other_successes: int
    other_trials: int

    def ratio(self, measure: str, limit: float) -> Comparison:
        """Compare by the ratio of the rates (Katz); below the limit is worse."""
        own = (self.successes, self.trials, self.other_successes, self.other_trials)
        defined = self.trials > 0 and self.other_successes > 0
        return Comparison(
            subject=self.subject,
            measure=measure,
            rows=self.trials,
            other_rows=self.other_trials,
            value=_share(*own[:2]) / _share(*own[2:]) if defined else None,
            interval_at=lambda level: katz_ratio(*own, level),
            limit=limit,
            worse="below",
        )

    def difference(self, measure: str, limit: float, worse: Worse) -> Comparison:
        """Compare by the difference of the rates (Newcombe)."""
        own = (self.successes, self.trials, self.other_successes, self.other_trials)
        defined = self.trials > 0 and self.other_trials > 0
        return Comparison(
            subject=self.subject,
            measure=measure,
            rows=self.trials,
            other_rows=self.other_trials,
            value=_share(*own[:2]) - _share(*own[2:]) if defined else None,
            interval_at=lambda level: newcombe_difference(*own, level),
            limit=limit,
            worse=worse,
        )


def _share(successes: int, trials: int) -> float:
    return successes / trials


def rates(
    counts: Sequence[OutcomeCounts],
    successes: Callable[[OutcomeCounts], int],
    trials: Callable[[OutcomeCounts], int],
) -> tuple[Rate, ...]:
    """Return the rate of each group with that of all others of its attribute."""
    totals: dict[str, tuple[int, int]] = {}
    for one in counts:
        done, tried = totals.get(one.attribute, (0, 0))
        totals[one.attribute] = (done + successes(one), tried + trials(one))
    return tuple(
        Rate(
            subject=f"{one.attribute}={one.group}",
            successes=successes(one),
            trials=trials(one),
            other_successes=totals[one.attribute][0] - successes(one),
            other_trials=totals[one.attribute][1] - trials(one),
        )
        for one in counts
    )


def significance(comparison: Comparison) -> float:
    """Return the p-value that inverts the interval: the least 1 - level at which it breaks.

    In [0, 1]; 1 when no level does.
    """
    if not comparison.breaks(comparison.interval_at(_LOWEST_LEVEL)):
        return 1.0
    low, high = _LOWEST_LEVEL, _HIGHEST_LEVEL
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        breaks = comparison.breaks(comparison.interval_at(middle))
        low, high = (middle, high) if breaks else (low, middle)
    return 1 - low


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number: max over smaller ones of (m - rank) p, at most 1.

    Holm 1979, Scandinavian Journal of Statistics 6.
    """
    adjusted = [0.0] * len(p_values)
    running = 0.0
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    for rank, place in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = running
    return adjusted


def rows_needed(comparison: Comparison, bounds: Interval) -> int | None:
    """Estimate the rows of the group at which the interval would settle the question.

    The interval's arms shrink by the root of the rows while the value stays. None when the value
    lies on the limit, or more than a million rows would be needed.
    """
    value, limit = comparison.value, comparison.limit
    if value is None or not math.isfinite(bounds.high):
        return None
    up, down = bounds.high - value, value - bounds.low
    arms = {
        "below": [(up if value < limit else down, abs(value - limit))],
        "above": [(down if value > limit else up, abs(value - limit))],
        "outside": [(up, limit - value), (down, limit + value)]
        if abs(value) <= limit
        else [(down if value > 0 else up, abs(value) - limit)],
        "nowhere": [(1.0, 1.0)],
    }[comparison.worse]
    if any(room == 0 for _, room in arms):
        return None
    needed = math.ceil(comparison.rows * max(1.0, *((arm / room) ** 2 for arm, room in arms)))
    return needed if needed <= _MOST_ROWS_NEEDED else None


def grade(comparisons: Sequence[Comparison], *, min_rows: int) -> tuple[Finding, ...]:
    """Grade one family of comparisons.

    A violation: the whole interval breaks the limit, at a level that Holm's correction over the
    family allows. A pass: the whole 95 % interval keeps it. Else, and for groups of fewer than
    `min_rows` rows, inconclusive, with the rows that would settle it.
    """
    large = [one for one in comparisons if one.rows >= min_rows and one.other_rows > 0]
    adjusted = dict(zip(map(id, large), holm([significance(one) for one in large]), strict=True))
    return tuple(_finding(one, adjusted.get(id(one)), min_rows) for one in comparisons)


def _finding(comparison: Comparison, p_value: float | None, min_rows: int) -> Finding:
    bounds = comparison.interval_at(LEVEL)
    graded = _grade_of(comparison, bounds, p_value)
    return Finding(
        subject=comparison.subject,
        grade=graded,
        measure=comparison.measure,
        value=comparison.value,
        low=finite(bounds.low),
        high=finite(bounds.high),
        limit=None if comparison.worse == "nowhere" else comparison.limit,
        rows=comparison.rows,
        message=_message(comparison, bounds, graded, min_rows),
    )


def _grade_of(comparison: Comparison, bounds: Interval, p_value: float | None) -> Grade:
    if comparison.worse == "nowhere":
        return "none"
    if p_value is None:
        return "inconclusive"
    if p_value < 1 - LEVEL:
        return "violation"
    return "pass" if comparison.keeps(bounds) else "inconclusive"


def _message(comparison: Comparison, bounds: Interval, graded: Grade, min_rows: int) -> str:
    name = comparison.measure.replace("_", " ")
    value = "not defined" if comparison.value is None else f"{comparison.value:z.3f}"
    numbers = f"{comparison.subject}: {name} {value} ({bounds.low:z.3f} to {bounds.high:z.3f})"
    if graded == "none":
        return f"{numbers}, recorded"
    numbers += f", limit {_limit_text(comparison)}"
    if graded != "inconclusive":
        return f"{numbers}: {graded}"
    advice = _advice(comparison, bounds, min_rows)
    return f"{numbers}: inconclusive on {comparison.rows} rows; {advice}"


def _limit_text(comparison: Comparison) -> str:
    return ("±" if comparison.worse == "outside" else "") + f"{comparison.limit:.3g}"


def _advice(comparison: Comparison, bounds: Interval, min_rows: int) -> str:
    if comparison.other_rows == 0:
        return "there is no other group to compare it with"
    needed = rows_needed(comparison, bounds)
    if needed is None:
        return (
            f"at least {min_rows} are needed"
            if comparison.rows < min_rows
            else "it lies too close to the limit"
        )
    return f"about {_rounded_up(max(needed, min_rows)):,} would settle it"


def _rounded_up(rows: int) -> int:
    """Round an estimate up to two digits: it is no more exact than that."""
    unit = int(10 ** max(0, len(str(rows)) - 2))
    return -(-rows // unit) * unit
