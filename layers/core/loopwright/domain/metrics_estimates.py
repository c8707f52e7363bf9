"""The estimators behind the metrics: value, interval, and the influence of each row.

The influence (Huber 1981, Robust Statistics) gives the interval of a metric and, by subtraction,
of the difference between two models on the same rows.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.intervals import (
    Floats,
    Interval,
    influence_interval,
    rmse_interval,
    values_interval,
    wilson,
)
from loopwright.domain.intervals_auc import auc_interval, delong

_SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Answers:
    """The truth of each row and what a model answered.

    Classes are positions in one list of classes; `positive` is the position of the favourable
    class, None when there is none. `costs` are those of a false positive and a false negative.
    In a regression truth and predicted are numbers and nothing else is set.
    """

    truth: NDArray[np.float64] | NDArray[np.int64]
    predicted: NDArray[np.float64] | NDArray[np.int64]
    probabilities: Floats | None = None
    positive: int | None = None
    costs: tuple[float, float] | None = None

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return len(self.truth)

    @property
    def is_positive(self) -> NDArray[np.bool_]:
        """Tell for each row whether the favourable class is the truth."""
        return np.asarray(self.truth == self.positive)

    @property
    def is_selected(self) -> NDArray[np.bool_]:
        """Tell for each row whether the favourable class was answered."""
        return np.asarray(self.predicted == self.positive)

    @property
    def is_correct(self) -> NDArray[np.bool_]:
        """Tell for each row whether the answer is the truth."""
        return np.asarray(self.predicted == self.truth)

    @property
    def scores(self) -> Floats:
        """Return each row's probability of the favourable class (binary and multiclass)."""
        return np.asarray(cast("Floats", self.probabilities)[:, cast("int", self.positive)])

    @property
    def errors(self) -> Floats:
        """Return prediction minus truth (regression)."""
        return np.asarray(self.predicted - self.truth, dtype=np.float64)

    def at(self, rows: NDArray[np.bool_]) -> "Answers":
        """Return the answers of some rows."""
        probabilities = None if self.probabilities is None else self.probabilities[rows]
        return replace(
            self,
            truth=self.truth[rows],
            predicted=self.predicted[rows],
            probabilities=probabilities,
        )


@dataclass(frozen=True)
class Estimate:
    """A metric's value, its interval, and the influence of each row on it."""

    value: float
    interval: Interval
    influence: Floats


def roc_auc(answers: Answers) -> Estimate | None:
    """AUC, in [0, 1]: the chance that a positive row outscores a negative one (DeLong)."""
    positives = int(answers.is_positive.sum())
    smaller = min(positives, answers.rows - positives)
    if smaller == 0:
        return None
    area = delong(answers.scores, answers.is_positive)
    return Estimate(area.value, auc_interval(area, smaller), area.influence)


def accuracy(answers: Answers) -> Estimate:
    """The share of rows answered correctly, in [0, 1] (Wilson)."""
    return _rate(answers.is_correct, np.ones(answers.rows, dtype=bool))


def precision(answers: Answers) -> Estimate | None:
    """True positives / selected, in [0, 1] (Wilson); undefined when nothing was selected."""
    if not answers.is_selected.any():
        return None
    return _rate(answers.is_positive, answers.is_selected)


def recall(answers: Answers) -> Estimate | None:
    """True positives / positives, in [0, 1] (Wilson); undefined without positives."""
    if not answers.is_positive.any():
        return None
    return _rate(answers.is_selected, answers.is_positive)


def _rate(successes: NDArray[np.bool_], among: NDArray[np.bool_]) -> Estimate:
    trials, count = int(among.sum()), int((successes & among).sum())
    outcome, counted = successes.astype(np.float64), among.astype(np.float64)
    influence = (outcome - count / trials) * counted * (len(among) / trials)
    return Estimate(count / trials, wilson(count, trials), influence)


def balanced_accuracy(answers: Answers) -> Estimate:
    """The mean over the classes that occur of the share answered correctly, in [0, 1]."""
    classes = np.unique(answers.truth)
    recalls = [_rate(answers.is_correct, answers.truth == one) for one in classes]
    return mean_of(recalls)


def f1(answers: Answers) -> Estimate | None:
    """2 TP / (positives + selected), in [0, 1]; undefined when both are zero."""
    if not (answers.is_positive | answers.is_selected).any():
        return None
    return _f1_of(answers, cast("int", answers.positive))


def macro_f1(answers: Answers) -> Estimate:
    """The mean of F1 over the classes that occur or are answered, in [0, 1]."""
    classes = np.union1d(answers.truth, answers.predicted)
    return mean_of([_f1_of(answers, int(one)) for one in classes])


def _f1_of(answers: Answers, position: int) -> Estimate:
    """F1 of one class; the influence is its gradient over the confusion matrix."""
    true, chosen = answers.truth == position, answers.predicted == position
    total = int(true.sum() + chosen.sum())
    both = true & chosen
    value = 2 * float(both.sum()) / total
    share_of_each = 2.0 * both - value * (true.astype(np.float64) + chosen)
    influence = share_of_each * (answers.rows / total)
    bounds = influence_interval(value, influence).clipped(0.0, 1.0)
    return Estimate(value, bounds, influence)


def mean_of(parts: Sequence[Estimate]) -> Estimate:
    """Return the mean of several estimates of the same rows, each in [0, 1]."""
    value = sum(part.value for part in parts) / len(parts)
    influence: Floats = np.sum([part.influence for part in parts], axis=0) / len(parts)
    return Estimate(value, influence_interval(value, influence).clipped(0.0, 1.0), influence)


def log_loss(answers: Answers) -> Estimate:
    """The mean of -log(probability of the truth), at least 0 (Student's t)."""
    probabilities = cast("Floats", answers.probabilities)
    chosen = probabilities[np.arange(answers.rows), answers.truth.astype(np.int64)]
    losses = -np.log(np.clip(chosen, _SMALLEST_PROBABILITY, 1 - _SMALLEST_PROBABILITY))
    return mean_over_rows(losses)


def brier(answers: Answers) -> Estimate:
    """The mean of (probability of the favourable class - outcome)², in [0, 1] (Student's t)."""
    return mean_over_rows((answers.scores - answers.is_positive) ** 2)


def mae(answers: Answers) -> Estimate:
    """The mean absolute error, at least 0 (Student's t)."""
    return mean_over_rows(np.abs(answers.errors))


def poisson_deviance(answers: Answers) -> Estimate | None:
    """The mean of 2 (y ln(y / μ) - y + μ), at least 0 (Student's t; McCullagh and Nelder 1989).

    Undefined where a truth y is negative or an answer μ is not above zero.
    """
    truth, mean = (np.asarray(one, dtype=np.float64) for one in (answers.truth, answers.predicted))
    if (truth < 0).any() or (mean <= 0).any():
        return None
    ratio = np.divide(truth, mean, out=np.ones_like(mean), where=truth > 0)
    return mean_over_rows(np.maximum(2 * (truth * np.log(ratio) - truth + mean), 0.0))


def mean_over_rows(values: Floats) -> Estimate:
    """Return the mean of a non-negative number of each row (Student's t)."""
    mean = float(values.mean())
    return Estimate(mean, values_interval(values).clipped(0.0), values - mean)


def rmse(answers: Answers) -> Estimate:
    """The root of the mean squared error, at least 0 (root of Student's t)."""
    squares = answers.errors**2
    value = math.sqrt(float(squares.mean()))
    influence = (squares - value**2) / (2 * value) if value else np.zeros(answers.rows)
    return Estimate(value, rmse_interval(answers.errors), influence)


def r2(answers: Answers) -> Estimate | None:
    """1 - Σ errors² / Σ (truth - mean)², at most 1; undefined when the truth is constant."""
    spread = (answers.truth - answers.truth.mean()) ** 2
    if not spread.any():
        return None
    squares = answers.errors**2
    value = 1 - float(squares.sum() / spread.sum())
    influence = -(squares - (1 - value) * spread) / spread.mean()
    bounds = influence_interval(value, influence).clipped(high=1.0)
    return Estimate(value, bounds, influence)
