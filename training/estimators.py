"""Fit one design of the built-in trainer on some rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from loopwright.domain.kinds import CategoryValue, EstimatorName
from loopwright.domain.search_space import Parameters
from loopwright.domain.spec import ProjectSpec
from training.candidates import CANDIDATES, calibrated


def fit(
    name: EstimatorName,
    rows: Any,
    spec: ProjectSpec,
    *,
    parameters: Parameters | None = None,
    is_calibrated: bool = False,
) -> Any:
    """Fit one design by its name, with other parameters and calibrated when told to."""
    features, labels = rows[list(spec.features)], targets(rows, spec)
    design = CANDIDATES[name](features, spec)
    last_of(design).set_params(**(parameters or {}))
    if is_calibrated:
        return calibrated(design, features, labels)
    weights = weights_of(rows, spec)
    if weights is None:
        return design.fit(features, labels)
    if isinstance(design, Pipeline):
        return design.fit(features, labels, **{f"{design.steps[-1][0]}__sample_weight": weights})
    return design.fit(features, labels, sample_weight=weights)


def last_of(design: Any) -> Any:
    """Return the estimator at the end of a design, out of what is wrapped around it."""
    last = design[-1] if isinstance(design, Pipeline) else design
    return getattr(last, "classifier", last)


def targets(rows: Any, spec: ProjectSpec) -> Any:
    """Return the target as an array that scikit-learn takes."""
    column = rows[spec.target]
    if spec.task == "regression":
        return column.to_numpy(dtype=np.float64)
    return np.array(column.astype(object).tolist())


def weights_of(
    rows: Any, spec: ProjectSpec, counts: Mapping[CategoryValue, int] | None = None
) -> NDArray[np.float64] | None:
    """Return the weight of each row in fitting; None where all are alike.

    A row without a weight of its own has 1. `balanced` classes count n / (k n_c) more: with it each
    of the k classes weighs the same, whatever its n_c of the n rows (`counts`, by default these).
    """
    training = spec.training
    if training.weight is None and training.class_weights == "none":
        return None
    weights = np.ones(len(rows), dtype=np.float64)
    if training.weight is not None:
        weights = rows[training.weight].fillna(1.0).to_numpy(dtype=np.float64)
    if training.class_weights == "balanced":
        labels = targets(rows, spec).tolist()
        known = counts or {value: labels.count(value) for value in set(labels)}
        share = {value: sum(known.values()) / (len(known) * n) for value, n in known.items()}
        weights = weights * np.array([share[value] for value in labels])
    return weights
