"""The designs that the built-in trainer can fit, the simplest first.

All take the spec's columns as they are: missing values, categories, booleans. A column whose effect
the spec bounds is bound in the models of trees; a linear model cannot be, and is left out then.
"""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, PoissonRegressor, RidgeCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from loopwright.domain.kinds import EstimatorName
from loopwright.domain.spec import ProjectSpec
from training.labelled import Labelled

SEED = 0
TREES = 200
LEARNING_RATE = 0.1
FOLDS = 3
MAX_NATIVE_CATEGORIES = 255
SIGNS = {None: 0, "increasing": 1, "decreasing": -1}
Build = Callable[[Any, ProjectSpec], Any]


def usable(spec: ProjectSpec) -> tuple[EstimatorName, ...]:
    """Return the designs that the spec names and its bounds allow, the simplest first."""
    bound = any(column.effect for column in spec.features.values())
    left_out = {"linear model"} if bound else set()
    return tuple(name for name in CANDIDATES if name in {*spec.training.estimators} - left_out)


def effects(spec: ProjectSpec, columns: list[str]) -> list[int]:
    """Return 1, -1 or 0 per column: how the score of the last class, or the number, may go.

    The spec speaks of the favourable class; when that is the first one, the signs turn.
    """
    turned = spec.favourable is not None and spec.favourable == _classes(spec)[0]
    sign = -1 if turned else 1
    found = [spec.columns[name].effect if name in spec.features else None for name in columns]
    return [sign * SIGNS[effect] for effect in found]


def _classes(spec: ProjectSpec) -> tuple[Any, ...]:
    target = spec.columns[spec.target]
    listed = (False, True) if target.type == "boolean" else target.values or ()
    return tuple(sorted(listed))


def interaction_groups(spec: ProjectSpec) -> list[list[str]] | None:
    """Return the features that may act together; one that is in no group acts on its own."""
    groups = spec.training.interactions
    if groups is None:
        return None
    grouped = {name for group in groups for name in group}
    return [*map(list, groups), *([name] for name in spec.features if name not in grouped)]


def _places(spec: ProjectSpec, columns: list[str]) -> list[list[int]] | None:
    groups = interaction_groups(spec)
    if groups is None:
        return None
    return [[columns.index(name) for name in group] for group in groups]


def calibrated(estimator: Any, features: Any, labels: Any) -> Any:
    """Fit a design again and calibrate it by Platt's function on folds that it has not seen."""
    wrapped = CalibratedClassifierCV(estimator, method="sigmoid", cv=FOLDS, ensemble=False)
    return wrapped.fit(features, labels)


def _linear(features: Any, spec: ProjectSpec) -> Any:
    categories = _categories(features)
    numbers = [name for name in features.columns if name not in categories]
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(_numeric_imputer(), StandardScaler()), numbers),
            ("categories", OneHotEncoder(handle_unknown="ignore", min_frequency=10), categories),
        ]
    )
    return Pipeline([("columns", columns), ("model", _linear_model(spec))])


def _linear_model(spec: ProjectSpec) -> Any:
    if spec.task != "regression":
        return LogisticRegression(max_iter=500)
    if spec.training.loss == "poisson":
        return PoissonRegressor(alpha=1e-3, max_iter=1_000)
    return RidgeCV(alphas=np.logspace(-3, 3, 13))


def _boosting(features: Any, spec: ProjectSpec) -> Any:
    many = [
        name for name in _categories(features) if _count(features, name) > MAX_NATIVE_CATEGORIES
    ]
    seen = [*many, *(name for name in features.columns if name not in many)]
    kind = (
        HistGradientBoostingRegressor
        if spec.task == "regression"
        else HistGradientBoostingClassifier
    )
    bounds = effects(spec, seen)
    losses = {"loss": spec.training.loss} if spec.task == "regression" else {}
    trees = kind(
        **losses,
        max_iter=TREES,
        learning_rate=LEARNING_RATE,
        early_stopping=len(features) >= 1_000,  # noqa: PLR2004 - fewer rows leave too few to stop by
        monotonic_cst=bounds if any(bounds) else None,
        interaction_cst=_places(spec, seen),
        random_state=SEED,
    )
    return make_pipeline(_numbered(many), trees) if many else trees


def _lightgbm(features: Any, spec: ProjectSpec) -> Any:
    library = importlib.import_module("lightgbm")
    kind = library.LGBMRegressor if spec.task == "regression" else library.LGBMClassifier
    losses = {"objective": "poisson"} if spec.training.loss == "poisson" else {}
    return kind(
        **losses,
        n_estimators=TREES,
        learning_rate=LEARNING_RATE,
        monotone_constraints=effects(spec, list(features.columns)),
        interaction_constraints=_places(spec, list(features.columns)),
        deterministic=True,
        force_row_wise=True,
        random_state=SEED,
        verbose=-1,
    )


def _xgboost(features: Any, spec: ProjectSpec) -> Any:
    library = importlib.import_module("xgboost")
    categories = _categories(features)
    seen = [*categories, *(name for name in features.columns if name not in categories)]
    options = {
        "n_estimators": TREES,
        "learning_rate": LEARNING_RATE,
        "monotone_constraints": tuple(effects(spec, seen)),
        "interaction_constraints": interaction_groups(spec),
        "random_state": SEED,
    }
    if spec.task == "regression":
        if spec.training.loss == "poisson":
            options["objective"] = "count:poisson"
        return make_pipeline(_numbered(categories), library.XGBRegressor(**options))
    return make_pipeline(_numbered(categories), Labelled(library.XGBClassifier(**options)))


def _numbered(names: list[str]) -> ColumnTransformer:
    """Return a step that puts these columns first, as numbers of their categories."""
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    columns = ColumnTransformer(
        [("numbered", encoder, names)], remainder="passthrough", verbose_feature_names_out=False
    )
    return columns.set_output(transform="pandas")


def _numeric_imputer() -> Any:
    return SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)


def _categories(features: Any) -> list[str]:
    return [name for name in features.columns if features[name].dtype.name == "category"]


def _count(features: Any, name: str) -> int:
    return len(features[name].cat.categories)


CANDIDATES: dict[EstimatorName, Build] = {
    "linear model": _linear,
    "boosted trees": _boosting,
    "lightgbm": _lightgbm,
    "xgboost": _xgboost,
}
