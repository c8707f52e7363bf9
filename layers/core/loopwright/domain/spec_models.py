"""The sections of a spec about its models: training, promotion, monitoring, retraining."""

from typing import Literal

from pydantic import Field

from loopwright.domain.kinds import EstimatorName
from loopwright.domain.record import Record
from loopwright.domain.spec_types import ColumnName

PromotionRule = Literal["estimate", "interval", "sequential"]
GroupMeasure = Literal["accuracy", "true_positive_rate"]


class Search(Record):
    """How many settings of each design of trees are tried, the usual ones included.

    With `parallel` above 1 the trials are jobs of their own, `trials` of all designs together.
    """

    trials: int = Field(ge=2, le=200)
    parallel: int = Field(1, ge=1, le=10)


class Training(Record):
    """How the training job runs. Without a script the built-in trainer fits `estimators`.

    `other_instance_types` are taken, in their order, where the first one has no capacity. With
    `spot` the job runs on spare capacity: cheaper, and it may be interrupted and resumed until
    `max_wait_minutes` have gone by. Several `instances` fit one model of XGBoost, each on its
    share of the parts.

    `interactions` are groups of features that may act together; the others act each on its own.
    Without them all may. `loss` fits a regression; `poisson` is for counts. `weight` is a column
    that says how much a row counts in fitting, 1 where it is missing.
    """

    script: str | None = None
    estimators: tuple[EstimatorName, ...] = Field(("linear model", "boosted trees"), min_length=1)
    interactions: tuple[tuple[ColumnName, ...], ...] | None = None
    loss: Literal["squared_error", "poisson"] = "squared_error"
    weight: ColumnName | None = None
    class_weights: Literal["none", "balanced"] = "none"
    search: Search | None = None
    image: str | None = None
    instance_type: str = "ml.m5.large"
    instances: int = Field(1, ge=1, le=20)
    other_instance_types: tuple[str, ...] = Field((), max_length=4)
    spot: bool = False
    max_wait_minutes: int | None = Field(None, ge=1, le=2880)
    max_runtime_minutes: int = Field(60, ge=1, le=1440)
    volume_gib: int = Field(30, ge=1, le=1024)


class Promotion(Record):
    """When a candidate may become champion.

    `rule` says what of the gain must clear `min_gain`: its value, the low end of its interval, or
    a low end that grows stricter with each model that is compared with the same champion.
    `segments` are columns whose groups, beside the protected ones, must not lose.
    `error_probability` is the chance that a candidate no better than `min_gain` passes: once for
    `interval`, ever for `sequential`.
    """

    metric: str | None = None
    min_gain: float = 0.0
    rule: PromotionRule = "estimate"
    error_probability: float = Field(0.025, gt=0, lt=0.5)
    max_group_loss: float = Field(0.05, ge=0)
    group_measures: tuple[GroupMeasure, ...] = Field(
        ("accuracy", "true_positive_rate"), min_length=1
    )
    segments: tuple[ColumnName, ...] = Field((), max_length=20)
    approval: bool = False
    approval_timeout_hours: int = Field(72, ge=1, le=720)


class Monitoring(Record):
    """How live traffic is compared with the champion's reference."""

    window_rows: int = Field(2_000, ge=100)
    window_max_age_hours: int = Field(24, ge=1)
    material_psi: float = Field(0.1, gt=0)
    false_discovery_rate: float = Field(0.01, gt=0, lt=0.5)


class Retraining(Record):
    """What the governor asks for before a drift alarm becomes a run, and what it retrains on.

    A retraining set is the champion's data, at most `max_history_rows` of it, and the labelled
    receipts, none labelled more than `max_label_age_days` ago. Without a limit all are taken.
    """

    cooldown_hours: int = Field(24, ge=0)
    min_labelled_rows: int = Field(1_000, ge=1)
    max_label_age_days: int | None = Field(None, ge=1)
    max_history_rows: int | None = Field(None, ge=1)
