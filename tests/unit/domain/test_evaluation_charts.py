"""Oracles: scikit-learn's curves and confusion matrix."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import auc, confusion_matrix, roc_auc_score

from loopwright.domain.evaluation_charts import Charts, draw_charts
from loopwright.domain.metrics_estimates import Answers


def _answers(rows: int = 500) -> Answers:
    random = np.random.default_rng(5)
    truth = (random.random(rows) < 0.5).astype(np.int64)
    scores = np.clip(random.normal(0.3 + 0.4 * truth, 0.2), 0, 1)
    chosen = (scores >= 0.5).astype(np.int64)
    return Answers(truth, chosen, np.column_stack([1 - scores, scores]), 1)


def test_calibration_bins_are_those_of_scikit_learn() -> None:
    """Ten bins of equal width; the interval contains the share."""
    answers = _answers()
    observed, promised = calibration_curve(answers.truth, answers.scores, n_bins=10)
    found = draw_charts(answers, 2).calibration

    assert [one.observed_share for one in found] == pytest.approx(observed.tolist())
    assert [one.mean_probability for one in found] == pytest.approx(promised.tolist())
    assert all(one.low <= one.observed_share <= one.high for one in found)
    assert sum(one.rows for one in found) == 500


def test_at_most_fifty_points_of_the_roc_curve_are_kept() -> None:
    """They begin at (0, 0), end at (1, 1), and their area is close to the AUC."""
    answers = _answers()
    points = draw_charts(answers, 2).roc
    area = auc([p.false_positive_rate for p in points], [p.true_positive_rate for p in points])

    assert len(points) <= 50
    assert (points[0].false_positive_rate, points[-1].true_positive_rate) == (0.0, 1.0)
    assert area == pytest.approx(roc_auc_score(answers.truth, answers.scores), abs=0.005)


def test_ties_make_one_point_of_the_roc_curve() -> None:
    """A constant score is a straight line."""
    answers = Answers(np.array([0, 1, 1]), np.array([1, 1, 1]), np.full((3, 2), 0.5), 1)

    assert len(draw_charts(answers, 2).roc) == 2


def test_the_confusion_matrix_is_that_of_scikit_learn() -> None:
    """Rows are the truth, columns the answers."""
    answers = _answers()
    expected = confusion_matrix(answers.truth, answers.predicted).tolist()

    assert [list(row) for row in draw_charts(answers, 2).confusion] == expected


def test_many_classes_have_no_confusion_matrix() -> None:
    """Nobody reads a table of 21 by 21."""
    answers = Answers(np.array([20]), np.array([0]), np.zeros((1, 21)))

    assert draw_charts(answers, 21) == Charts()


def test_scores_are_counted_by_outcome() -> None:
    """Every row is in one of twenty bins; a score of one is in the last."""
    answers = Answers(
        np.array([0, 1, 1]), np.array([0, 1, 1]), np.array([[1, 0], [0, 1], [0, 1]]), 1
    )
    found = draw_charts(answers, 2).scores

    assert found is not None
    assert (found.negatives[0], found.positives[19], sum(found.positives)) == (1, 2, 2)


def test_one_class_has_no_roc_curve() -> None:
    """There is nothing to tell apart."""
    answers = Answers(np.array([1, 1]), np.array([1, 1]), np.full((2, 2), 0.5), 1)

    assert draw_charts(answers, 2).roc == ()


def test_predictions_of_a_regression_are_put_into_tenths() -> None:
    """By hand: 20 rows, two in each tenth; few rows make fewer bins."""
    numbers = np.arange(20.0)
    found = draw_charts(Answers(numbers + 1, numbers), 0).predicted

    assert [one.mean_predicted for one in found][:2] == [0.5, 2.5]
    assert [one.mean_actual for one in found][:2] == [1.5, 3.5]
    assert len(draw_charts(Answers(numbers[:3], numbers[:3]), 0).predicted) == 3
