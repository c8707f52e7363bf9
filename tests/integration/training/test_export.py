"""Exported models answer as scikit-learn's own predict does."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import ensemble, linear_model, tree
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from loopwright.domain.model import Field, Signature
from loopwright.engines.scorer import OnnxScorer
from training.answers import classes_of
from training.errors import UnsupportedEstimatorError
from training.export.graph import Graph
from training.export.table import Piece, matrix
from training.export.walk import DOUBLE_TOLERANCE, SINGLE_TOLERANCE, export_model
from training.frames import raw_columns

ROWS = 400
NUMBERS = ("age", "income")
COLOURS = ("red", "green", "blue", "grey")
GRADES = (1, 2, 3, 7)
FIELDS = (
    Field(name="age", type="integer"),
    Field(name="income", type="number", nullable=True),
    Field(name="colour", type="category", categories=COLOURS, nullable=True),
    Field(name="grade", type="category", categories=GRADES),
    Field(name="member", type="boolean"),
)


def people(*, missing: bool = True) -> pd.DataFrame:
    """Make rows of every type, some values missing, one category never seen."""
    random = np.random.default_rng(7)
    colours = random.choice(COLOURS[:3], ROWS).astype(object)
    income = random.normal(5e4, 1e4, ROWS)
    if missing:
        colours[random.random(ROWS) < 0.1] = None
        income[random.random(ROWS) < 0.1] = np.nan
    return pd.DataFrame(
        {
            "age": random.integers(18, 90, ROWS),
            "income": income,
            "colour": pd.Categorical(colours, categories=list(COLOURS)),
            "grade": pd.Categorical(random.choice(GRADES, ROWS), categories=list(GRADES)),
            "member": random.random(ROWS) < 0.5,
        }
    )


def outcome(frame: pd.DataFrame, task: str) -> Any:
    """Make a target that depends on numbers and categories."""
    noise = np.random.default_rng(8).normal(0, 5, len(frame))
    score = frame["age"] + 10 * (frame["colour"] == "red") + 3 * frame["grade"].astype(int) + noise
    if task == "regression":
        return score.to_numpy()
    if task == "counts":
        return np.round(score.to_numpy() / 10)
    cuts = [60] if task == "binary" else [45, 70]
    return np.digitize(score, cuts)


def scored(estimator: BaseEstimator, frame: pd.DataFrame) -> tuple[Any, float]:
    """Export an estimator and score rows as requests would carry them."""
    classes = classes_of(estimator)
    task: Any = {0: "regression", 2: "binary"}.get(len(classes), "multiclass")
    names = tuple(estimator.feature_names_in_)
    signature = Signature(
        project="people",
        spec="s",
        task=task,
        target="y",
        fields=tuple(field for field in FIELDS if field.name in names),
        context=(),
        classes=classes,
    )
    exported = export_model(estimator, signature, features=names)
    scores = OnnxScorer(exported.onnx, signature).score(raw_columns(frame))
    return scores, exported.tolerance


def assert_same(estimator: BaseEstimator, frame: pd.DataFrame, tolerance: float) -> None:
    """Compare answers with scikit-learn's own, and values with its labels."""
    scores, allowed = scored(estimator, frame)
    labels = estimator.predict(frame)
    if is_classifier(estimator):
        assert np.abs(scores.probabilities - estimator.predict_proba(frame)).max() <= tolerance
        clear = np.ptp(np.sort(scores.probabilities, axis=1)[:, -2:], axis=1) > tolerance
        assert (np.array(scores.values) == labels)[clear].all()
    else:
        assert np.abs(np.array(scores.values) / labels - 1).max() <= tolerance
    assert allowed == tolerance


def encoded(model: BaseEstimator) -> Any:
    """Put a model behind the usual preparation of numbers and categories."""
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    columns = ColumnTransformer(
        [
            ("numbers", numbers, [*NUMBERS, "member"]),
            ("categories", OneHotEncoder(handle_unknown="ignore"), ["colour", "grade"]),
        ]
    )
    return make_pipeline(columns, model)


BOOSTED = {
    "binary": ensemble.HistGradientBoostingClassifier(max_iter=20),
    "multiclass": ensemble.HistGradientBoostingClassifier(max_iter=20),
    "regression": ensemble.HistGradientBoostingRegressor(max_iter=20),
    "counts": ensemble.HistGradientBoostingRegressor(loss="poisson", max_iter=20),
}


@pytest.mark.parametrize("task", BOOSTED)
def test_boosting_with_native_categories_and_missing_values_is_exported_exactly(task: Any) -> None:
    """Category sets, the side of missing values, and the link of every task."""
    frame = people()
    estimator = BOOSTED[task].fit(frame, outcome(frame, task))

    assert_same(estimator, frame, DOUBLE_TOLERANCE)


def test_boosting_whose_split_sends_only_missing_values_left_is_exported() -> None:
    """A category set may be empty: then only missing values go left."""
    frame = pd.DataFrame({"colour": pd.Categorical(["red", None] * 200, categories=list(COLOURS))})
    target = frame["colour"].isna().to_numpy().astype(int)
    estimator = ensemble.HistGradientBoostingClassifier(max_iter=5).fit(frame, target)

    assert_same(estimator, frame, DOUBLE_TOLERANCE)


FORESTS = [
    (ensemble.RandomForestClassifier(20, random_state=0), "binary"),
    (ensemble.RandomForestClassifier(10, random_state=0), "multiclass"),
    (ensemble.RandomForestRegressor(20, random_state=0), "regression"),
    (ensemble.ExtraTreesClassifier(10, random_state=0, max_depth=5), "multiclass"),
    (ensemble.ExtraTreesRegressor(10, random_state=0), "regression"),
    (tree.DecisionTreeClassifier(random_state=0, max_depth=6), "multiclass"),
    (tree.DecisionTreeRegressor(random_state=0), "regression"),
    (tree.ExtraTreeClassifier(random_state=0, max_depth=4), "binary"),
    (tree.ExtraTreeRegressor(random_state=0), "regression"),
]


@pytest.mark.parametrize(("estimator", "task"), FORESTS, ids=str)
def test_trees_and_forests_are_exported_with_their_missing_values(
    estimator: Any, task: Any
) -> None:
    """scikit-learn compares in float32; the values of a row may be missing."""
    frame = people().drop(columns=["colour"])
    estimator.fit(frame, outcome(people(), task))

    assert_same(estimator, frame, DOUBLE_TOLERANCE)


GRADIENT_BOOSTED = [
    (ensemble.GradientBoostingClassifier(n_estimators=15), "binary"),
    (ensemble.GradientBoostingClassifier(n_estimators=15), "multiclass"),
    (ensemble.GradientBoostingClassifier(n_estimators=15, loss="exponential"), "binary"),
    (ensemble.GradientBoostingRegressor(n_estimators=15), "regression"),
    (ensemble.GradientBoostingRegressor(n_estimators=15, init="zero"), "regression"),
]


@pytest.mark.parametrize(("estimator", "task"), GRADIENT_BOOSTED, ids=str)
def test_gradient_boosting_is_exported_with_its_start_and_link(estimator: Any, task: Any) -> None:
    """The constant that boosting starts from, the learning rate and the link."""
    frame = people(missing=False)
    model = encoded(estimator).fit(frame, outcome(frame, task))

    assert_same(model, frame, DOUBLE_TOLERANCE)


def test_a_tree_of_one_leaf_is_exported() -> None:
    """A constant target gives trees without a split."""
    frame = people()[["age", "income"]]
    estimator = ensemble.RandomForestRegressor(3).fit(frame, np.full(ROWS, 2.5))

    assert_same(estimator, frame, DOUBLE_TOLERANCE)


LINEAR = [
    (linear_model.LogisticRegression(max_iter=300), "binary"),
    (linear_model.LogisticRegression(max_iter=300), "multiclass"),
    (linear_model.LinearRegression(), "regression"),
    (linear_model.Ridge(), "regression"),
    (linear_model.LassoCV(), "regression"),
    (linear_model.ElasticNet(), "regression"),
    (linear_model.HuberRegressor(max_iter=500), "regression"),
    (linear_model.PoissonRegressor(), "counts"),
    (linear_model.GammaRegressor(), "regression"),
    (linear_model.TweedieRegressor(power=0), "regression"),
]


@pytest.mark.parametrize(("estimator", "task"), LINEAR, ids=str)
def test_linear_models_behind_the_usual_preparation_are_exported(estimator: Any, task: Any) -> None:
    """Imputer with indicator, scaler, one-hot encoder, and the link of the model."""
    frame = people()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = encoded(estimator).fit(frame, outcome(frame, task))

    assert_same(model, frame, DOUBLE_TOLERANCE)


@pytest.mark.parametrize(
    "scaler",
    [
        RobustScaler(),
        MaxAbsScaler(),
        MinMaxScaler(clip=True),
        StandardScaler(with_mean=False),
        StandardScaler(with_std=False),
        FunctionTransformer(),
    ],
    ids=str,
)
def test_scalers_are_exported(scaler: Any) -> None:
    """Centre, scale and clip."""
    frame = people(missing=False)[["age", "income", "member"]]
    model = make_pipeline(scaler, linear_model.Ridge())
    model.fit(frame, outcome(people(), "regression"))

    assert_same(model, frame, DOUBLE_TOLERANCE)


ENCODERS = [
    OneHotEncoder(drop="first", handle_unknown="ignore"),
    OneHotEncoder(min_frequency=120, handle_unknown="infrequent_if_exist"),
    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-5, encoded_missing_value=-9),
    TargetEncoder(random_state=0),
    make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")),
    make_pipeline(
        SimpleImputer(strategy="most_frequent", add_indicator=False),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    ),
]


@pytest.mark.parametrize("encoder", ENCODERS, ids=str)
def test_encoders_of_categories_are_exported(encoder: Any) -> None:
    """Each is a table of rows by category, the missing one included."""
    frame = people()[["colour", "grade", "age"]]
    columns = ColumnTransformer(
        [("categories", encoder, ["colour", "grade"])], remainder="passthrough"
    )
    model = make_pipeline(columns, linear_model.Ridge())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(frame, outcome(people(), "regression"))

        assert_same(model, frame, DOUBLE_TOLERANCE)


def test_a_category_that_was_imputed_with_a_word_of_its_own_is_exported() -> None:
    """The constant of an imputer becomes a category more."""
    frame = people()[["colour", "age"]]
    filled = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="none"),
        OneHotEncoder(handle_unknown="ignore"),
    )
    columns = ColumnTransformer([("c", filled, ["colour"])], remainder=StandardScaler())
    model = make_pipeline(columns, linear_model.Ridge())
    model.fit(frame, outcome(people(), "regression"))

    assert_same(model, frame, DOUBLE_TOLERANCE)


def test_numbers_that_are_encoded_as_categories_are_exported() -> None:
    """An integer column may be one-hot encoded, too."""
    frame = people()[["age", "grade"]]
    columns = ColumnTransformer([("ages", OneHotEncoder(handle_unknown="ignore"), ["age"])])
    model = make_pipeline(columns, linear_model.Ridge())
    model.fit(frame, outcome(people(), "regression"))

    assert_same(model, frame, DOUBLE_TOLERANCE)


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(StandardScaler(), GaussianNB()),
        make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=50, random_state=0)),
        make_pipeline(StandardScaler(), PCA(2), linear_model.LogisticRegression()),
        make_pipeline(StandardScaler(), PolynomialFeatures(2), linear_model.LogisticRegression()),
        make_pipeline(StandardScaler(), KNeighborsClassifier()),
    ],
    ids=str,
)
def test_what_has_no_exporter_of_ours_goes_through_skl2onnx_in_single_precision(
    estimator: Any,
) -> None:
    """The wider tolerance says so."""
    frame = people(missing=False)[["age", "income", "member"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.fit(frame, outcome(people(), "binary"))

        assert_same(estimator, frame, SINGLE_TOLERANCE)


def test_an_estimator_that_cannot_be_exported_is_refused_with_the_supported_ones() -> None:
    """The message says what to use."""
    frame = people(missing=False)[["age", "income"]]
    model = make_pipeline(FunctionTransformer(np.log), linear_model.Ridge())
    model.fit(frame, outcome(people(), "regression"))

    with pytest.raises(
        UnsupportedEstimatorError, match=r"FunctionTransformer.*HistGradientBoosting"
    ):
        scored(model, frame)


def test_text_categories_must_be_encoded() -> None:
    """A model that takes numbers cannot take words."""
    graph = Graph()

    with pytest.raises(UnsupportedEstimatorError, match="encode it first"):
        matrix(graph, (Piece("colour", 1, COLOURS),))


@pytest.mark.parametrize(
    "inner",
    [
        ensemble.HistGradientBoostingClassifier(max_iter=20),
        encoded(linear_model.LogisticRegression(max_iter=500)),
    ],
    ids=["trees", "pipeline"],
)
def test_calibration_is_exported_exactly(inner: BaseEstimator) -> None:
    """Platt's function of the score, not of the rounded probability."""
    frame = people()
    estimator = CalibratedClassifierCV(inner, method="sigmoid", cv=3, ensemble=False)
    estimator.fit(frame, outcome(frame, "binary"))

    assert_same(estimator, frame, DOUBLE_TOLERANCE)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("passthrough", [False, True])
def test_a_stacked_model_is_exported_exactly(task: str, *, passthrough: bool) -> None:
    """Its members answer to the one that decides, beside the columns where they are passed on."""
    frame = people(missing=False)[["age", "income"]]
    trees, linear, kind = (
        (tree.DecisionTreeRegressor(max_depth=4), linear_model.Ridge(), "StackingRegressor")
        if task == "regression"
        else (
            tree.DecisionTreeClassifier(max_depth=4),
            linear_model.LogisticRegression(max_iter=500),
            "StackingClassifier",
        )
    )
    members = [("trees", trees), ("linear", make_pipeline(StandardScaler(), linear))]
    last = make_pipeline(StandardScaler(), clone(linear))
    estimator = getattr(ensemble, kind)(members, last, cv=3, passthrough=passthrough)
    estimator.fit(frame, outcome(people(missing=False), task))

    assert_same(estimator, frame, DOUBLE_TOLERANCE)


def test_a_stacked_model_of_scores_is_refused() -> None:
    """Its members answer no probabilities."""
    frame = people(missing=False)[["age", "income"]]
    estimator = ensemble.StackingClassifier(
        [("linear", linear_model.LogisticRegression(max_iter=500))],
        stack_method="decision_function",
        cv=3,
    )
    estimator.fit(frame, outcome(people(missing=False), "binary"))

    with pytest.raises(UnsupportedEstimatorError, match="stack_method='predict_proba'"):
        scored(estimator, frame)


@pytest.mark.parametrize(
    ("inner", "options", "said"),
    [
        (ensemble.HistGradientBoostingClassifier(max_iter=5), {"ensemble": True}, "ensemble=False"),
        (
            ensemble.HistGradientBoostingClassifier(max_iter=5),
            {"ensemble": False, "method": "isotonic"},
            "method='isotonic'",
        ),
        (encoded(GaussianNB()), {"ensemble": False}, "around GaussianNB"),
    ],
)
def test_other_calibrations_are_refused(
    inner: BaseEstimator, options: dict[str, Any], said: str
) -> None:
    """What skl2onnx would make of isotonic calibration is silently wrong."""
    frame = people()
    estimator = CalibratedClassifierCV(inner, cv=3, **options)
    estimator.fit(frame, outcome(frame, "binary"))

    with pytest.raises(UnsupportedEstimatorError, match=said):
        scored(estimator, frame)
