"""What a model's answers are worth: one table of metrics, and the gain of one model on another."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from loopwright.domain.intervals import influence_interval
from loopwright.domain.kinds import Task
from loopwright.domain.metrics_decisions import calibration_error, cost, lift
from loopwright.domain.metrics_estimates import (
    Answers,
    Estimate,
    accuracy,
    balanced_accuracy,
    brier,
    f1,
    log_loss,
    macro_f1,
    mae,
    poisson_deviance,
    precision,
    r2,
    recall,
    rmse,
    roc_auc,
)
from loopwright.domain.metrics_quantiles import median_error, p90_error
from loopwright.domain.record import Record
from loopwright.domain.spec import ProjectSpec


@dataclass(frozen=True)
class Metric:
    """A metric: the tasks it fits, which direction is better, and how it is measured.

    `measure` gives None where the rows do not define the metric.
    """

    name: str
    tasks: tuple[Task, ...]
    higher_is_better: bool
    measure: Callable[[Answers], Estimate | None]


class MetricValue(Record):
    """A metric of one model with its interval; no value where the rows do not define it."""

    name: str
    higher_is_better: bool
    value: float | None = None
    low: float | None = None
    high: float | None = None
    method: str = "undefined on these rows"


class Gain(Record):
    """By how much one model is better than another on the same rows; above zero is better."""

    metric: str
    value: float
    low: float
    high: float
    method: str = "paired, normal by influence"


def default_metric(task: Task) -> str:
    """Return the metric that judges a task when the spec names none."""
    return {"binary": "roc_auc", "multiclass": "macro_f1", "regression": "r2"}[task]


def judging_metric(spec: ProjectSpec) -> str:
    """Return the metric that a project is judged by: the one that it names, else its task's."""
    return spec.promotion.metric or default_metric(spec.task)


def metrics_of(task: Task) -> tuple[Metric, ...]:
    """Return the metrics that fit a task, in the order of the table."""
    return tuple(metric for metric in METRICS.values() if task in metric.tasks)


def estimate(metric: str, answers: Answers) -> Estimate | None:
    """Measure one metric; None where the rows do not define it."""
    return METRICS[metric].measure(answers) if answers.rows else None


def measure_all(task: Task, answers: Answers) -> tuple[MetricValue, ...]:
    """Measure every metric that fits the task; the cost only where wrong answers have one."""
    fitting = (one for one in metrics_of(task) if one.name != "cost" or answers.costs is not None)
    return tuple(_value(metric, estimate(metric.name, answers)) for metric in fitting)


def gain(metric: str, answers: Answers, other: Answers) -> Gain | None:
    """Return by how much `answers` are better than `other` on the same rows.

    The interval is d ± z sqrt(Σ (ψᵢ-φᵢ)²) / n of the two influences; for AUC it is the paired
    interval of DeLong. None where the rows do not define the metric for both.
    """
    first, second = estimate(metric, answers), estimate(metric, other)
    if first is None or second is None:
        return None
    sign = 1 if METRICS[metric].higher_is_better else -1
    value = sign * (first.value - second.value)
    bounds = influence_interval(value, first.influence - second.influence)
    return Gain(metric=metric, value=value, low=bounds.low, high=bounds.high)


def all_gains(task: Task, answers: Answers, other: Answers) -> tuple[Gain, ...]:
    """Return the gain by every metric of the task that is defined for both."""
    found = (gain(metric.name, answers, other) for metric in metrics_of(task))
    return tuple(one for one in found if one is not None)


def finite(value: float) -> float | None:
    """Return the number, or None when it is infinite or not a number (JSON has neither)."""
    return float(value) if math.isfinite(value) else None


def _value(metric: Metric, found: Estimate | None) -> MetricValue:
    if found is None:
        return MetricValue(name=metric.name, higher_is_better=metric.higher_is_better)
    return MetricValue(
        name=metric.name,
        higher_is_better=metric.higher_is_better,
        value=found.value,
        low=finite(found.interval.low),
        high=finite(found.interval.high),
        method=found.interval.method,
    )


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("roc_auc", ("binary",), higher_is_better=True, measure=roc_auc),
        Metric("accuracy", ("binary", "multiclass"), higher_is_better=True, measure=accuracy),
        Metric(
            "balanced_accuracy",
            ("binary", "multiclass"),
            higher_is_better=True,
            measure=balanced_accuracy,
        ),
        Metric("macro_f1", ("multiclass",), higher_is_better=True, measure=macro_f1),
        Metric("f1", ("binary",), higher_is_better=True, measure=f1),
        Metric("precision", ("binary",), higher_is_better=True, measure=precision),
        Metric("recall", ("binary",), higher_is_better=True, measure=recall),
        Metric("log_loss", ("binary", "multiclass"), higher_is_better=False, measure=log_loss),
        Metric("brier", ("binary",), higher_is_better=False, measure=brier),
        Metric("calibration_error", ("binary",), higher_is_better=False, measure=calibration_error),
        Metric("lift", ("binary",), higher_is_better=True, measure=lift),
        Metric("cost", ("binary",), higher_is_better=False, measure=cost),
        Metric("r2", ("regression",), higher_is_better=True, measure=r2),
        Metric("rmse", ("regression",), higher_is_better=False, measure=rmse),
        Metric("mae", ("regression",), higher_is_better=False, measure=mae),
        Metric(
            "poisson_deviance", ("regression",), higher_is_better=False, measure=poisson_deviance
        ),
        Metric("median_error", ("regression",), higher_is_better=False, measure=median_error),
        Metric("p90_error", ("regression",), higher_is_better=False, measure=p90_error),
    )
}
