"""The two simple learners, the dummy, and how their answers are scored."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import f_classif, f_regression
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from loopwright.domain.chance import CHANCE
from loopwright.domain.feasibility_trial import LearnerName, Question
from loopwright.domain.intervals import Floats
from loopwright.domain.metrics import estimate
from loopwright.domain.metrics_estimates import Answers
from loopwright.engines.learner_columns import Matrix
from loopwright.engines.learner_splits import Split
from loopwright.errors import InputError

MOST_FEATURES = 256
MOST_ONE_HOT = 32
ITERATIONS = 80
# A boosting of k classes grows k trees in every iteration.
MOST_TREES = 240
FEWEST_ITERATIONS = 10
SMALL_ITERATIONS = 12
_LOGISTIC_ITERATIONS = 200


def score_split(
    name: LearnerName | None,
    matrix: Matrix,
    outcome: NDArray[Any],
    split: Split,
    question: Question,
    *,
    small: bool = False,
) -> float:
    """Fit a learner (None: the dummy) on one side of a split and return its score on the other.

    The dummy is the strongest answer that knows no feature: a constant, or chance (domain.chance).

    A `small` boosting is a quick one for a column or two. Of more than 256 columns those are taken
    that the rows to learn from favour. InputError where the rows do not define the metric.
    """
    learned = outcome[split.train]
    if name is None and question.metric in CHANCE:
        return CHANCE[question.metric](learned, outcome[split.test])
    if name is None or len(np.unique(learned)) < 2:  # noqa: PLR2004 - one outcome teaches nothing
        empty = np.zeros((len(outcome), 1))
        return _score(_dummy(question), empty, outcome, split, question)
    matrix = _favoured(matrix, outcome, split.train, question)
    # No learner takes a column without a value; as a constant it does no harm.
    empty_columns = np.isnan(matrix.values[split.train]).all(axis=0)
    values = np.where(empty_columns, 0.0, matrix.values) if empty_columns.any() else matrix.values
    if name == "linear":
        model = _linear(matrix.is_category, question)
    else:
        classes = len(np.unique(learned))
        model = _boosting(matrix.is_category, question, classes=classes, small=small)
    return _score(model, values, outcome, split, question)


def _score(
    model: Any, values: Floats, outcome: NDArray[Any], split: Split, question: Question
) -> float:
    with warnings.catch_warnings():
        # A linear model that has not quite converged is still a simple learner.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(values[split.train], outcome[split.train])
    tested, truth = values[split.test], outcome[split.test]
    if question.task == "regression":
        answers = Answers(truth, model.predict(tested))
    else:
        answers = _classes(model, tested, truth, int(outcome.max()) + 1, question)
    found = estimate(question.metric, answers)
    if found is None:
        message = (
            f"{question.metric} is not defined on a fold of {len(truth)} rows; use fewer folds"
        )
        raise InputError(message)
    return found.value


def _classes(
    model: Any, tested: Floats, truth: NDArray[Any], classes: int, question: Question
) -> Answers:
    """Return answers over all classes; one that the learner never saw has no chance."""
    known = model.predict_proba(tested)
    probabilities = np.zeros((len(tested), classes))
    probabilities[:, model.classes_] = known
    predicted = model.classes_[known.argmax(axis=1)]
    return Answers(truth, predicted, probabilities, 1 if question.task == "binary" else None)


def _dummy(question: Question) -> Any:
    return DummyRegressor() if question.task == "regression" else DummyClassifier()


def _boosting(
    is_category: NDArray[np.bool_], question: Question, *, classes: int, small: bool
) -> Any:
    options = {
        "max_iter": _iterations(question, classes, small=small),
        "learning_rate": 0.3 if small else 0.1,
        "max_leaf_nodes": 8 if small else 15,
        "l2_regularization": 1.0,
        "early_stopping": False,
        "categorical_features": is_category,
        "random_state": question.seed,
    }
    if question.task == "regression":
        return HistGradientBoostingRegressor(**options)
    return HistGradientBoostingClassifier(**options)


def _iterations(question: Question, classes: int, *, small: bool) -> int:
    if small:
        return SMALL_ITERATIONS
    if question.task != "multiclass":
        return ITERATIONS
    return min(ITERATIONS, max(FEWEST_ITERATIONS, MOST_TREES // classes))


def _linear(is_category: NDArray[np.bool_], question: Question) -> Any:
    """Numbers: median and a mark for missing, scaled; categories: one-hot, the rare ones as one."""
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    categories = OneHotEncoder(
        max_categories=MOST_ONE_HOT, handle_unknown="infrequent_if_exist", sparse_output=True
    )
    columns = ColumnTransformer(
        [
            ("numbers", numbers, np.flatnonzero(~is_category)),
            ("categories", categories, np.flatnonzero(is_category)),
        ]
    )
    if question.task == "regression":
        return make_pipeline(columns, Ridge(alpha=1.0))
    return make_pipeline(columns, LogisticRegression(max_iter=_LOGISTIC_ITERATIONS))


def _favoured(
    matrix: Matrix, outcome: NDArray[Any], train: NDArray[np.int64], question: Question
) -> Matrix:
    """Return at most 256 columns, by the F test on the rows to learn from alone."""
    if len(matrix.names) <= MOST_FEATURES:
        return matrix
    return matrix.only(strongest(matrix, outcome, train, question)[:MOST_FEATURES])


def strongest(
    matrix: Matrix, outcome: NDArray[Any], rows: NDArray[np.int64], question: Question
) -> list[int]:
    """Return the places of the columns, those first that differ most with the outcome (F test)."""
    values = matrix.values[rows]
    known = ~np.isnan(values)
    means = np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, values, means)
    test = f_regression if question.task == "regression" else f_classif
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # constant columns, which come last
        strengths = np.nan_to_num(np.abs(test(filled, outcome[rows])[0]), nan=-1.0, posinf=np.inf)
    return [int(place) for place in np.argsort(-strengths, kind="stable")]
