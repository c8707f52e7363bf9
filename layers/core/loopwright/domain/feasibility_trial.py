"""What the learner of the feasibility gate is asked, and what it found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.intervals import Floats
from loopwright.domain.kinds import Task
from loopwright.domain.metrics import METRICS
from loopwright.domain.record import Record

LearnerName = Literal["gradient_boosting", "linear"]
SplitKind = Literal["shuffled", "entity", "time", "entity_and_time"]


@dataclass(frozen=True)
class SampledRows:
    """Rows with a known outcome, as columns; what the model sees, and what parts the rows."""

    features: Mapping[str, NDArray[Any]]
    target: NDArray[Any]
    entity: NDArray[Any] | None = None
    time: NDArray[Any] | None = None


@dataclass(frozen=True)
class Question:
    """How rows are tried: the metric, the folds, and the seconds that may be spent.

    `positive` is the favourable class of a binary target; None takes the last in order.
    """

    task: Task
    metric: str
    folds: int
    repeats: int
    seed: int
    seconds: float
    positive: Any = None

    @property
    def sign(self) -> int:
        """Return 1 where more of the metric is better, else -1."""
        return 1 if METRICS[self.metric].higher_is_better else -1


class Splitting(Record):
    """How rows were parted into those learned from and those tested on, and why."""

    kind: SplitKind
    note: str = ""


class Fold(Record):
    """One fold of a cross-validation: the learner's score and the dummy's on the same rows."""

    train_rows: int
    test_rows: int
    score: float
    dummy_score: float


class LearnerScores(Record):
    """The scores of one learner on the same folds, in order."""

    name: LearnerName
    scores: tuple[float, ...]


class FeatureScores(Record):
    """The scores of a learner that sees one column, on the folds of the first repeat."""

    column: str
    scores: tuple[float, ...]


class CurveScores(Record):
    """The scores of a learner by (fold of the first repeat, size); sizes in rows, growing."""

    sizes: tuple[int, ...]
    scores: tuple[tuple[float, ...], ...]


class Trial(Record):
    """What a learner found.

    `first` is how many folds are of the first repeat: the control, the single feature and the
    curve are of those. `left_out` names what there was no time for.
    """

    splitting: Splitting
    learners: tuple[LearnerScores, ...]
    train_rows: tuple[int, ...]
    test_rows: tuple[int, ...]
    dummy: tuple[float, ...]
    first: int
    permuted: tuple[float, ...] = ()
    single: FeatureScores | None = None
    curve: CurveScores | None = None
    left_out: tuple[str, ...] = ()

    @property
    def test_share(self) -> float:
        """Return the mean of test rows / training rows over the folds."""
        shares = [test / train for test, train in zip(self.test_rows, self.train_rows, strict=True)]
        return float(np.mean(shares))

    def scores_of(self, name: LearnerName) -> Floats:
        """Return the scores of one learner."""
        return np.array(next(one.scores for one in self.learners if one.name == name))


def better_learner(learners: tuple[LearnerScores, ...], sign: int) -> LearnerName:
    """Return the learner with the better mean score; of equals the first."""
    return max(learners, key=lambda one: sign * float(np.mean(one.scores))).name
