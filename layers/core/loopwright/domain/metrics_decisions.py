"""How far the probabilities of a binary model can be relied on to act: calibration, lift, cost."""

import math

import numpy as np

from loopwright.domain.intervals import influence_interval
from loopwright.domain.metrics_estimates import Answers, Estimate, mean_over_rows

CALIBRATION_BINS = 10
TOP_SHARE = 0.1


def calibration_error(answers: Answers) -> Estimate:
    """The expected calibration error (Naeini et al. 2015, AAAI 29), in [0, 1].

    Rows are parted into tenths by probability; the sum over the tenths, of n_b rows each, of
    |mean probability - share of positives| * n_b / n. Noise
    alone makes it positive, so of two well calibrated models neither is better by it.
    """
    order = np.argsort(answers.scores, kind="stable")
    excess = answers.scores - answers.is_positive
    signed = np.empty(answers.rows)
    for part in np.array_split(order, CALIBRATION_BINS):
        signed[part] = excess[part] * np.sign(excess[part].sum())
    value = float(signed.mean())
    influence = signed - value
    return Estimate(value, influence_interval(value, influence).clipped(0.0, 1.0), influence)


def lift(answers: Answers) -> Estimate | None:
    """The share of positives in the tenth of highest probability over that of all, at least 0.

    By the delta method for the ratio of two means; undefined without a positive row.
    """
    positive = answers.is_positive.astype(np.float64)
    base = float(positive.mean())
    if not base:
        return None
    top = np.zeros(answers.rows)
    top[np.argsort(-answers.scores, kind="stable")[: math.ceil(TOP_SHARE * answers.rows)]] = 1.0
    rate = float((positive * top).sum() / top.sum())
    influence = (top * (positive - rate) / top.mean() - rate / base * (positive - base)) / base
    value = rate / base
    return Estimate(value, influence_interval(value, influence).clipped(0.0), influence)


def cost(answers: Answers) -> Estimate | None:
    """The mean cost of a row by the costs of the spec, at least 0 (Student's t)."""
    if answers.costs is None:
        return None
    wrong_yes = answers.is_selected & ~answers.is_positive
    wrong_no = ~answers.is_selected & answers.is_positive
    return mean_over_rows(answers.costs[0] * wrong_yes + answers.costs[1] * wrong_no)
