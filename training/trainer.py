"""The built-in trainer: boosted trees and a linear model, the better one by validation.

Both take the spec's columns as they are: missing values, categories, booleans.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from loopwright.domain.metrics import default_metric
from loopwright.domain.package import Tried
from loopwright.domain.spec import ProjectSpec
from training.answers import LOWER_IS_BETTER, answer, classes_of, measure

SEED = 0
MAX_NATIVE_CATEGORIES = 255
Build = Callable[[Any, ProjectSpec], Any]


@dataclass(frozen=True)
class Choice:
    """The estimator that did best on the validation rows, and everything that was tried."""

    name: str
    estimator: Any
    tried: tuple[Tried, ...]


def choose(fitting: Any, validation: Any, spec: ProjectSpec) -> Choice:
    """Fit every candidate on the fitting rows and choose by the metric on the validation rows."""
    metric = spec.promotion.metric or default_metric(spec.task)
    sign = -1.0 if metric in LOWER_IS_BETTER else 1.0
    fitted: dict[str, Any] = {}
    tried: list[Tried] = []
    for name in CANDIDATES:
        started = time.monotonic()
        fitted[name] = fit(name, fitting, spec)
        answers = answer(fitted[name], validation[list(spec.features)])
        truth = targets(validation, spec).tolist()
        value = measure(spec, classes_of(fitted[name]), truth, answers).get(metric, np.nan)
        seconds = time.monotonic() - started
        tried.append(Tried(name=name, metric=metric, value=float(value), seconds=round(seconds, 3)))
    best = max(tried, key=lambda one: -np.inf if np.isnan(one.value) else sign * one.value)
    return Choice(best.name, fitted[best.name], tuple(tried))


def fit(name: str, rows: Any, spec: ProjectSpec) -> Any:
    """Fit one candidate by its name."""
    features = rows[list(spec.features)]
    return CANDIDATES[name](features, spec).fit(features, targets(rows, spec))


def targets(rows: Any, spec: ProjectSpec) -> Any:
    """Return the target as an array that scikit-learn takes."""
    column = rows[spec.target]
    if spec.task == "regression":
        return column.to_numpy(dtype=np.float64)
    return np.array(column.astype(object).tolist())


def _boosting(features: Any, spec: ProjectSpec) -> Any:
    kind = (
        HistGradientBoostingRegressor
        if spec.task == "regression"
        else HistGradientBoostingClassifier
    )
    trees = kind(
        max_iter=200,
        learning_rate=0.1,
        early_stopping=len(features) >= 1_000,  # noqa: PLR2004 - fewer rows leave too few to stop by
        random_state=SEED,
    )
    many = [
        name for name in _categories(features) if _count(features, name) > MAX_NATIVE_CATEGORIES
    ]
    if not many:
        return trees
    numbered = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    columns = ColumnTransformer(
        [("numbered", numbered, many)], remainder="passthrough", verbose_feature_names_out=False
    ).set_output(transform="pandas")
    return make_pipeline(columns, trees)


def _linear(features: Any, spec: ProjectSpec) -> Any:
    categories = _categories(features)
    numbers = [name for name in features.columns if name not in categories]
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(_numeric_imputer(), StandardScaler()), numbers),
            ("categories", OneHotEncoder(handle_unknown="ignore", min_frequency=10), categories),
        ]
    )
    model = (
        RidgeCV(alphas=np.logspace(-3, 3, 13))
        if spec.task == "regression"
        else LogisticRegression(max_iter=500)
    )
    return Pipeline([("columns", columns), ("model", model)])


def _numeric_imputer() -> Any:
    return SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)


def _categories(features: Any) -> list[str]:
    return [name for name in features.columns if features[name].dtype.name == "category"]


def _count(features: Any, name: str) -> int:
    return len(features[name].cat.categories)


CANDIDATES: dict[str, Build] = {"boosted trees": _boosting, "linear model": _linear}
