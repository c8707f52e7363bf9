from typing import Any

import pytest
from scipy import stats

from loopwright.domain.feasibility import Fold, Sample, assess, describe_sample, shortages
from loopwright.domain.spec import ProjectSpec
from tests.fakes.projects import a_spec

REGRESSION = {"task": "regression", "target": "income", "favourable": None}
ENOUGH = Sample(rows=1_000, unlabelled_rows=3, classes={"no": 600, "yes": 400})


def _folds(*scores: float, dummy: float = 0.5) -> tuple[Fold, ...]:
    return tuple(
        Fold(train_rows=800, test_rows=200, score=score, dummy_score=dummy) for score in scores
    )


def _assess(spec: ProjectSpec, sample: Sample, folds: tuple[Fold, ...]) -> Any:
    return assess(spec, sample, folds, spec_digest="spec", dataset="data")


def test_a_clear_gain_is_feasible() -> None:
    """The whole interval lies above the margin; by hand with scipy's t."""
    folds = _folds(0.80, 0.82, 0.78, 0.81, 0.79)
    half = stats.t.ppf(0.975, 4) * 0.0158113883 * (1 / 5 + 1 / 4) ** 0.5
    found = _assess(a_spec(), ENOUGH, folds)

    assert found.verdict == "pass"
    assert (found.metric, found.gain) == ("roc_auc", pytest.approx(0.30))
    assert found.low == pytest.approx(0.30 - half)
    assert "a gain of 0.300" in found.reasons[0].message


def test_a_gain_that_may_be_chance_is_infeasible_and_asks_for_rows() -> None:
    """The mean clears the margin and the low end does not."""
    found = _assess(a_spec(), ENOUGH, _folds(0.60, 0.45, 0.62, 0.44, 0.60))

    assert found.verdict == "reject"
    assert found.findings[0].grade == "violation"
    assert found.reasons[0].code == "no_gain_over_dummy"
    assert "more rows" in found.reasons[0].advice


def test_no_gain_is_infeasible_and_asks_for_columns() -> None:
    """The mean does not clear the margin either."""
    found = _assess(a_spec(), ENOUGH, _folds(0.50, 0.51, 0.49, 0.50, 0.50))

    assert found.verdict == "reject"
    assert "columns" in found.reasons[0].advice


def test_a_lower_loss_is_a_gain() -> None:
    """The metric's direction decides the sign."""
    spec = a_spec(promotion={"metric": "log_loss"})
    found = _assess(spec, ENOUGH, _folds(0.40, 0.41, 0.39, 0.40, 0.40, dummy=0.69))

    assert found.verdict == "pass"
    assert found.gain == pytest.approx(0.29)


def test_too_few_rows_is_insufficient_data() -> None:
    """Five folds need twenty rows each; the reason says how many are missing."""
    sample = Sample(rows=60, unlabelled_rows=0, classes={"no": 30, "yes": 30})
    found = _assess(a_spec(), sample, ())

    assert found.verdict == "insufficient_data"
    assert found.reasons[0].message == "60 rows have an outcome; 5 folds need at least 100"
    assert "40 more rows" in found.reasons[0].advice


def test_too_few_rows_of_a_class_is_insufficient_data() -> None:
    """Each fold must hold two rows of each class to be tested on."""
    sample = Sample(rows=500, unlabelled_rows=0, classes={"no": 496, "yes": 4})
    (reason,) = shortages(a_spec(), sample)

    assert reason.subject == "yes"
    assert reason.message == "class yes has 4 rows; 5 folds need at least 10"


def test_one_class_is_insufficient_data() -> None:
    """There is nothing to tell apart."""
    (reason,) = shortages(a_spec(), Sample(rows=500, unlabelled_rows=0, classes={"no": 500}))

    assert reason.code == "one_class"


def test_a_regression_has_no_classes_to_count() -> None:
    """Only its rows are counted."""
    spec = a_spec(**REGRESSION)
    sample = describe_sample(spec, [1.0, 2.5], 4)

    assert sample == Sample(rows=2, unlabelled_rows=4, classes={})
    assert [reason.code for reason in shortages(spec, sample)] == ["too_few_rows"]


def test_classes_are_named_as_people_write_them() -> None:
    """An integer that came as a float has no decimal point."""
    sample = describe_sample(a_spec(), [1.0, 0.0, 1.0], 0)

    assert sample.classes == {"1": 2, "0": 1}
