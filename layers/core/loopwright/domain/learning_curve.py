"""The learning curve: how a score grows with rows, by a power law, and how many rows a score needs.

Scores are turned so that more is better (`sign`); what is returned has the metric's own direction.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.intervals import LEVEL, Floats, corrected_resampled
from loopwright.domain.record import Record

POINTS = 5
SMALLEST_ROWS = 100
SPAN = 16
MOST_TIMES = 100
DRAWS = 400
MIN_FOLDS = 3
_EXPONENTS = np.linspace(0.2, 1.5, 66)
_SMALLEST_VARIANCE = 1e-18


class Estimate(Record):
    """A number with the ends of its interval; None is more than can be said."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


class CurvePoint(Record):
    """A score at a number of rows to learn from, with its interval."""

    rows: int
    score: float
    low: float
    high: float


class PowerLaw(Record):
    """score(n) = ceiling - sign · amplitude · n^-exponent; sign is 1 where more is better."""

    ceiling: float
    amplitude: float
    exponent: float


class LearningCurve(Record):
    """What was measured, the law through it, and where the law leads (`outlook`)."""

    points: tuple[CurvePoint, ...]
    law: PowerLaw
    ceiling: Estimate
    outlook: tuple[CurvePoint, ...]


def curve_sizes(rows: int) -> tuple[int, ...]:
    """Return five sizes in geometric steps up to `rows`, from a sixteenth of them, or from 100.

    Where that leaves too little to see a slope, they begin at half the rows.
    """
    smallest = min(max(SMALLEST_ROWS, rows / SPAN), rows / 2)
    steps = np.geomspace(smallest, rows, POINTS)
    return tuple(round(float(size)) for size in steps)


@dataclass(frozen=True)
class FittedCurve:
    """A power law through the measured scores, and through `DRAWS` redraws of them."""

    sizes: tuple[int, ...]
    sign: int
    points: tuple[CurvePoint, ...]
    law: "_Laws"
    draws: "_Laws"

    def at(self, rows: int) -> CurvePoint:
        """Return the score that the law gives at a number of rows, with its interval."""
        low, high = _middle(self.sign * self.draws.at(rows))
        return CurvePoint(
            rows=rows, score=self.sign * float(self.law.at(rows)[0]), low=low, high=high
        )

    @property
    def ceiling(self) -> Estimate:
        """Return the score that no number of rows goes beyond, with its interval."""
        low, high = _middle(self.sign * self.draws.ceiling)
        return Estimate(value=self.sign * float(self.law.ceiling[0]), low=low, high=high)

    def rows_for(self, score: float, *, most: float) -> Estimate:
        """Return how many rows the law needs for a score; None stands for more than `most`."""
        drawn = self.draws.rows_for(self.sign * score)
        low, high = np.quantile(drawn, _tails(), method="nearest").tolist()
        value = float(self.law.rows_for(self.sign * score)[0])
        if value <= most:
            low, high = min(low, value), max(high, value)
        ends = (rows if rows <= most else None for rows in (value, low, high))
        return Estimate(**dict(zip(("value", "low", "high"), ends, strict=True)))

    def report(self, *rows: int) -> LearningCurve:
        """Return the curve as a document, with an outlook at the last size and at these rows."""
        ahead = sorted({self.sizes[-1], *(size for size in rows if size > self.sizes[-1])})
        law = PowerLaw(
            ceiling=self.sign * float(self.law.ceiling[0]),
            amplitude=float(self.law.amplitude[0]),
            exponent=float(self.law.exponent[0]),
        )
        return LearningCurve(
            points=self.points,
            law=law,
            ceiling=self.ceiling,
            outlook=tuple(self.at(size) for size in ahead),
        )


def fit_curve(
    sizes: tuple[int, ...],
    scores: Floats,
    *,
    sign: int,
    best: float,
    test_share: float,
    seed: int,
) -> FittedCurve | None:
    """Fit s(n) = c - a n^-b to scores of (folds, sizes) by least squares weighted with n.

    b lies on a grid in [0.2, 1.5], a is at least 0 and c at most `best`. The uncertainty is a
    parametric bootstrap: `DRAWS` redraws of the five means from a normal law with the covariance
    of the folds, times (1/k + test/train) of Nadeau and Bengio 2003. None below two sizes or three
    folds.
    """
    folds, count = scores.shape
    if folds < MIN_FOLDS or count < 2:  # noqa: PLR2004 - a curve has two ends
        return None
    turned = sign * scores
    means = turned.mean(axis=0)
    law = _fit(sizes, means[None, :], sign * best)
    spread = math.sqrt((1 / folds + test_share) / (folds - 1)) * (turned - means)
    noise = np.random.default_rng(seed).normal(size=(DRAWS, folds)) @ spread
    fitted = np.array([float(law.at(size)[0]) for size in sizes])
    draws = _fit(sizes, fitted[None, :] + noise, sign * best)
    points = tuple(
        _point(size, scores[:, place], test_share, (sign, best)) for place, size in enumerate(sizes)
    )
    return FittedCurve(sizes=sizes, sign=sign, points=points, law=law, draws=draws)


@dataclass(frozen=True)
class _Laws:
    """Power laws, one entry each: c - a n^-b of turned scores, n in rows."""

    ceiling: Floats
    amplitude: Floats
    exponent: Floats

    def at(self, rows: float) -> Floats:
        """Return the turned score of every law at a number of rows."""
        return np.asarray(self.ceiling - self.amplitude * rows**-self.exponent)

    def rows_for(self, score: float) -> Floats:
        """Return the rows at which each law reaches a turned score; infinity where it does not."""
        gap = self.ceiling - score
        rows = np.full(len(gap), math.inf)
        open_ = gap > 0
        logs = np.log(np.maximum(self.amplitude[open_], math.ulp(0.0))) - np.log(gap[open_])
        rows[open_] = np.exp(np.minimum(logs / self.exponent[open_], 700.0))
        return rows


def _fit(sizes: tuple[int, ...], means: Floats, best: float) -> _Laws:
    """Fit one law to each row of means, by the exponent of the grid with the least squares."""
    largest = sizes[-1]
    shares = np.array(sizes) / largest
    weights = shares / shares.sum()
    slopes = shares[None, :] ** -_EXPONENTS[:, None]
    ceiling, amplitude = _lines(slopes, means, weights, best)
    fitted = ceiling[:, :, None] - amplitude[:, :, None] * slopes[None, :, :]
    loss = ((means[:, None, :] - fitted) ** 2) @ weights
    chosen = loss.argmin(axis=1)
    each = np.arange(len(means))
    exponent = _EXPONENTS[chosen]
    scaled = amplitude[each, chosen] * float(largest) ** exponent
    return _Laws(ceiling=ceiling[each, chosen], amplitude=scaled, exponent=exponent)


def _lines(
    slopes: Floats, means: Floats, weights: Floats, best: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return c and a of s = c - a x for every (row, exponent), kept within a >= 0 and c <= best."""
    centre = slopes @ weights
    variance = np.maximum((slopes - centre[:, None]) ** 2 @ weights, _SMALLEST_VARIANCE)
    level = means @ weights
    around = (slopes - centre[:, None]) * weights
    amplitude = np.maximum(-(means @ around.T) / variance, 0.0)
    ceiling = level[:, None] + amplitude * centre[None, :]
    through_best = ((best - means) * weights) @ slopes.T / ((slopes**2) @ weights)
    beyond = ceiling > best
    return (
        np.where(beyond, best, ceiling),
        np.where(beyond, np.maximum(through_best, 0.0), amplitude),
    )


def _point(rows: int, scores: Floats, test_share: float, most: tuple[int, float]) -> CurvePoint:
    """Return the mean score with its interval, which is cut at the best score there is."""
    bounds, (sign, best) = corrected_resampled(scores, test_share), most
    return CurvePoint(
        rows=rows,
        score=float(scores.mean()),
        low=bounds.low if sign > 0 else max(bounds.low, best),
        high=min(bounds.high, best) if sign > 0 else bounds.high,
    )


def _middle(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, _tails())
    return float(low), float(high)


def _tails() -> tuple[float, float]:
    return (1 - LEVEL) / 2, (1 + LEVEL) / 2
