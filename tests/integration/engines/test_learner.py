"""Oracles: scikit-learn's own cross-validation and dummies, and outcomes made by a known rule."""

from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # ships no types

from loopwright.domain.feasibility_trial import Question, SampledRows, Trial
from loopwright.engines.learner import SimpleLearner
from loopwright.engines.learner_columns import code_target
from loopwright.engines.learner_splits import repeats_of, units_of

ROWS = 300
RANDOM = np.random.default_rng(4)


def _objects(values: list[Any]) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


NUMBER = np.where(RANDOM.random(ROWS) < 0.1, np.nan, RANDOM.normal(size=ROWS))
CITY = _objects([["Köln", "Rome", None][place % 3] for place in range(ROWS)])
CODE = _objects([int(place % 7) for place in range(ROWS)])
FEATURES = {"number": NUMBER, "city": CITY, "code": CODE}
YES = _objects(["yes" if place % 3 == 0 else "no" for place in range(ROWS)])
NOISE = _objects(RANDOM.choice(["no", "yes"], ROWS).tolist())


def _question(**changes: Any) -> Question:
    asked: dict[str, Any] = {
        "task": "binary",
        "metric": "roc_auc",
        "folds": 3,
        "repeats": 1,
        "seed": 0,
        "seconds": 60.0,
        **changes,
    }
    return Question(**asked)


def _try(target: np.ndarray, features: Any = FEATURES, **changes: Any) -> Trial:
    return SimpleLearner().try_out(SampledRows(features, target), _question(**changes))


def test_what_follows_from_a_category_is_learned() -> None:
    """The outcome is whether the city is Köln: the column alone does, luck does not."""
    found = _try(YES)

    assert [one.scores for one in found.learners] == [pytest.approx([1.0] * 3)] * 2
    assert found.dummy == (0.5, 0.5, 0.5)
    assert found.single is not None
    assert found.single.column == "city"
    assert found.single.scores == pytest.approx((1.0,) * 3)
    assert abs(np.mean(found.permuted) - 0.5) < 0.2
    assert found.curve is not None
    assert found.curve.sizes == (100, 119, 141, 168, 200)
    assert found.left_out == ()


def test_the_dummy_is_that_of_scikit_learn_on_the_same_stratified_folds() -> None:
    """Its log loss over StratifiedKFold of the same seed."""
    codes = (YES == "yes").astype(int)
    splitter = StratifiedKFold(3, shuffle=True, random_state=0)
    expected = [
        log_loss(
            codes[test],
            DummyClassifier().fit(codes[train], codes[train]).predict_proba(codes[test]),
        )
        for train, test in splitter.split(codes, codes)
    ]

    assert _try(YES, metric="log_loss").dummy == pytest.approx(expected)


def test_a_regression_scores_like_scikit_learn_does() -> None:
    """The same estimator under cross_val_score, on plain folds of the same seed."""
    target = np.nan_to_num(NUMBER) * 2 + RANDOM.normal(size=ROWS)
    found = _try(target, {"number": NUMBER}, task="regression", metric="r2", seed=3)
    estimator = HistGradientBoostingRegressor(
        max_iter=80,
        learning_rate=0.1,
        max_leaf_nodes=15,
        l2_regularization=1.0,
        early_stopping=False,
    )
    splitter = KFold(3, shuffle=True, random_state=3)
    with threadpool_limits(1):
        expected = cross_val_score(estimator, NUMBER[:, None], target, cv=splitter, scoring="r2")

    assert found.learners[0].scores == pytest.approx(expected.tolist())


def test_several_classes_are_scored_by_macro_f1() -> None:
    """The class is the code modulo three, which the categories tell."""
    target = _objects([int(place % 7) % 3 for place in range(ROWS)])
    found = _try(target, task="multiclass", metric="macro_f1")

    assert min(found.learners[0].scores) > 0.95
    assert max(found.dummy) < 0.4


def test_equal_questions_give_equal_answers() -> None:
    """A retried step finds the same numbers; another seed makes other folds."""
    found = _try(NOISE)

    assert found == _try(NOISE)
    assert found.learners != _try(NOISE, seed=1, seconds=0.0).learners


def test_without_time_only_the_first_repeat_is_made() -> None:
    """What is left out is named."""
    found = _try(NOISE, repeats=2, seconds=0.0)

    assert len(found.dummy) == found.first == 3
    assert found.left_out == ("repeat 2", "the shuffled outcomes", "single features", "the curve")


def test_columns_without_values_and_very_many_columns_do_no_harm() -> None:
    """Of more than 256 columns those that the rows favour are taken, in every fold anew."""
    many = {f"noise_{place}": RANDOM.normal(size=ROWS) for place in range(260)}
    empty = {"none": _objects([None] * ROWS), "nan": np.full(ROWS, np.nan), "one": np.ones(ROWS)}
    found = _try(YES, {**many, **empty, "is_three": (np.arange(ROWS) % 3 == 0) * 1.0})

    assert found.learners[0].scores == pytest.approx((1.0,) * 3)
    assert found.single is not None
    assert found.single.column == "is_three"


def _splits(rows: SampledRows, **changes: Any) -> Any:
    question = _question(folds=5, **changes)
    outcome = code_target(rows.target, question.task, None)
    return repeats_of(rows, outcome, units_of(rows, outcome, question), question)


def test_no_entity_is_parted() -> None:
    """The rows of an entity are learned from or tested on; one without a name is alone."""
    entity = _objects([None if place % 50 == 0 else f"e{place % 40}" for place in range(ROWS)])
    splitting, repeats = _splits(SampledRows(FEATURES, NOISE, entity=entity), repeats=2)

    assert (splitting.kind, len(repeats), len(repeats[0])) == ("entity", 2, 5)
    for split in (*repeats[0], *repeats[1]):
        assert not (set(entity[split.train]) - {None}) & set(entity[split.test])
        assert len(split.train) + len(split.test) == ROWS


def test_what_is_tested_is_newer_than_what_was_learned() -> None:
    """Five blocks of the newer half, each after all rows before it."""
    time = RANDOM.permutation(ROWS).astype(float)
    splitting, [splits] = _splits(SampledRows(FEATURES, NOISE, time=time), repeats=4)

    assert (splitting.kind, len(splits)) == ("time", 5)
    assert [len(split.test) for split in splits] == [30] * 5
    assert [len(split.train) for split in splits] == [150, 180, 210, 240, 270]
    assert all(time[split.train].max() < time[split.test].min() for split in splits)


def test_entity_and_time_are_both_kept() -> None:
    """Newer rows of other entities are tested."""
    time = np.arange(ROWS, dtype=float)
    entity = _objects([f"e{place % 40}" for place in range(ROWS)])
    splitting, [splits] = _splits(SampledRows(FEATURES, NOISE, entity=entity, time=time))

    assert splitting.kind == "entity_and_time"
    for split in splits:
        assert time[split.train].max() < time[split.test].min()
        assert not set(entity[split.train]) & set(entity[split.test])


def test_few_times_are_blocks_each_and_too_few_are_told_of() -> None:
    """Four years make three blocks; one year makes none, so rows are shuffled."""
    years = _objects([2015 + place % 4 for place in range(ROWS)])
    by_year, [splits] = _splits(SampledRows(FEATURES, NOISE, time=years))
    shuffled, _ = _splits(SampledRows(FEATURES, NOISE, time=np.full(ROWS, 2015.0)))

    assert (by_year.kind, [len(split.train) for split in splits]) == ("time", [75, 150, 225])
    assert shuffled.kind == "shuffled"
    assert "too few values" in shuffled.note


def test_splits_without_two_outcomes_are_left_out() -> None:
    """All positives are of two entities, so most folds hold none."""
    entity = _objects([f"e{place // 15}" for place in range(ROWS)])
    target = _objects(["yes" if place < 30 else "no" for place in range(ROWS)])
    found = SimpleLearner().try_out(SampledRows(FEATURES, target, entity=entity), _question())

    assert found.train_rows == ()
