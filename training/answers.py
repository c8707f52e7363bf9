"""What a fitted estimator answers, in the shape of the exported model's answers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.base import BaseEstimator, is_classifier, is_regressor

from loopwright.domain.kinds import CategoryValue
from loopwright.domain.metrics_estimates import Answers
from loopwright.domain.spec import ProjectSpec
from training.errors import ScriptError


def refuse_other_estimator(estimator: Any, spec: ProjectSpec, features: tuple[str, ...]) -> None:
    """Raise ScriptError unless the estimator is fitted, fits the task and takes features only."""
    kind = type(estimator).__name__
    if not isinstance(estimator, BaseEstimator):
        raise ScriptError(f"train returned {kind}; return a fitted scikit-learn estimator")
    if spec.task == "regression":
        if not is_regressor(estimator) or not hasattr(estimator, "predict"):
            raise ScriptError(f"train returned {kind}; task regression needs a fitted regressor")
    elif not is_classifier(estimator) or not hasattr(estimator, "predict_proba"):
        raise ScriptError(
            f"train returned {kind}; task {spec.task} needs a fitted classifier with predict_proba"
        )
    try:
        count = int(estimator.n_features_in_)
    except AttributeError as error:
        raise ScriptError(f"train returned a {kind} that is not fitted; call fit on it") from error
    others = [name for name in features if name not in spec.features]
    if others:
        raise ScriptError(
            f"train fitted on columns that the model never sees: {others}; "
            f"use the features only: {list(spec.features)}"
        )
    if count != len(features):
        raise ScriptError(
            f"train fitted on {count} columns; fit on a DataFrame of the {len(features)} features"
        )


def features_of(estimator: Any, features: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns that an estimator takes, in its order; without names, all features."""
    names = getattr(estimator, "feature_names_in_", None)
    return features if names is None else tuple(str(name) for name in names)


def classes_of(estimator: Any) -> tuple[CategoryValue, ...]:
    """Return a classifier's classes as Python values; none for a regressor."""
    classes = getattr(estimator, "classes_", None)
    return () if classes is None else tuple(np.asarray(classes).tolist())


def answer(estimator: Any, features: Any) -> NDArray[np.float64]:
    """Return probabilities (rows, classes), or predicted numbers (rows, 1)."""
    if not hasattr(estimator, "feature_names_in_"):
        features = features.to_numpy()
    if is_classifier(estimator):
        return np.asarray(estimator.predict_proba(features), dtype=np.float64)
    return np.asarray(estimator.predict(features), dtype=np.float64).reshape(-1, 1)


def measure(
    spec: ProjectSpec, classes: tuple[CategoryValue, ...], truth: Any, answers: NDArray[np.float64]
) -> dict[str, float]:
    """Return every metric of the task (scikit-learn's definitions) on rows not fitted on."""
    if spec.task == "regression":
        return _regression_metrics(np.asarray(truth, dtype=np.float64), answers[:, 0])
    positions = np.array([classes.index(value) for value in truth])
    chosen = _chosen(spec, classes, answers)
    shares = answers / answers.sum(axis=1, keepdims=True)  # some come in single precision
    found = {
        "accuracy": metrics.accuracy_score(positions, chosen),
        "balanced_accuracy": metrics.balanced_accuracy_score(positions, chosen),
        "log_loss": metrics.log_loss(positions, shares, labels=list(range(len(classes)))),
    }
    if spec.task == "multiclass":
        found["macro_f1"] = metrics.f1_score(positions, chosen, average="macro")
    else:
        positive = _positive(spec, classes)
        is_positive = positions == positive
        found["f1"] = metrics.f1_score(is_positive, chosen == positive)
        found["brier"] = metrics.brier_score_loss(is_positive, answers[:, positive])
        if 0 < is_positive.sum() < len(is_positive):
            found["roc_auc"] = metrics.roc_auc_score(is_positive, answers[:, positive])
    return {name: float(value) for name, value in sorted(found.items())}


def answers_of(
    spec: ProjectSpec, classes: tuple[CategoryValue, ...], truth: Any, found: NDArray[np.float64]
) -> Answers:
    """Return truth and answers as the evaluation measures them."""
    if spec.task == "regression":
        return Answers(np.asarray(truth, dtype=np.float64), found[:, 0])
    positions = np.array([classes.index(value) for value in truth], dtype=np.int64)
    positive = _positive(spec, classes) if spec.task == "binary" else None
    return Answers(positions, _chosen(spec, classes, found), found, positive)


def _positive(spec: ProjectSpec, classes: tuple[CategoryValue, ...]) -> int:
    return len(classes) - 1 if spec.favourable is None else classes.index(spec.favourable)


def _chosen(
    spec: ProjectSpec, classes: tuple[CategoryValue, ...], answers: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the position of the class that each row is answered with."""
    if spec.task == "multiclass":
        return answers.argmax(axis=1)
    positive = _positive(spec, classes)
    return np.where(answers[:, positive] >= spec.threshold, positive, 1 - positive)


def _regression_metrics(truth: NDArray[np.float64], found: NDArray[np.float64]) -> dict[str, float]:
    deviance = {}
    if (truth >= 0).all() and (found > 0).all():
        deviance["poisson_deviance"] = float(metrics.mean_poisson_deviance(truth, found))
    return deviance | {
        "mae": float(metrics.mean_absolute_error(truth, found)),
        "r2": float(metrics.r2_score(truth, found)),
        "rmse": float(metrics.root_mean_squared_error(truth, found)),
    }
