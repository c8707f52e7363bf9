"""Oracles: scikit-learn's own cross-validation and dummies."""

from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import log_loss, r2_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # ships no types

from loopwright.engines.learner import GradientBoostingLearner
from loopwright.errors import InputError

ROWS = 300
RANDOM = np.random.default_rng(4)


def _objects(values: list[Any]) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


NUMBER = np.where(RANDOM.random(ROWS) < 0.1, np.nan, RANDOM.normal(size=ROWS))
CITY = _objects([["Köln", "Rome", None][place % 3] for place in range(ROWS)])
CODE = _objects([int(place % 7) for place in range(ROWS)])
FLAG = _objects([[True, False, None][place % 3] for place in range(ROWS)])
FEATURES = {"number": NUMBER, "city": CITY, "code": CODE, "flag": FLAG}
YES = _objects(["yes" if place % 3 == 0 else "no" for place in range(ROWS)])


def _folds(target: np.ndarray, task: str, metric: str, **changes: Any) -> Any:
    question: dict[str, Any] = {"task": task, "metric": metric, "folds": 5, "seed": 0, **changes}
    return GradientBoostingLearner().cross_validate(FEATURES, target, **question)


def test_what_follows_from_a_category_is_learned() -> None:
    """The outcome is whether the city is Köln; a dummy cannot order rows."""
    folds = _folds(YES, "binary", "roc_auc")

    assert [(fold.train_rows, fold.test_rows) for fold in folds] == [(240, 60)] * 5
    assert [fold.score for fold in folds] == pytest.approx([1.0] * 5)
    assert [fold.dummy_score for fold in folds] == [0.5] * 5


def test_noise_is_not_learned() -> None:
    """Outcomes at random give no gain beyond chance."""
    noise = _objects(RANDOM.choice(["no", "yes"], ROWS).tolist())
    gains = [fold.score - fold.dummy_score for fold in _folds(noise, "binary", "roc_auc")]

    assert abs(np.mean(gains)) < 0.15


def test_the_dummy_is_that_of_scikit_learn_on_the_same_stratified_folds() -> None:
    """Its log loss over StratifiedKFold of the same seed."""
    codes = (YES == "yes").astype(int)
    splitter = StratifiedKFold(5, shuffle=True, random_state=0)
    expected = [
        log_loss(
            codes[test],
            DummyClassifier().fit(codes[train], codes[train]).predict_proba(codes[test]),
        )
        for train, test in splitter.split(codes, codes)
    ]

    assert [fold.dummy_score for fold in _folds(YES, "binary", "log_loss")] == pytest.approx(
        expected
    )


def test_a_regression_scores_like_scikit_learn_does() -> None:
    """The same estimator under cross_val_score, on plain folds of the same seed."""
    target = np.nan_to_num(NUMBER) * 2 + RANDOM.normal(size=ROWS)
    only = {"number": NUMBER}
    folds = GradientBoostingLearner().cross_validate(
        only, target, task="regression", metric="r2", folds=4, seed=3
    )
    estimator = HistGradientBoostingRegressor(
        max_iter=80,
        learning_rate=0.1,
        max_leaf_nodes=15,
        l2_regularization=1.0,
        early_stopping=False,
    )
    splitter = KFold(4, shuffle=True, random_state=3)
    with threadpool_limits(1):
        expected = cross_val_score(estimator, NUMBER[:, None], target, cv=splitter, scoring="r2")
    train, test = next(splitter.split(target))
    dummy = DummyRegressor().fit(target[train], target[train]).predict(target[test])

    assert [fold.score for fold in folds] == pytest.approx(expected.tolist())
    assert folds[0].dummy_score == pytest.approx(r2_score(target[test], dummy))


def test_several_classes_are_scored_by_macro_f1() -> None:
    """The class is the code modulo three, which the categories tell."""
    folds = _folds(
        _objects([int(place % 7) % 3 for place in range(ROWS)]), "multiclass", "macro_f1"
    )

    assert min(fold.score for fold in folds) > 0.95
    assert max(fold.dummy_score for fold in folds) < 0.4


def test_equal_seeds_give_equal_scores() -> None:
    """A retried step finds the same numbers; another seed makes other folds."""
    noise = _objects(RANDOM.choice(["no", "yes"], ROWS).tolist())

    assert _folds(noise, "binary", "roc_auc") == _folds(noise, "binary", "roc_auc")
    assert _folds(noise, "binary", "roc_auc") != _folds(noise, "binary", "roc_auc", seed=1)


def test_many_categories_are_taken_as_numbers() -> None:
    """The learner knows at most 255 categories; more keep their order only."""
    names = _objects([f"{place:04d}" for place in range(ROWS)])
    target = np.arange(ROWS, dtype=float)
    folds = GradientBoostingLearner().cross_validate(
        {"name": names}, target, task="regression", metric="r2", folds=3, seed=0
    )

    assert min(fold.score for fold in folds) > 0.9


def test_a_column_without_values_does_no_harm() -> None:
    """All missing, as numbers or as categories, and a constant."""
    empty = {**FEATURES, "none": _objects([None] * ROWS), "nan": np.full(ROWS, np.nan)}
    empty["constant"] = np.ones(ROWS)
    folds = GradientBoostingLearner().cross_validate(
        empty, YES, task="binary", metric="accuracy", folds=3, seed=0
    )

    assert [fold.score for fold in folds] == pytest.approx([1.0] * 3)


def test_a_metric_that_a_fold_does_not_define_is_an_error() -> None:
    """A constant target has no r2; the gate does not ask such a question."""
    with pytest.raises(InputError, match="r2 is not defined on a fold of 100 rows"):
        _folds(np.ones(ROWS), "regression", "r2", folds=3)
