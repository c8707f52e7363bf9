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

from loopwright.domain.metrics import METRICS, default_metric
from loopwright.domain.package import Parameters, Trial
from loopwright.domain.spec import EstimatorName, ProjectSpec
from training.answers import answer, classes_of, measure
from training.candidates import SEED
from training.estimators import fit, targets
from training.frames import is_for_search
from training.keeping import keep

SHARE_OF_TIME = 0.4
TRIALS = "trials.json"
_TRIALS = TypeAdapter(tuple[Trial, ...])
RATE = loguniform(0.02, 0.3)
SPACES: dict[EstimatorName, dict[str, Any]] = {
    "boosted trees": {
        "learning_rate": RATE,
        "max_leaf_nodes": randint(7, 64),
        "min_samples_leaf": randint(5, 101),
        "l2_regularization": loguniform(1e-3, 10),
    },
    "lightgbm": {
        "learning_rate": RATE,
        "num_leaves": randint(7, 64),
        "min_child_samples": randint(5, 101),
        "reg_lambda": loguniform(1e-3, 10),
    },
    "xgboost": {
        "learning_rate": RATE,
        "max_depth": randint(2, 9),
        "min_child_weight": loguniform(0.5, 50),
        "reg_lambda": loguniform(1e-3, 10),
    },
}


@dataclass(frozen=True)
class Search:
    """The rows to search on, the time there is, and where trials are kept."""

    rows: Any
    spec: ProjectSpec
    kept: Path
    say: Callable[[str], None]

    def trials(self, names: tuple[EstimatorName, ...]) -> tuple[Trial, ...]:
        """Return what was measured of every design that has settings, the usual ones first."""
        found = list(_read(self.kept))
        if self.spec.training.search is None:
            return ()
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
                drawn = ParameterSampler(SPACES[name], count - 1, random_state=SEED)
                yield name, {}
                for parameters in drawn:
                    yield name, {key: _plain(value) for key, value in parameters.items()}

    def _tried(self, name: EstimatorName, parameters: Parameters) -> Trial:
        metric = self.spec.promotion.metric or default_metric(self.spec.task)
        judging = is_for_search(self.rows, self.spec)
        estimator = fit(name, self.rows[~judging], self.spec, parameters=parameters)
        rows = self.rows[judging]
        found = answer(estimator, rows[list(self.spec.features)])
        truth = targets(rows, self.spec).tolist()
        value = measure(self.spec, classes_of(estimator), truth, found).get(metric)
        told = "undefined" if value is None else f"{value:.4f}"
        self.say(f"searched {name} {parameters or 'as usual'}: {metric} {told}")
        return Trial(name=name, parameters=parameters, value=value)


def best_of(trials: tuple[Trial, ...], name: EstimatorName, metric: str) -> Parameters:
    """Return the best settings of a design; none when the usual ones are as good."""
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    measured = [one for one in trials if one.name == name and one.value is not None]
    best = max(measured, key=lambda one: sign * (one.value or 0.0), default=None)
    return {} if best is None else best.parameters


def _read(path: Path) -> tuple[Trial, ...]:
    return _TRIALS.validate_json(path.read_bytes()) if path.exists() else ()


def _plain(value: Any) -> float | int:
    return float(value) if isinstance(value, (float, np.floating)) else int(value)
