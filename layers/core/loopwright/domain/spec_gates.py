"""The sections of a spec about its gates: rows, holdout, feasibility, costs, audit."""

from typing import Literal

from pydantic import Field

from loopwright.domain.record import Record
from loopwright.domain.spec_types import Share


class Rows(Record):
    """How many rows a dataset version must have, how new they are, and what shares may be bad.

    `max_age_days` is the age of the newest row by the time column when the data is registered.
    """

    min: int = Field(100, ge=1)
    max_unreadable_share: Share = 0.01
    max_age_days: int | None = Field(None, ge=0)
    min_class_share: Share = 0.0


class Holdout(Record):
    """How many entities are sealed away from training, and for how many models they may judge.

    Fewer than `min_rows` sealed rows with a known outcome judge nobody.

    The sealed rows of a version judge one model after another; each leaves them a little less
    unseen. Without `max_uses` they are counted and shown, and nothing is refused.
    """

    share: float = Field(0.2, gt=0, lt=0.9)
    min_rows: int = Field(30, ge=1)
    max_uses: int | None = Field(None, ge=1)


class Feasibility(Record):
    """What a simple learner must beat before a training job is paid for."""

    margin: float = Field(0.02, ge=0)
    target_score: float | None = None
    sample_rows: int = Field(10_000, ge=100, le=100_000)
    folds: int = Field(5, ge=3, le=10)
    repeats: int = Field(2, ge=1, le=10)
    min_class_rows: int = Field(30, ge=1)
    min_group_rows: int = Field(30, ge=1)
    min_events_per_feature: int = Field(10, ge=1)


class Costs(Record):
    """What a wrong answer of a binary model costs, in one unit; right answers cost nothing.

    A false positive answers the favourable class (else the last one) where it is not the truth.
    """

    false_positive: float = Field(gt=0)
    false_negative: float = Field(gt=0)

    @property
    def threshold(self) -> float:
        """Return the probability from which on the favourable class costs less, in (0, 1).

        c_fp / (c_fp + c_fn): Elkan 2001, IJCAI 17; right as far as the probabilities are.
        """
        return self.false_positive / (self.false_positive + self.false_negative)


class Audit(Record):
    """The limits of the disparity audits."""

    ratio_limit: float = Field(0.8, gt=0, le=1)
    min_group_rows: int = Field(30, ge=1)
    on_violation: Literal["report", "reject"] = "report"
