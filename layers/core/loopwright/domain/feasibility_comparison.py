"""The better learner against a dummy, itself on shuffled outcomes, and the best single column."""

from dataclasses import dataclass

import numpy as np

from loopwright.domain.feasibility_trial import LearnerName, Trial
from loopwright.domain.intervals import Floats, corrected_resampled


@dataclass(frozen=True)
class Gain:
    """A mean gain over the folds with its interval (Nadeau and Bengio's corrected resampled t)."""

    value: float
    low: float
    high: float
    method: str
    folds: int


@dataclass(frozen=True)
class Rival:
    """Another way to answer on the same folds: its mean score, and the learner's gain over it.

    `luck` is its own gain over the dummy; of shuffled outcomes it is what luck alone gives.
    """

    score: float
    over: Gain
    luck: Gain
    column: str = ""


@dataclass(frozen=True)
class Comparison:
    """What the better learner gains over each rival."""

    score: float
    gain: Gain
    dummy_score: float
    permuted: Rival | None
    single: Rival | None


def compare(trial: Trial, name: LearnerName, sign: int) -> Comparison:
    """Measure the gains of the better learner, each fold against the same fold."""
    scores, dummy, share = trial.scores_of(name), np.array(trial.dummy), trial.test_share

    def rival(given: tuple[float, ...], column: str = "") -> Rival:
        their = np.array(given)
        folds = len(their)
        return Rival(
            score=float(their.mean()),
            over=_gain(sign * (scores[:folds] - their), share),
            luck=_gain(sign * (their - dummy[:folds]), share),
            column=column,
        )

    return Comparison(
        score=float(scores.mean()),
        gain=_gain(sign * (scores - dummy), share),
        dummy_score=float(dummy.mean()),
        permuted=rival(trial.permuted) if trial.permuted else None,
        single=rival(trial.single.scores, trial.single.column) if trial.single else None,
    )


def _gain(differences: Floats, test_share: float) -> Gain:
    bounds = corrected_resampled(differences, test_share)
    return Gain(
        value=float(differences.mean()),
        low=bounds.low,
        high=bounds.high,
        method=bounds.method,
        folds=len(differences),
    )
