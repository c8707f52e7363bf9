"""The area under the ROC curve with DeLong's variance, alone and for two models in pairs."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.intervals import (
    LEVEL,
    Floats,
    Interval,
    influence_error,
    influence_interval,
    wilson,
)


@dataclass(frozen=True)
class AreaUnderCurve:
    """An AUC with DeLong's structural components as the influence of each row."""

    value: float
    influence: Floats

    @property
    def variance(self) -> float:
        """Return DeLong's variance, S10/m + S01/n."""
        return influence_error(self.influence) ** 2


def delong(scores: Floats, positive: NDArray[np.bool_]) -> AreaUnderCurve:
    """Return the AUC, P(score of a positive > of a negative) + half of ties, and its components.

    Needs a positive and a negative row. DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44,
    by the midranks of Sun and Xu 2014. The influence is scaled so that Σ ψᵢ²/n² is DeLong's
    variance, and Σ (ψᵢ-φᵢ)²/n² his variance of the difference of two paired AUCs.
    """
    positives, negatives = int(positive.sum()), int((~positive).sum())
    overall = _midranks(scores)
    above = np.empty(len(scores))
    above[positive] = (overall[positive] - _midranks(scores[positive])) / negatives
    above[~positive] = 1 - (overall[~positive] - _midranks(scores[~positive])) / positives
    value = float(above[positive].mean())
    influence = np.empty(len(scores))
    for rows, size in ((positive, positives), (~positive, negatives)):
        unbiased = math.sqrt(size / max(size - 1, 1))
        influence[rows] = (above[rows] - value) * unbiased * len(scores) / size
    return AreaUnderCurve(value, influence)


def auc_interval(area: AreaUnderCurve, smaller_class: int, level: float = LEVEL) -> Interval:
    """Return DeLong's interval of an AUC, value ± z sd, within [0, 1].

    Where the classes are separated completely the variance is zero; then Wilson's interval over
    the rows of the smaller class is taken, which is wider than nothing.
    """
    if area.value in {0.0, 1.0}:
        rate = wilson(round(area.value * smaller_class), smaller_class, level)
        return Interval(rate.low, rate.high, "wilson, classes separated")
    bounds = influence_interval(area.value, area.influence, level).clipped(0.0, 1.0)
    return Interval(bounds.low, bounds.high, "delong")


def _midranks(values: Floats) -> Floats:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray(((last - counts + 1 + last) / 2)[place], dtype=np.float64)
