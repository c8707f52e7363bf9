"""Search better settings of a design over a bounded space, on rows that judge nothing else.

The rows to fit on are split once more, all rows of an entity on one side. Settings are drawn from
fixed ranges with a fixed seed (scikit-learn's ParameterSampler), each is fitted on one side and
measured on the other. What was measured is kept with the checkpoints: an interrupted job goes on
where it was.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter
from scipy.stats import loguniform, randint
from sklearn.model_selection import ParameterSampler

from loopwright.domain.kinds import EstimatorName
from loopwright.domain.metrics import METRICS, judging_metric
from loopwright.domain.package import Trial
from loopwright.domain.search_space import SPACES, Parameters, Range
from loopwright.domain.spec import ProjectSpec
from training.answers import answer, classes_of, measure
from training.candidates import SEED
from training.errors import JobInputError
from training.estimators import fit, targets
from training.frames import is_for_search, read_rows, split
from training.inputs import JobFolder
from training.keeping import keep

SHARE_OF_TIME = 0.4
TRIALS = "trials.json"
_TRIALS = TypeAdapter(tuple[Trial, ...])


@dataclass(frozen=True)
class Search:
    """The rows to search on, the time there is, and where trials are kept."""

    rows: Any
    spec: ProjectSpec
    kept: Path
    say: Callable[[str], None]

    def trials(self, names: tuple[EstimatorName, ...]) -> tuple[Trial, ...]:
        """Return what was measured of every design that has settings, the usual ones first."""
        if self.spec.training.search is None or self.spec.training.search.parallel > 1:
            return ()
        found = list(_read(self.kept))
        deadline = time.monotonic() + SHARE_OF_TIME * 60 * self.spec.training.max_runtime_minutes
        for place, (name, parameters) in enumerate(self._drawn(names)):
            if place < len(found):
                continue
            if time.monotonic() > deadline:
                self.say(f"the search ends after {place} trials, to leave time for what follows")
                break
            found.append(self._tried(name, parameters))
            keep(self.kept, _TRIALS.dump_json(tuple(found)))
        return tuple(found)

    def _drawn(
        self, names: tuple[EstimatorName, ...]
    ) -> Iterator[tuple[EstimatorName, Parameters]]:
        count = 0 if self.spec.training.search is None else self.spec.training.search.trials
        for name in names:
            if name in SPACES:
                space = {one: _spread(bounds) for one, bounds in SPACES[name].items()}
                drawn = ParameterSampler(space, count - 1, random_state=SEED)
                yield name, {}
                for parameters in drawn:
                    yield name, {key: _plain(value) for key, value in parameters.items()}

    def _tried(self, name: EstimatorName, parameters: Parameters) -> Trial:
        metric = judging_metric(self.spec)
        value = worth(name, parameters, self.rows, self.spec)
        told = "undefined" if value is None else f"{value:.4f}"
        self.say(f"searched {name} {parameters or 'as usual'}: {metric} {told}")
        return Trial(name=name, parameters=parameters, value=value)


def worth(
    name: EstimatorName, parameters: Parameters, rows: Any, spec: ProjectSpec
) -> float | None:
    """Return the metric of the project for these settings, None where the rows define none."""
    metric = judging_metric(spec)
    judging = is_for_search(rows, spec)
    known = set(rows.loc[~judging, spec.target])
    if spec.task != "regression" and not set(rows.loc[judging, spec.target]) <= known:
        return None
    if not judging.any() or len(known) < 2:  # noqa: PLR2004 - one value is nothing to learn
        return None
    estimator = fit(name, rows[~judging], spec, parameters=parameters)
    found = answer(estimator, rows.loc[judging, list(spec.features)])
    truth = targets(rows[judging], spec).tolist()
    return measure(spec, classes_of(estimator), truth, found).get(metric)


def objective(folder: JobFolder) -> float:
    """Return the worth of the trial of a tuning job; JobInputError where there is none."""
    trial = folder.trial()
    spec = folder.spec(trial.spec)
    rows = read_rows(folder.channel("train"), spec).dropna(subset=[spec.target])
    fitting, _ = split(rows, spec)
    value = worth(trial.name, trial.parameters, fitting, spec)
    if value is None:
        raise JobInputError("the rows to search on do not define the metric; bring more data")
    return value


def best_of(trials: tuple[Trial, ...], name: EstimatorName, metric: str) -> Parameters:
    """Return the best settings of a design; none when the usual ones are as good."""
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    measured = [one for one in trials if one.name == name and one.value is not None]
    best = max(measured, key=lambda one: sign * (one.value or 0.0), default=None)
    return {} if best is None else best.parameters


def _read(path: Path) -> tuple[Trial, ...]:
    return _TRIALS.validate_json(path.read_bytes()) if path.exists() else ()


def _spread(bounds: Range) -> Any:
    if bounds.whole:
        return randint(int(bounds.low), int(bounds.high) + 1)
    return loguniform(bounds.low, bounds.high)


def _plain(value: Any) -> float | int:
    return float(value) if isinstance(value, (float, np.floating)) else int(value)
