"""Oracles: scikit-learn for values, the jackknife for influences, scipy for ends."""

import math
from collections.abc import Callable
from typing import Any  # scikit-learn has no types

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve
from statsmodels.stats.proportion import proportion_confint

from loopwright.domain.kinds import Task
from loopwright.domain.metrics import (
    METRICS,
    all_gains,
    default_metric,
    estimate,
    finite,
    gain,
    measure_all,
    metrics_of,
)
from loopwright.domain.metrics_classes import class_scores
from loopwright.domain.metrics_estimates import Answers
from loopwright.domain.spec import METRICS as METRICS_OF_SPEC


def _binary(seed: int = 0, rows: int = 300) -> Answers:
    random = np.random.default_rng(seed)
    truth = (random.random(rows) < 0.4).astype(np.int64)
    score = 1 / (1 + np.exp(-(random.normal(size=rows) + 1.5 * truth - 0.7)))
    chosen = (score >= 0.5).astype(np.int64)
    return Answers(truth, chosen, np.column_stack([1 - score, score]), 1, costs=(2.0, 5.0))


def _multiclass(seed: int = 0, rows: int = 300) -> Answers:
    random = np.random.default_rng(seed)
    truth = random.integers(0, 3, rows)
    logits = random.normal(size=(rows, 3)) + 1.5 * np.eye(3)[truth]
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return Answers(truth, shares.argmax(axis=1), shares)


def _regression(seed: int = 0, rows: int = 300) -> Answers:
    random = np.random.default_rng(seed)
    truth = np.abs(random.normal(10, 3, rows))
    return Answers(truth, np.maximum(truth + random.normal(0.2, 2, rows), 0.5))


def _lift(answers: Answers) -> float:
    """The best tenth, one row after the other."""
    rows = sorted(zip(answers.scores, answers.is_positive, strict=True), reverse=True)
    best = [positive for _, positive in rows[: math.ceil(len(rows) / 10)]]
    return float(np.mean(best) / answers.is_positive.mean())


def _calibration(answers: Answers) -> float:
    """The tenths are equally large, so their gaps have one weight."""
    shares, means = calibration_curve(answers.truth, answers.scores, n_bins=10, strategy="quantile")
    return float(np.abs(shares - means).mean())


ANSWERS = {"binary": _binary, "multiclass": _multiclass, "regression": _regression}
ORACLES: dict[tuple[str, str], Callable[[Answers], Any]] = {
    ("binary", "roc_auc"): lambda a: sk.roc_auc_score(a.truth, a.scores),
    ("binary", "accuracy"): lambda a: sk.accuracy_score(a.truth, a.predicted),
    ("binary", "balanced_accuracy"): lambda a: sk.balanced_accuracy_score(a.truth, a.predicted),
    ("binary", "f1"): lambda a: sk.f1_score(a.truth, a.predicted),
    ("binary", "precision"): lambda a: sk.precision_score(a.truth, a.predicted),
    ("binary", "recall"): lambda a: sk.recall_score(a.truth, a.predicted),
    ("binary", "log_loss"): lambda a: sk.log_loss(a.truth, a.probabilities),
    ("binary", "brier"): lambda a: sk.brier_score_loss(a.truth, a.scores),
    ("binary", "calibration_error"): _calibration,
    ("binary", "lift"): _lift,
    ("binary", "cost"): lambda a: (
        sk.confusion_matrix(a.truth, a.predicted).ravel() @ [0, 2, 5, 0] / a.rows
    ),
    ("multiclass", "accuracy"): lambda a: sk.accuracy_score(a.truth, a.predicted),
    ("multiclass", "balanced_accuracy"): lambda a: sk.balanced_accuracy_score(a.truth, a.predicted),
    ("multiclass", "macro_f1"): lambda a: sk.f1_score(a.truth, a.predicted, average="macro"),
    ("multiclass", "log_loss"): lambda a: sk.log_loss(a.truth, a.probabilities),
    ("regression", "r2"): lambda a: sk.r2_score(a.truth, a.predicted),
    ("regression", "rmse"): lambda a: sk.root_mean_squared_error(a.truth, a.predicted),
    ("regression", "mae"): lambda a: sk.mean_absolute_error(a.truth, a.predicted),
    ("regression", "poisson_deviance"): lambda a: sk.mean_poisson_deviance(a.truth, a.predicted),
    ("regression", "median_error"): lambda a: sk.median_absolute_error(a.truth, a.predicted),
    ("regression", "p90_error"): lambda a: stats.scoreatpercentile(np.abs(a.errors), 90),
}
CASES = sorted(ORACLES)
# The jackknife fails where a statistic jumps with single rows; these are held against a bootstrap.
JUMPS = ("calibration_error", "median_error", "p90_error")
SMOOTH = [case for case in CASES if case[1] not in JUMPS]


@pytest.mark.parametrize(("task", "metric"), CASES)
def test_a_metric_has_the_value_of_scikit_learn(task: str, metric: str) -> None:
    """Every metric of the table."""
    answers = ANSWERS[task]()
    found = estimate(metric, answers)

    assert found is not None
    assert found.value == pytest.approx(ORACLES[task, metric](answers), abs=1e-12)
    assert found.interval.low <= found.value <= found.interval.high


@pytest.mark.parametrize(("task", "metric"), SMOOTH)
def test_an_influence_gives_the_error_of_the_jackknife(task: str, metric: str) -> None:
    """Leaving out each row in turn is an independent route to the standard error."""
    answers = ANSWERS[task](rows=80)
    rows = answers.rows
    left_out = [ORACLES[task, metric](answers.at(np.arange(rows) != row)) for row in range(rows)]
    jackknife = math.sqrt((rows - 1) / rows * np.sum((left_out - np.mean(left_out)) ** 2))
    found = estimate(metric, answers)

    assert found is not None
    assert abs(float(found.influence.sum())) < 1e-8 * rows
    assert math.sqrt(float(found.influence @ found.influence)) / rows == pytest.approx(
        jackknife, rel=0.06
    )


@pytest.mark.parametrize(
    ("task", "metric"), [case for case in CASES if case[1] in ("median_error", "p90_error")]
)
def test_a_quantiles_influence_gives_the_error_of_the_bootstrap(task: str, metric: str) -> None:
    """Drawing rows again is an independent route; the density makes it rougher than the others."""
    answers, random = ANSWERS[task](rows=2_000), np.random.default_rng(0)
    drawn = [
        stats.scoreatpercentile(random.choice(np.abs(answers.errors), 2_000), share)
        for share in [{"median_error": 50, "p90_error": 90}[metric]] * 1_000
    ]
    found = estimate(metric, answers)

    assert found is not None
    assert math.sqrt(float(found.influence @ found.influence)) / 2_000 == pytest.approx(
        np.std(drawn), rel=0.2
    )
    assert (found.interval.low, found.interval.high) == pytest.approx(
        tuple(np.quantile(drawn, [0.025, 0.975])), rel=0.03
    )


def test_the_deviance_of_counts_by_hand_and_where_there_is_none() -> None:
    """2 (0 - 0 + 1) and 2 (2 ln 2 - 2 + 1); an answer of zero has no deviance."""
    counts = np.array([0.0, 2.0])
    found = estimate("poisson_deviance", Answers(counts, np.array([1.0, 1.0])))

    assert found is not None
    assert found.value == pytest.approx((2 + 4 * math.log(2) - 2) / 2)
    assert estimate("poisson_deviance", Answers(counts, np.array([1.0, 0.0]))) is None
    assert estimate("poisson_deviance", Answers(counts - 1, np.array([1.0, 1.0]))) is None


def test_every_metric_of_a_spec_is_in_the_table() -> None:
    """What `promotion.metric` may name can be measured, for its task, and so can the default."""
    tasks: tuple[Task, ...] = ("binary", "multiclass", "regression")

    for task in tasks:
        names = {metric.name for metric in metrics_of(task)}
        assert {*METRICS_OF_SPEC[task], default_metric(task)} <= names


def test_only_losses_and_errors_are_better_when_lower() -> None:
    """The direction lies in the table."""
    lower = {name for name, metric in METRICS.items() if not metric.higher_is_better}

    errors = {"mae", "rmse", "median_error", "p90_error", "poisson_deviance"}

    assert lower == {"log_loss", "brier", "calibration_error", "cost"} | errors


def test_rates_have_wilsons_interval_and_means_have_students() -> None:
    """Accuracy is a rate; log loss is a mean."""
    answers = _binary()
    values = {value.name: value for value in measure_all("binary", answers)}
    right = int(answers.is_correct.sum())
    losses = -np.log(np.where(answers.truth == 1, answers.scores, 1 - answers.scores))
    low, high = stats.t.interval(0.95, len(losses) - 1, losses.mean(), stats.sem(losses))

    assert values["accuracy"].low == pytest.approx(
        proportion_confint(right, answers.rows, method="wilson")[0]
    )
    assert (values["log_loss"].low, values["log_loss"].high) == pytest.approx((low, high))
    assert values["roc_auc"].method == "delong"


def test_a_gain_is_the_paired_difference() -> None:
    """For a mean of rows it is the interval of the mean of the differences."""
    first, second = _regression(1), _regression(1)
    worse = Answers(first.truth, second.predicted + np.linspace(0, 3, 300))
    difference = np.abs(worse.errors) - np.abs(first.errors)
    half = 1.959964 * difference.std() / math.sqrt(300)
    found = gain("mae", first, worse)

    assert found is not None
    assert found.value == pytest.approx(difference.mean())
    assert (found.low, found.high) == pytest.approx(
        (difference.mean() - half, difference.mean() + half), rel=1e-6
    )


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_model_gains_nothing_on_itself(task: Task) -> None:
    """Every gain is zero, without doubt, and exchanging two models changes its sign."""
    first, second = ANSWERS[task](1), ANSWERS[task](1)
    other = Answers(first.truth, ANSWERS[task](2).predicted, ANSWERS[task](2).probabilities, 1)
    forth, back = all_gains(task, first, other), all_gains(task, other, first)

    assert {(one.value, one.low, one.high) for one in all_gains(task, first, second)} == {(0, 0, 0)}
    assert [one.value for one in forth] == pytest.approx([-one.value for one in back])


def test_what_the_rows_do_not_define_has_no_value() -> None:
    """One class only, nothing selected, a constant truth, no rows at all."""
    probabilities = np.array([[0.9, 0.1]] * 3)
    nothing = Answers(np.zeros(3, dtype=int), np.zeros(3, dtype=int), probabilities, 1)
    constant = Answers(np.ones(3), np.array([1.0, 2.0, 3.0]))
    empty = Answers(np.zeros(0), np.zeros(0))
    undefined = {value.name for value in measure_all("binary", nothing) if value.value is None}

    assert undefined == {"roc_auc", "f1", "precision", "recall", "lift"}
    assert estimate("r2", constant) is None
    assert gain("r2", constant, constant) is None
    assert all(value.value is None for value in measure_all("regression", empty))


def test_a_perfect_regression_has_no_error() -> None:
    """The influence on a root mean square of zero is zero."""
    truth = np.array([1.0, 2.0, 4.0])
    found = estimate("rmse", Answers(truth, truth))

    assert found is not None
    assert (found.value, found.interval.low, found.interval.high) == (0.0, 0.0, 0.0)
    assert not found.influence.any()


def test_json_has_no_infinity() -> None:
    """An open end of an interval is stored as nothing."""
    assert finite(math.inf) is None
    assert finite(math.nan) is None
    assert finite(2.0) == 2.0


def test_each_class_is_told_from_all_others() -> None:
    """Precision, recall, F1 and AUC of each, as scikit-learn has them."""
    answers = _multiclass()
    found = list(class_scores(answers, ("a", "b", "c")))
    oracle = sk.precision_recall_fscore_support(answers.truth, answers.predicted)

    for place, one in enumerate(found):
        values = [metric.value for metric in one.metrics]
        assert one.value == "abc"[place]
        assert values[:3] == pytest.approx([column[place] for column in oracle[:3]])
        assert one.rows == oracle[3][place]
        assert answers.probabilities is not None
        assert values[3] == pytest.approx(
            sk.roc_auc_score(answers.truth == place, answers.probabilities[:, place])
        )


def test_a_constant_answer_has_no_lift_and_the_base_rate_no_calibration_error() -> None:
    """Rows of equal probability are not told apart by their order."""
    truth = np.array([0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0])
    constant = Answers(truth, np.zeros(12, dtype=int), np.tile([0.75, 0.25], (12, 1)), 1)
    found = {one: estimate(one, constant) for one in ("lift", "calibration_error")}

    assert found["lift"] is not None
    assert found["calibration_error"] is not None
    assert found["lift"].value == pytest.approx(1.0)
    assert found["calibration_error"].value == pytest.approx(0.0)


def test_the_calibration_error_of_a_calibrated_model_may_be_none() -> None:
    """Noise alone makes the value positive; the interval reaches down to what is true."""
    random = np.random.default_rng(4)
    scores = random.uniform(0.05, 0.95, 500)
    found = estimate("calibration_error", _scored(random.random(500) < scores, scores))
    sure = np.full(500, 0.9)
    wrong = estimate("calibration_error", _scored(random.random(500) < 0.5, sure))

    assert found is not None
    assert wrong is not None
    assert found.value > 0.02
    assert found.interval.low == 0.0
    assert wrong.interval.low > 0.3


def _scored(outcome: Any, scores: Any) -> Answers:
    truth = outcome.astype(np.int64)
    return Answers(truth, (scores >= 0.5).astype(int), np.column_stack([1 - scores, scores]), 1)
