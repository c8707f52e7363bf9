"""How far the probabilities of a binary model can be relied on to act: calibration, lift, cost."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.intervals import Floats, influence_interval
from loopwright.domain.metrics_estimates import Answers, Estimate, mean_over_rows

CALIBRATION_BINS = 10
TOP_SHARE = 0.1


def calibration_error(answers: Answers) -> Estimate:
    """The expected calibration error (Naeini et al. 2015, AAAI 29), in [0, 1].

    Rows are parted into tenths by probability; the sum over the tenths, of n_b rows each, of
    |mean probability - share of positives| * n_b / n. Noise alone makes it positive, so of two well
    calibrated models neither is better by it. The interval is normal by influence; its low end is
    lower by what noise adds where no tenth is off, the sum of n_b / n * s_b sqrt(2 / π), with s_b
    the standard error of the gap of a tenth.
    """
    excess = answers.scores - answers.is_positive
    bins = _tenths(answers.scores)
    signed = excess * np.sign(np.bincount(bins, excess, CALIBRATION_BINS))[bins]
    value = float(signed.mean())
    influence = signed - value
    found = influence_interval(value, influence)
    widened = replace(found, low=found.low - _noise_of_gaps(excess, bins))
    return Estimate(value, widened.clipped(0.0, 1.0), influence)


def _noise_of_gaps(excess: Floats, bins: NDArray[np.int64]) -> float:
    """Return the mean of the calibration error of a model without any, by the noise of its gaps."""
    rows = np.bincount(bins, minlength=CALIBRATION_BINS)
    filled = np.maximum(rows, 1)
    gaps = np.bincount(bins, excess, CALIBRATION_BINS) / filled
    spread = np.bincount(bins, (excess - gaps[bins]) ** 2, CALIBRATION_BINS) / filled
    errors = np.sqrt(spread / filled)
    return float((rows * errors).sum() / len(excess) * math.sqrt(2 / math.pi))


def _tenths(scores: Floats) -> NDArray[np.int64]:
    """Return the tenth of the rows that each row is in by its score; equal scores stay together."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    first = np.cumsum(counts) - counts
    return np.asarray((first * CALIBRATION_BINS // len(scores))[place], dtype=np.int64)


def lift(answers: Answers) -> Estimate | None:
    """The share of positives in the tenth of highest probability over that of all, at least 0.

    Rows of equal probability at its border count in part. By the delta
    method for the ratio of two means; undefined without a positive row.
    """
    positive = answers.is_positive.astype(np.float64)
    base = float(positive.mean())
    if not base:
        return None
    top = _top(answers.scores)
    rate = float((positive * top).sum() / top.sum())
    influence = (top * (positive - rate) / top.mean() - rate / base * (positive - base)) / base
    value = rate / base
    return Estimate(value, influence_interval(value, influence).clipped(0.0), influence)


def _top(scores: Floats) -> Floats:
    """Return the weight of each row in the tenth of the highest scores, in [0, 1]."""
    size = math.ceil(TOP_SHARE * len(scores))
    border = np.partition(scores, len(scores) - size)[len(scores) - size]
    above, equal = scores > border, scores == border
    return np.asarray(above + equal * ((size - above.sum()) / equal.sum()))


def cost(answers: Answers) -> Estimate | None:
    """The mean cost of a row by the costs of the spec, at least 0 (Student's t)."""
    if answers.costs is None:
        return None
    wrong_yes = answers.is_selected & ~answers.is_positive
    wrong_no = ~answers.is_selected & answers.is_positive
    return mean_over_rows(answers.costs[0] * wrong_yes + answers.costs[1] * wrong_no)
