"""Oracles: scikit-learn, and small tables by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from loopwright.domain.evaluation import Contender, Evaluation, Holdout, evaluate
from loopwright.domain.evaluation_frame import ModelAnswers, is_known
from loopwright.domain.evaluation_losses import group_losses
from loopwright.domain.fairness_groups import OutcomeCounts, group_rows
from loopwright.domain.metrics_estimates import Answers
from loopwright.domain.record import canonical_json
from loopwright.domain.spec import ProjectSpec
from tests.fakes.projects import a_spec

REGRESSION = {"task": "regression", "target": "income", "favourable": None}


def _objects(values: Sequence[Any]) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _holdout(spec: ProjectSpec, truth: np.ndarray, sex: Sequence[Any]) -> Holdout:
    return Holdout(spec, "spec-digest", "data-digest", truth, (group_rows("sex", _objects(sex)),))


def _model(name: str, scores: Sequence[float], classes: tuple[Any, ...] = ("no", "yes")) -> Any:
    share = np.array(scores)
    values = [classes[int(score >= 0.5)] for score in scores]
    return ModelAnswers(name, classes, values, np.column_stack([1 - share, share]))


def _value(evaluation: Evaluation, name: str, *, of: str = "candidate") -> float | None:
    card = evaluation.dummy if of == "dummy" else getattr(evaluation, of).metrics
    return next(metric.value for metric in card if metric.name == name)


TRUTH = _objects(["yes", "no", "yes", None, "no", "yes", "no", "no"])
SEX = [1, 1, 1, 1, 2, 2, 2, None]
GOOD = [0.9, 0.1, 0.8, 0.5, 0.3, 0.7, 0.2, 0.4]
POOR = [0.6, 0.4, 0.2, 0.5, 0.7, 0.4, 0.1, 0.6]


def test_candidate_champion_and_dummy_are_scored_on_the_same_rows() -> None:
    """Rows without an outcome are left out for all three, and counted."""
    spec = a_spec()
    found = evaluate(
        _holdout(spec, TRUTH, SEX), _model("new", GOOD), Contender("old", _model("old", POOR))
    )
    labels = [1, 0, 1, 0, 1, 0, 0]
    poor = [score for place, score in enumerate(POOR) if place != 3]

    assert (found.rows, found.unlabelled_rows, found.metric) == (7, 1, "roc_auc")
    assert _value(found, "roc_auc") == 1.0
    assert _value(found, "roc_auc", of="champion") == pytest.approx(sk.roc_auc_score(labels, poor))
    assert _value(found, "roc_auc", of="dummy") == 0.5
    assert _value(found, "accuracy", of="dummy") == pytest.approx(4 / 7)
    assert found.positive == "yes"


def test_groups_are_counted_for_both_models() -> None:
    """By hand: the champion is right twice, once, and not where sex is missing."""
    found = evaluate(
        _holdout(a_spec(), TRUTH, SEX), _model("new", GOOD), Contender("old", _model("old", POOR))
    )
    assert found.champion is not None
    counts = [one for one in found.champion.groups if isinstance(one, OutcomeCounts)]

    assert [(one.group, one.rows, one.correct) for one in counts] == [
        ("1", 3, 2),
        ("2", 3, 1),
        ("(missing)", 1, 0),
    ]


def test_a_first_candidate_has_the_dummy_only() -> None:
    """No champion, no gains over it, no losses of groups."""
    found = evaluate(_holdout(a_spec(), TRUTH, SEX), _model("new", GOOD))

    assert (found.champion, found.champion_model, found.gains_over_champion) == (None, None, ())
    assert found.group_losses == ()
    assert {gain.metric for gain in found.gains_over_dummy} >= {"roc_auc", "accuracy", "log_loss"}


def test_an_incomparable_champion_is_named_with_the_reason() -> None:
    """It has no scorecard."""
    found = evaluate(
        _holdout(a_spec(), TRUTH, SEX), _model("new", GOOD), Contender("old", None, "other columns")
    )

    assert (found.champion, found.champion_model, found.incomparable) == (
        None,
        "old",
        "other columns",
    )


def test_models_with_other_classes_are_read_in_one_order() -> None:
    """A champion that knows a class more, in another order, and a row of a class unknown to all."""
    spec = a_spec(task="multiclass", favourable=None)
    truth = _objects(["a", "b", "c", "d"])
    candidate = ModelAnswers("new", ("a", "b"), ["a", "b", "b", "a"], np.eye(2)[[0, 1, 1, 0]])
    champion = ModelAnswers("old", ("c", "a"), ["a", "a", "c", "a"], np.eye(2)[[1, 1, 0, 1]])
    found = evaluate(_holdout(spec, truth, [1, 1, 2, 2]), candidate, Contender("old", champion))

    assert found.classes == ("a", "b", "c", "d")
    assert found.positive is None
    assert _value(found, "accuracy") == 0.5
    assert _value(found, "accuracy", of="champion") == 0.5
    assert found.candidate.charts.confusion[3] == (1, 0, 0, 0)
    assert {loss.measure for loss in found.group_losses} == {"accuracy"}


def test_integer_outcomes_meet_integer_classes() -> None:
    """Integers reach Python as float64; a binary spec without favourable takes the last class."""
    spec = a_spec(favourable=None)
    model = _model("new", [0.2, 0.9], classes=(0, 1))
    found = evaluate(_holdout(spec, np.array([0.0, 1.0]), [1, 2]), model)

    assert (found.classes, found.positive) == ((0, 1), 1)
    assert _value(found, "accuracy") == 1.0


def test_a_regression_is_compared_by_its_errors() -> None:
    """The dummy answers the mean: its r2 is zero."""
    truth = np.array([10.0, 20.0, 30.0, np.nan])
    near = ModelAnswers("new", (), [11.0, 19.0, 30.0, 5.0], None)
    far = ModelAnswers("old", (), [14.0, 18.0, 30.0, 5.0], None)
    found = evaluate(
        _holdout(a_spec(**REGRESSION), truth, [1, 1, 2, 2]), near, Contender("old", far)
    )
    losses = {loss.group: loss.value for loss in found.group_losses}

    assert found.metric == "r2"
    assert _value(found, "r2", of="dummy") == pytest.approx(0.0)
    assert _value(found, "mae") == pytest.approx(2 / 3)
    assert losses["1"] == pytest.approx((1.0 - 3.0) / 2.0)
    assert losses["2"] == 0.0
    assert sum(one.rows for one in found.candidate.charts.predicted) == 3


def test_a_perfect_champion_leaves_losses_in_units_of_the_target() -> None:
    """There is no error of his to take a share of."""
    truth = np.array([1.0, 2.0])
    (loss,) = group_losses(
        [group_rows("g", _objects(["a", "a"]))],
        Answers(truth, truth + 0.5),
        Answers(truth, truth),
    )

    assert loss.value == 0.5


def test_group_losses_are_paired_differences() -> None:
    """By hand: in group a one of two is lost and it is a positive one."""
    truth, right, wrong = np.array([1, 0]), np.array([1, 0]), np.array([0, 0])
    shares = np.zeros((2, 2))
    losses = group_losses(
        [group_rows("g", _objects(["a", "a"]))],
        Answers(truth, wrong, shares, 1),
        Answers(truth, right, shares, 1),
    )

    assert [(loss.measure, loss.rows, loss.value) for loss in losses] == [
        ("accuracy", 2, 0.5),
        ("true_positive_rate", 1, 1.0),
    ]
    assert losses[1].low is None


def test_intervals_of_many_groups_hold_together() -> None:
    """Two comparisons: each at 97.5 %, scipy's Student quantile being the other route."""
    rows = 40
    truth = np.ones(rows, dtype=int)
    wrong = np.where(np.arange(rows) % 8 == 0, 0, 1)
    shares = np.zeros((rows, 2))
    groups = _objects(["a"] * 20 + ["b"] * 20)
    loss = group_losses(
        [group_rows("g", groups)], Answers(truth, wrong, shares), Answers(truth, truth, shares)
    )[0]
    lost = np.where(wrong[:20] == 0, 1.0, 0.0)
    half = stats.t.ppf(1 - 0.05 / 2 / 2, 19) * lost.std(ddof=1) / np.sqrt(20)

    assert loss.low == pytest.approx(lost.mean() - half)
    assert loss.high == pytest.approx(lost.mean() + half)


@pytest.mark.parametrize("changes", [{}, REGRESSION])
def test_without_labelled_rows_nothing_is_measured(changes: dict[str, Any]) -> None:
    """Every metric is undefined, and the document can still be stored."""
    truth = np.array([np.nan]) if changes else _objects([None])
    model = ModelAnswers("new", (), [1.0], None) if changes else _model("new", [0.4])
    found = evaluate(_holdout(a_spec(**changes), truth, [1]), model)

    assert found.rows == 0
    assert all(metric.value is None for metric in found.candidate.metrics)
    assert canonical_json(found)


def test_the_document_survives_its_json() -> None:
    """What is stored is what is read, counts of either kind included."""
    found = evaluate(_holdout(a_spec(), TRUTH, SEX), _model("new", GOOD))

    assert Evaluation.model_validate_json(canonical_json(found)) == found


def test_none_and_nan_are_unknown() -> None:
    """Both kinds of column."""
    assert is_known(np.array([1.0, np.nan])).tolist() == [True, False]
    assert is_known(_objects([0, None, ""])).tolist() == [True, False, True]


def test_the_dummy_of_a_spec_with_costs_is_the_cheapest_constant() -> None:
    """Three of four are not repaid; a refusal of a good one costs four times a bad loan."""
    spec = a_spec(costs={"false_positive": 1.0, "false_negative": 4.0})
    truth = np.array(["no", "no", "no", "yes"], dtype=object)
    found = evaluate(Holdout(spec, "s", "d", truth, ()), _model("new", [0.3, 0.1, 0.1, 0.9]))
    costs = {one.name: one.value for one in found.dummy}

    assert costs["cost"] == 0.75
    assert costs["recall"] == 1.0
