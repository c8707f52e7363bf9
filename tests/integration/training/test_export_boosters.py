"""Exported LightGBM and XGBoost models answer as their own libraries do."""

import importlib
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from loopwright.domain.model import Field, Signature
from loopwright.engines.scorer import OnnxScorer
from training.answers import classes_of
from training.errors import UnsupportedEstimatorError
from training.export.walk import DOUBLE_TOLERANCE, SINGLE_TOLERANCE, export_model
from training.frames import raw_columns
from training.parity import check_parity

ROWS = 600
COLOURS = ("red", "green", "blue", "grey")
FIELDS = (
    Field(name="age", type="number"),
    Field(name="income", type="number", nullable=True),
    Field(name="colour", type="category", categories=COLOURS, nullable=True),
)
QUIET = {"lightgbm": {"verbose": -1, "n_jobs": 1}, "xgboost": {"n_jobs": 1}}
TASKS: dict[str, dict[str, dict[str, Any]]] = {
    "lightgbm": {
        "binary": {},
        "multiclass": {},
        "regression": {},
        "counts": {"objective": "poisson"},
        "tweedie": {"objective": "tweedie"},
        "median": {"objective": "regression_l1"},
    },
    "xgboost": {
        "binary": {},
        "multiclass": {},
        "regression": {},
        "counts": {"objective": "count:poisson"},
        "tweedie": {"objective": "reg:tweedie"},
        "median": {"objective": "reg:absoluteerror"},
    },
}
CASES = [(library, task) for library, tasks in TASKS.items() for task in tasks]


def people(seed: int = 7) -> pd.DataFrame:
    """Rows with numbers, some missing, and colours of which one is never seen."""
    random = np.random.default_rng(seed)
    income = random.normal(5e4, 1e4, ROWS)
    income[random.random(ROWS) < 0.2] = np.nan
    colours = random.choice(COLOURS[:3], ROWS).astype(object)
    colours[random.random(ROWS) < 0.1] = None
    return pd.DataFrame(
        {
            "age": random.normal(40, 20, ROWS),
            "income": income,
            "colour": pd.Categorical(colours, categories=list(COLOURS)),
        }
    )


def outcome(frame: pd.DataFrame, task: str) -> Any:
    """A target that needs all three columns."""
    noise = np.random.default_rng(8).normal(0, 5, len(frame))
    rich = 10 * (frame["income"].fillna(0) > 5e4)
    score = (frame["age"] / 2 + rich + 10 * (frame["colour"] == "red") + noise).to_numpy()
    if task == "binary":
        return (score > 25).astype(int)
    if task == "multiclass":
        return np.digitize(score, [15, 35])
    return np.round(np.abs(score)) if task in ("counts", "tweedie") else score


def model(library: str, task: str, **changes: Any) -> Any:
    """An estimator of a library for a task."""
    kind = "Classifier" if task in ("binary", "multiclass") else "Regressor"
    name = {"lightgbm": "LGBM", "xgboost": "XGB"}[library] + kind
    options = {"n_estimators": 30, **QUIET[library], **TASKS[library][task], **changes}
    return getattr(importlib.import_module(library), name)(**options)


def columns_of(library: str, frame: pd.DataFrame) -> pd.DataFrame:
    """XGBoost is given numbers only."""
    return frame if library == "lightgbm" else frame[["age", "income"]]


def scored(estimator: Any, frame: pd.DataFrame) -> tuple[Any, float]:
    """Export an estimator and score rows as requests would carry them."""
    exported, found = exported_as(estimator, frame)
    return OnnxScorer(exported.onnx, found).score(raw_columns(frame)), exported.tolerance


def exported_as(estimator: Any, frame: pd.DataFrame) -> tuple[Any, Signature]:
    """The exported model and its signature."""
    classes = classes_of(estimator)
    task: Any = {0: "regression", 2: "binary"}.get(len(classes), "multiclass")
    fields = tuple(field for field in FIELDS if field.name in frame.columns)
    found = Signature(
        project="p", spec="s", task=task, target="y", fields=fields, context=(), classes=classes
    )
    return export_model(estimator, found, features=tuple(frame.columns)), found


def worst(estimator: Any, frame: pd.DataFrame) -> float:
    """The largest difference of a probability, or the relative one of a number."""
    scores, _ = scored(estimator, frame)
    if scores.probabilities is not None:
        return float(np.abs(scores.probabilities - estimator.predict_proba(frame)).max())
    expected = np.asarray(estimator.predict(frame), dtype=np.float64)
    return float((np.abs(np.array(scores.values) - expected) / np.maximum(1, abs(expected))).max())


@pytest.mark.parametrize(("library", "task"), CASES)
def test_every_task_is_answered_as_by_the_library(library: str, task: str) -> None:
    """LightGBM exactly; XGBoost sums in single precision, so up to its rounding."""
    frame = columns_of(library, people())
    estimator = model(library, task).fit(frame, outcome(people(), task))
    _, allowed = scored(estimator, frame)

    assert allowed == (DOUBLE_TOLERANCE if library == "lightgbm" else SINGLE_TOLERANCE)
    assert worst(estimator, frame) <= (1e-12 if library == "lightgbm" else 1e-5)


@pytest.mark.parametrize("changes", [{"rate_drop": 0.5}, {"num_parallel_tree": 3}], ids=str)
def test_dropped_and_parallel_trees_of_xgboost_are_weighted_as_it_does(
    changes: dict[str, Any],
) -> None:
    """The weights lie in the leaves."""
    frame = people()[["age", "income"]]
    estimator = model("xgboost", "multiclass", **changes).fit(
        frame, outcome(people(), "multiclass")
    )

    assert worst(estimator, frame) <= 1e-5


@pytest.mark.parametrize("library", TASKS)
def test_the_parity_gate_passes_also_one_step_beside_each_split(library: str) -> None:
    """Its scenarios hold rows around the splits, missing values and unknown categories."""
    frame = columns_of(library, people())
    estimator = model(library, "binary").fit(frame, outcome(people(), "binary"))
    exported, found = exported_as(estimator, frame)
    report = check_parity(estimator, exported, found, frame)

    assert any("split" in one.name for one in report.scenarios)
    assert report.max_difference <= exported.tolerance


@pytest.mark.parametrize("library", TASKS)
def test_what_was_stopped_early_ends_at_its_best_round(library: str) -> None:
    """Rounds after the best are not answered with."""
    frame, target = columns_of(library, people()), outcome(people(), "binary")
    noisy = np.random.default_rng(1).permutation(target[400:])
    rounds: dict[str, Any] = {"n_estimators": 200, "learning_rate": 0.5}
    if library == "lightgbm":
        stop = importlib.import_module("lightgbm").early_stopping(5, verbose=False)
        estimator = model(library, "binary", **rounds).fit(
            frame[:400], target[:400], eval_X=frame[400:], eval_y=noisy, callbacks=[stop]
        )
    else:
        estimator = model(library, "binary", early_stopping_rounds=5, **rounds)
        estimator.fit(frame[:400], target[:400], eval_set=[(frame[400:], noisy)], verbose=False)

    assert worst(estimator, frame) <= 1e-5


def test_lightgbm_takes_missing_values_for_zero_where_it_saw_none() -> None:
    """Without missing values in training it has no side for them."""
    frame = people()[["age", "income"]].fillna(1.0) - 40
    estimator = model("lightgbm", "binary").fit(frame, outcome(people(), "binary"))
    holes = frame.mask(np.random.default_rng(3).random(frame.shape) < 0.3)

    assert worst(estimator, holes) <= 1e-12


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), leaves=st.integers(2, 40), library=st.sampled_from(list(TASKS)))
def test_random_models_on_random_rows_are_answered_alike(
    seed: int, leaves: int, library: str
) -> None:
    """Also on rows that no training saw."""
    size = {"num_leaves": leaves} if library == "lightgbm" else {"max_leaves": leaves}
    frame, other = (columns_of(library, people(each)) for each in (seed, seed + 1))
    target = outcome(people(seed), "multiclass")
    estimator = model(library, "multiclass", n_estimators=8, **size).fit(frame, target)

    assert worst(estimator, other) <= (1e-12 if library == "lightgbm" else 1e-5)


def test_xgboost_behind_an_encoder_is_exported_too() -> None:
    """Categories are encoded in the pipeline, missing and unknown ones as missing."""
    frame, target = people(), outcome(people(), "binary")
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    columns = ColumnTransformer([("colours", encoder, ["colour"])], remainder="passthrough")
    estimator = make_pipeline(columns, model("xgboost", "binary")).fit(frame, target)

    assert worst(estimator, frame) <= 1e-5


@pytest.mark.parametrize(
    ("library", "changes", "said"),
    [
        ("lightgbm", {"objective": "cross_entropy"}, "objective 'cross_entropy'"),
        (
            "lightgbm",
            {"boosting_type": "rf", "subsample": 0.5, "subsample_freq": 1},
            "boosting_type rf",
        ),
        ("lightgbm", {"zero_as_missing": True}, "zero_as_missing"),
        ("xgboost", {"objective": "reg:logistic"}, "reg:logistic"),
    ],
)
def test_what_cannot_be_exported_says_what_can(
    library: str, changes: dict[str, Any], said: str
) -> None:
    """Nothing is exported into a model that answers otherwise."""
    frame = people()[["age", "income"]]
    target = outcome(people(), "binary").astype(float)
    estimator = model(library, "regression", **changes).fit(frame, target)

    with pytest.raises(UnsupportedEstimatorError, match=said):
        scored(estimator, frame)


def test_xgboosts_own_categories_are_refused() -> None:
    """Which way an unseen one goes differs between its releases."""
    estimator = model("xgboost", "binary", enable_categorical=True, tree_method="hist")
    estimator.fit(people(), outcome(people(), "binary"))

    with pytest.raises(UnsupportedEstimatorError, match="encode them in the pipeline"):
        scored(estimator, people())
