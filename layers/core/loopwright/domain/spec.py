"""The spec: what a `project.yaml` says, as a validated value."""

from typing import Literal

from pydantic import Field

from loopwright.domain.kinds import CategoryValue, ColumnType, Task
from loopwright.domain.record import Record
from loopwright.domain.spec_gates import Audit, Costs, Feasibility, Holdout, Rows
from loopwright.domain.spec_models import Monitoring, Promotion, Retraining, Training
from loopwright.domain.spec_types import ColumnName, Direction, Share, Slug

Sensitivity = Literal["public", "internal", "confidential", "restricted"]
METRICS: dict[Task, tuple[str, ...]] = {
    "binary": ("roc_auc", "accuracy", "balanced_accuracy", "f1", "log_loss", "brier"),
    "multiclass": ("accuracy", "balanced_accuracy", "macro_f1", "log_loss"),
    "regression": ("r2", "mae", "rmse", "poisson_deviance"),
}


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
