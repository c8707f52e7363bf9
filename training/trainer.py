"""The built-in trainer: fits designs of growing size and takes the simplest that is good enough."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from loopwright.domain.metrics import METRICS, Gain, default_metric, gain
from loopwright.domain.metrics_estimates import Answers
from loopwright.domain.package import Tried
from loopwright.domain.record import Record
from loopwright.domain.spec import EstimatorName, ProjectSpec
from training.answers import answer, answers_of, classes_of, measure
from training.candidates import CANDIDATES, calibrated, usable
from training.errors import JobInputError

CALIBRATED: tuple[EstimatorName, ...] = ("linear model", "boosted trees")


@dataclass(frozen=True)
class Choice:
    """The estimator that was taken, and everything that was tried."""

    name: EstimatorName
    estimator: Any
    tried: tuple[Tried, ...]
    is_calibrated: bool = False


class Checkpoint(Record):
    """What a job took before it was interrupted: a decision, and no fitted model to trust."""

    name: EstimatorName
    tried: tuple[Tried, ...]
    is_calibrated: bool = False


@dataclass(frozen=True)
class _Fitted:
    """A design, fitted, and what it answers to the validation rows."""

    name: EstimatorName
    estimator: Any
    value: float
    answers: Answers


def choose(fitting: Any, validation: Any, spec: ProjectSpec, say: Callable[[str], None]) -> Choice:
    """Fit every design of the spec on the fitting rows; take one by the validation rows.

    The best by the metric is compared with each: paired, on the same rows. Taken is the simplest
    that the best is not certainly better than (the 95 % interval of its gain holds zero).
    """
    metric = spec.promotion.metric or default_metric(spec.task)
    names = usable(spec)
    if not names:
        raise JobInputError("training.estimators: none can keep to the effects that columns have")
    fitted = [_try(name, fitting, validation, spec, say) for name in names]
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    best = max(fitted, key=lambda one: -np.inf if np.isnan(one.value) else sign * one.value)
    behind = {one.name: gain(metric, best.answers, one.answers) for one in fitted}
    taken = next(one for one in fitted if one is best or _is_near(behind[one.name]))
    say(f"best: {best.name}; taken: {taken.name}, the simplest within the noise")
    tried = tuple(_tried(one, metric, behind[one.name]) for one in fitted)
    better = _calibrated(taken, fitting, validation, spec, say)
    return Choice(taken.name, better or taken.estimator, tried, is_calibrated=better is not None)


def resumed(
    checkpoint: Checkpoint, fitting: Any, spec: ProjectSpec, say: Callable[[str], None]
) -> Choice:
    """Fit what an interrupted job had already taken, and nothing else."""
    say(f"resumed: {checkpoint.name} had been taken before the interruption")
    estimator = fit(checkpoint.name, fitting, spec, is_calibrated=checkpoint.is_calibrated)
    return Choice(checkpoint.name, estimator, checkpoint.tried, checkpoint.is_calibrated)


def fit(name: EstimatorName, rows: Any, spec: ProjectSpec, *, is_calibrated: bool = False) -> Any:
    """Fit one design by its name, and calibrate it when told to."""
    features = rows[list(spec.features)]
    design = CANDIDATES[name](features, spec)
    if is_calibrated:
        return calibrated(design, features, targets(rows, spec))
    return design.fit(features, targets(rows, spec))


def targets(rows: Any, spec: ProjectSpec) -> Any:
    """Return the target as an array that scikit-learn takes."""
    column = rows[spec.target]
    if spec.task == "regression":
        return column.to_numpy(dtype=np.float64)
    return np.array(column.astype(object).tolist())


def _try(
    name: EstimatorName,
    fitting: Any,
    validation: Any,
    spec: ProjectSpec,
    say: Callable[[str], None],
) -> _Fitted:
    metric = spec.promotion.metric or default_metric(spec.task)
    started = time.monotonic()
    estimator = fit(name, fitting, spec)
    found = answer(estimator, validation[list(spec.features)])
    truth, classes = targets(validation, spec).tolist(), classes_of(estimator)
    value = measure(spec, classes, truth, found).get(metric, np.nan)
    say(f"tried {name}: {metric} {value:.4f}, in {time.monotonic() - started:.1f} s")
    return _Fitted(name, estimator, float(value), answers_of(spec, classes, truth, found))


def _calibrated(
    taken: _Fitted, fitting: Any, validation: Any, spec: ProjectSpec, say: Callable[[str], None]
) -> Any | None:
    """Return the design calibrated, where that certainly makes its log loss smaller.

    Only where probabilities are acted on: with costs, or judged by log loss or Brier score.
    """
    acted_on = spec.costs is not None or spec.promotion.metric in ("log_loss", "brier")
    if spec.task != "binary" or not acted_on or taken.name not in CALIBRATED:
        return None
    estimator = fit(taken.name, fitting, spec, is_calibrated=True)
    found = answer(estimator, validation[list(spec.features)])
    truth, classes = targets(validation, spec).tolist(), classes_of(estimator)
    better = gain("log_loss", answers_of(spec, classes, truth, found), taken.answers)
    helps = better is not None and better.low > 0
    if better is not None:
        told = f"{better.value:+.4f} ({better.low:+.4f} to {better.high:+.4f})"
        kept = "kept" if helps else "not kept"
        say(f"calibration makes log loss better by {told}: {kept}")
    return estimator if helps else None


def _is_near(behind: Gain | None) -> bool:
    return behind is not None and behind.low <= 0


def _tried(one: _Fitted, metric: str, behind: Gain | None) -> Tried:
    found = behind or Gain(metric=metric, value=0.0, low=0.0, high=0.0)
    return Tried(
        name=one.name,
        metric=metric,
        value=one.value,
        behind=found.value,
        behind_low=found.low,
        behind_high=found.high,
    )
