"""The document of the feasibility gate."""

from typing import Literal

from loopwright.domain.feasibility_sample import GroupRows
from loopwright.domain.feasibility_trial import Fold, LearnerName, Splitting
from loopwright.domain.gate import Finding, Reason, Verdict
from loopwright.domain.intervals import LEVEL
from loopwright.domain.learning_curve import Estimate, LearningCurve
from loopwright.domain.noise_ceiling import NoiseCeiling
from loopwright.domain.record import Record


class Score(Record):
    """A mean score over the folds, with its interval."""

    name: LearnerName
    score: float
    low: float
    high: float


class SingleFeature(Record):
    """The best column alone, and how much better all columns are (the gain, with its interval)."""

    column: str
    score: float
    gain: float
    low: float
    high: float


class Permuted(Record):
    """The learner of shuffled outcomes, and how much better that of the true ones is."""

    score: float
    gain: float
    low: float
    high: float


class FeasibilityReport(Record):
    """The document of the gate (`feasibility.json`).

    `gain` is the mean over the folds of how much better the learner was than the dummy, by
    `metric`; above zero is better whichever direction the metric has. `rows_needed` are labelled
    training rows in all, `more_rows` what to upload; None in them is more than can be foretold.
    """

    schema_version: Literal[2] = 2
    project: str
    spec: str
    dataset: str
    metric: str
    higher_is_better: bool
    answer: str = ""
    sampled_rows: int
    unlabelled_rows: int
    labelled_rows: int
    classes: dict[str, int]
    groups: tuple[GroupRows, ...] = ()
    events_per_feature: float
    splitting: Splitting | None = None
    folds: tuple[Fold, ...] = ()
    learner: LearnerName | None = None
    learners: tuple[Score, ...] = ()
    score: float | None = None
    dummy_score: float | None = None
    gain: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = LEVEL
    method: str = ""
    margin: float
    permuted: Permuted | None = None
    single_feature: SingleFeature | None = None
    curve: LearningCurve | None = None
    noise_ceiling: NoiseCeiling | None = None
    target_score: float | None = None
    rows_needed: Estimate | None = None
    more_rows: Estimate | None = None
    left_out: tuple[str, ...] = ()
    seconds: float
    cost_cents: float
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    reasons: tuple[Reason, ...]
