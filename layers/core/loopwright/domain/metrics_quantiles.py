"""Quantiles of the absolute errors of a regression: what half and 90 % of rows stay below."""

import math

import numpy as np

from loopwright.domain.intervals import LEVEL, Interval, normal_quantile
from loopwright.domain.metrics_estimates import Answers, Estimate


def median_error(answers: Answers) -> Estimate:
    """The median of |prediction - truth|, at least 0 (order statistics)."""
    return _quantile(np.abs(answers.errors), 0.5)


def p90_error(answers: Answers) -> Estimate:
    """What |prediction - truth| stays below in nine rows of ten, at least 0 (order statistics)."""
    return _quantile(np.abs(answers.errors), 0.9)


def _quantile(values: np.ndarray[tuple[int], np.dtype[np.float64]], share: float) -> Estimate:
    """Return a quantile, the order statistics around it as its ends, and its influence.

    The ends have the ranks n q ± z sqrt(n q (1 - q)) (David and Nagaraja 2003, ch. 7); the
    influence is (q - [value <= Q]) / f, with the density f that these ends give (Siddiqui 1960).
    """
    ordered, rows = np.sort(values), len(values)
    spread = normal_quantile((1 + LEVEL) / 2) * math.sqrt(rows * share * (1 - share))
    below = max(0, math.floor(rows * share - spread) - 1)
    above = min(rows - 1, math.ceil(rows * share + spread))
    value = float(np.quantile(ordered, share))
    low, high = float(ordered[below]), float(ordered[above])
    density = (above - below) / rows / (high - low) if high > low else math.inf
    influence = (share - (values <= value)) / density
    interval = Interval(min(low, value), max(high, value), "order statistics")
    return Estimate(value, interval, influence - influence.mean())
