"""The spec: what a `project.yaml` says, as a validated value."""

from typing import Annotated, Literal

from pydantic import Field

from loopwright.domain.kinds import CategoryValue, ColumnType, EstimatorName, Task
from loopwright.domain.record import Record

PromotionRule = Literal["estimate", "interval", "sequential"]
GroupMeasure = Literal["accuracy", "true_positive_rate"]
Direction = Literal["increasing", "decreasing"]
Sensitivity = Literal["public", "internal", "confidential", "restricted"]
METRICS: dict[Task, tuple[str, ...]] = {
    "binary": ("roc_auc", "accuracy", "balanced_accuracy", "f1", "log_loss", "brier"),
    "multiclass": ("accuracy", "balanced_accuracy", "macro_f1", "log_loss"),
    "regression": ("r2", "mae", "rmse", "poisson_deviance"),
}
Share = Annotated[float, Field(ge=0, le=1)]
ColumnName = Annotated[str, Field(min_length=1, max_length=128)]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")]


class Column(Record):
    """What one column must hold.

    `earliest` and `latest` are ISO 8601 texts for timestamps, `format` is how their texts are
    written in uploads, by the directives of strptime; `pattern` must match the whole text
    (RE2). `references` names a column in which each value occurs. `monotonic` holds in the order of
    the time column, within an entity when there is one. `effect` binds the models of trees: with
    more of this feature the favourable outcome (or the number) may only get likelier (larger), or
    only the opposite. A column that is no `feature` is context:
    stored, and never given to a model.
    """

    type: ColumnType
    min: float | None = None
    max: float | None = None
    earliest: str | None = None
    latest: str | None = None
    format: str | None = Field(None, min_length=2, max_length=100)
    values: tuple[CategoryValue, ...] | None = Field(None, min_length=1)
    pattern: str | None = None
    unique: bool = False
    monotonic: Direction | None = None
    references: ColumnName | None = None
    effect: Direction | None = None
    feature: bool = True
    max_missing_share: Share = 0.0
    description: str = ""


class RowRule(Record):
    """A condition that rows must meet: an SQL expression, for the rows where `when` is true."""

    name: Slug
    expect: str = Field(min_length=1, max_length=2_000)
    when: str | None = Field(None, min_length=1, max_length=2_000)
    max_share: Share = 0.0


class Dialect(Record):
    """How text files are written; what is left out is sniffed and recorded."""

    delimiter: str | None = Field(None, min_length=1, max_length=1)
    quote: str | None = Field(None, min_length=1, max_length=1)
    encoding: Literal["utf-8", "utf-16", "latin-1", "windows-1252"] | None = None
    decimal: Literal[".", ","] | None = None
    missing: tuple[str, ...] = ()


class NoProtected(Record):
    """Says that no protected attribute is held, and why."""

    none: str = Field(min_length=10)


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


class ProjectSpec(Record):
    """One prediction problem. The target, key, time and protected columns are never features."""

    schema_version: Literal[1] = 1
    project: Slug
    question: str = Field(min_length=5)
    owner: str = Field(min_length=3)
    intended_use: str = Field(min_length=10)
    affected_people: str = Field(min_length=5)
    task: Task
    target: ColumnName
    favourable: CategoryValue | None = None
    description: str = ""
    sensitivity: Sensitivity = "internal"
    tags: tuple[Slug, ...] = ()
    key: ColumnName | None = None
    entity: ColumnName | None = None
    time: ColumnName | None = None
    protected: tuple[ColumnName, ...] | NoProtected
    columns: dict[ColumnName, Column] = Field(min_length=2)
    rules: tuple[RowRule, ...] = ()
    accepted: dict[str, str] = Field(default_factory=dict)
    dialect: Dialect = Dialect()
    rows: Rows = Rows()
    holdout: Holdout = Holdout()
    feasibility: Feasibility = Feasibility()
    costs: Costs | None = None
    audit: Audit = Audit()
    training: Training = Training()
    promotion: Promotion = Promotion()
    monitoring: Monitoring = Monitoring()
    retraining: Retraining = Retraining()

    @property
    def protected_columns(self) -> tuple[str, ...]:
        """Return the protected columns, empty when the spec says `none`."""
        return () if isinstance(self.protected, NoProtected) else self.protected

    @property
    def threshold(self) -> float:
        """Return the probability from which on a binary model answers the favourable class."""
        return 0.5 if self.costs is None else self.costs.threshold

    @property
    def context_columns(self) -> tuple[str, ...]:
        """Return key, entity, time, protected and other columns that the model never sees."""
        others = (name for name, column in self.columns.items() if not column.feature)
        named = (
            self.key,
            self.entity,
            self.time,
            *self.protected_columns,
            *(name for name in others if name != self.target),
        )
        return tuple(dict.fromkeys(name for name in named if name is not None))

    @property
    def sealed_by(self) -> str | None:
        """Return the column whose value decides whether a row is sealed; None: the whole row."""
        return self.entity or self.key

    @property
    def features(self) -> dict[str, Column]:
        """Return the columns that the model sees, in the order of the spec."""
        hidden = {self.target, *self.context_columns}
        return {name: column for name, column in self.columns.items() if name not in hidden}

    @property
    def undeclared(self) -> tuple[tuple[str, str], ...]:
        """Return each role whose column is not declared (target, key, ...), with that column."""
        named = [
            ("target", self.target),
            ("key", self.key),
            ("entity", self.entity),
            ("time", self.time),
        ]
        named += [("protected", name) for name in self.protected_columns]
        named += [("training.weight", self.training.weight)]
        groups = self.training.interactions or ()
        named += [("training.interactions", name) for group in groups for name in group]
        return tuple(
            (role, name) for role, name in named if name is not None and name not in self.columns
        )
