"""The built-in trainer: fits designs of growing size and takes the simplest that is good enough."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from loopwright.domain.kinds import EstimatorName
from loopwright.domain.metrics import METRICS, Gain, gain, judging_metric
from loopwright.domain.metrics_estimates import Answers
from loopwright.domain.package import Trial, Tried
from loopwright.domain.record import Record
from loopwright.domain.search_space import Parameters
from loopwright.domain.spec import ProjectSpec
from training.answers import answer, answers_of, classes_of, measure
from training.candidates import usable
from training.errors import JobInputError
from training.estimators import fit, targets
from training.inputs import Found
from training.search import TRIALS, Search, best_of
from training.stopping import Stopping

CALIBRATED: tuple[EstimatorName, ...] = ("linear model", "boosted trees")


class Taken(Record):
    """What was taken: a decision that an interrupted job need not make again."""

    name: EstimatorName
    tried: tuple[Tried, ...]
    parameters: Parameters
    searched: tuple[Trial, ...]
    is_calibrated: bool = False


@dataclass(frozen=True)
class Choice:
    """The estimator that was taken, and everything that was tried."""

    taken: Taken
    estimator: Any


@dataclass(frozen=True)
class Work:
    """What a trainer works with: the spec, where checkpoints lie, whom to tell, when to stop.

    `found` are settings that a tuning job found, tried beside the usual ones.
    """

    spec: ProjectSpec
    checkpoints: Path
    say: Callable[[str], None]
    stopping: Stopping
    found: Found | None = None

    @property
    def metric(self) -> str:
        """Return the metric that the project is judged by."""
        return judging_metric(self.spec)


@dataclass(frozen=True)
class _Fitted:
    """A design, fitted, and what it answers to the validation rows."""

    name: EstimatorName
    parameters: Parameters
    estimator: Any
    value: float
    answers: Answers


def choose(fitting: Any, validation: Any, work: Work) -> Choice:
    """Fit every design of the spec on the fitting rows; take one by the validation rows.

    The best by the metric is compared with each: paired, on the same rows. Taken is the simplest
    that the best is not certainly better than (the 95 % interval of its gain holds zero); settings
    that were searched for come after the usual ones of all designs.
    """
    names = usable(work.spec)
    if not names:
        raise JobInputError("training.estimators: none can keep to the effects that columns have")
    fitted: list[_Fitted] = []
    searched: list[Trial] = []
    _add(fitted, fitting, validation, work, names[0], {})
    work.stopping.has_model()

    def others() -> None:
        for name in names[1:]:
            _add(fitted, fitting, validation, work, name, {})
        found = Search(fitting, work.spec, work.checkpoints / TRIALS, work.say).trials(names)
        searched.extend(found)
        for name in names:
            parameters = best_of(found, name, work.metric)
            if parameters:
                _add(fitted, fitting, validation, work, name, parameters)
        if work.found is not None:
            _add(fitted, fitting, validation, work, work.found.name, work.found.parameters)

    work.stopping.attempt(others)
    return _taken(fitted, tuple(searched), fitting, validation, work)


def resumed(taken: Taken, fitting: Any, work: Work) -> Choice:
    """Fit what an interrupted job had already taken, and nothing else."""
    work.say(f"resumed: {taken.name} had been taken before the interruption")
    estimator = again(fitting, taken, work.spec)
    work.stopping.has_model()
    return Choice(taken, estimator)


def again(rows: Any, taken: Taken, spec: ProjectSpec) -> Any:
    """Fit what was taken on other rows."""
    calibrated = taken.is_calibrated
    return fit(taken.name, rows, spec, parameters=taken.parameters, is_calibrated=calibrated)


def _taken(
    fitted: list[_Fitted], searched: tuple[Trial, ...], fitting: Any, validation: Any, work: Work
) -> Choice:
    sign = 1.0 if METRICS[work.metric].higher_is_better else -1.0
    best = max(fitted, key=lambda one: -np.inf if np.isnan(one.value) else sign * one.value)
    behind = [gain(work.metric, best.answers, one.answers) for one in fitted]
    chosen = next(
        one for one, ahead in zip(fitted, behind, strict=True) if one is best or _is_near(ahead)
    )
    told = "" if chosen.parameters == {} else f" with {chosen.parameters}"
    work.say(f"best: {best.name}; taken: {chosen.name}{told}, the simplest within the noise")
    better: list[Any] = []
    work.stopping.attempt(lambda: better.extend(_calibrated(chosen, fitting, validation, work)))
    taken = Taken(
        name=chosen.name,
        parameters=chosen.parameters,
        tried=tuple(
            _tried(one, work.metric, ahead) for one, ahead in zip(fitted, behind, strict=True)
        ),
        searched=searched,
        is_calibrated=bool(better),
    )
    return Choice(taken, better[0] if better else chosen.estimator)


def _add(
    fitted: list[_Fitted],
    fitting: Any,
    validation: Any,
    work: Work,
    name: EstimatorName,
    parameters: Parameters,
) -> None:
    started, spec = time.monotonic(), work.spec
    estimator = fit(name, fitting, spec, parameters=parameters)
    found = answer(estimator, validation[list(spec.features)])
    truth, classes = targets(validation, spec).tolist(), classes_of(estimator)
    value = measure(spec, classes, truth, found).get(work.metric, np.nan)
    told = f"{name} with {parameters}" if parameters else name
    work.say(f"tried {told}: {work.metric} {value:.4f}, in {time.monotonic() - started:.1f} s")
    answers = answers_of(spec, classes, truth, found)
    fitted.append(_Fitted(name, parameters, estimator, float(value), answers))


def _calibrated(taken: _Fitted, fitting: Any, validation: Any, work: Work) -> list[Any]:
    """Return the design calibrated, where that certainly makes its log loss smaller; else nothing.

    Only where probabilities are acted on: with costs, or judged by log loss or Brier score.
    """
    spec = work.spec
    acted_on = spec.costs is not None or spec.promotion.metric in ("log_loss", "brier")
    weighted = spec.training.weight is not None or spec.training.class_weights != "none"
    if spec.task != "binary" or not acted_on or weighted or taken.name not in CALIBRATED:
        return []
    estimator = fit(taken.name, fitting, spec, parameters=taken.parameters, is_calibrated=True)
    found = answer(estimator, validation[list(spec.features)])
    truth, classes = targets(validation, spec).tolist(), classes_of(estimator)
    better = gain("log_loss", answers_of(spec, classes, truth, found), taken.answers)
    helps = better is not None and better.low > 0
    if better is not None:
        told = f"{better.value:+.4f} ({better.low:+.4f} to {better.high:+.4f})"
        kept = "kept" if helps else "not kept"
        work.say(f"calibration makes log loss better by {told}: {kept}")
    return [estimator] if helps else []


def _is_near(behind: Gain | None) -> bool:
    return behind is not None and behind.low <= 0


def _tried(one: _Fitted, metric: str, behind: Gain | None) -> Tried:
    found = behind or Gain(metric=metric, value=0.0, low=0.0, high=0.0)
    return Tried(
        name=one.name,
        metric=metric,
        value=one.value,
        parameters=one.parameters,
        behind=found.value,
        behind_low=found.low,
        behind_high=found.high,
    )
