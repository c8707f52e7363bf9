"""Oracle: fairlearn's rates by group."""

import numpy as np
import pytest
from fairlearn.metrics import (
    MetricFrame,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from sklearn.metrics import accuracy_score, mean_absolute_error

from loopwright.domain.evaluation import Holdout, evaluate
from loopwright.domain.evaluation_frame import ModelAnswers
from loopwright.domain.fairness import Audit
from loopwright.domain.fairness_groups import group_rows
from loopwright.domain.fairness_model import audit_answers
from loopwright.domain.spec import ProjectSpec
from tests.fakes.projects import a_spec

REGRESSION = {"task": "regression", "target": "income", "favourable": None}
RANDOM = np.random.default_rng(2)
SEX = RANDOM.integers(1, 3, 2_000)
TRUTH = (RANDOM.random(2_000) < 0.5).astype(int)
CHOSEN = np.where(RANDOM.random(2_000) < np.where(SEX == 1, 0.9, 0.6), TRUTH, 0)


def _objects(values: list[object]) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _audit(spec: ProjectSpec) -> Audit:
    names = np.array(["no", "yes"])
    truth = _objects(names[TRUTH].tolist())
    grouping = group_rows("sex", _objects(SEX.tolist()))
    model = ModelAnswers("new", ("no", "yes"), names[CHOSEN].tolist(), np.eye(2)[CHOSEN])
    return audit_answers(spec, evaluate(Holdout(spec, "spec", "data", truth, (grouping,)), model))


def _value(audit: Audit, measure: str, subject: str) -> float | None:
    return next(
        one.value for one in audit.findings if (one.measure, one.subject) == (measure, subject)
    )


def test_rates_are_those_of_fairlearn() -> None:
    """Ratios and differences of two groups follow from its rates by group."""
    frame = MetricFrame(
        metrics={
            "sr": selection_rate,
            "tpr": true_positive_rate,
            "fpr": false_positive_rate,
            "acc": accuracy_score,
        },
        y_true=TRUTH,
        y_pred=CHOSEN,
        sensitive_features=SEX,
    ).by_group
    first, second = frame.loc[1], frame.loc[2]
    audit = _audit(a_spec())

    assert _value(audit, "selection_rate_ratio", "sex=2") == pytest.approx(second.sr / first.sr)
    assert _value(audit, "true_positive_rate_ratio", "sex=2") == pytest.approx(
        second.tpr / first.tpr
    )
    assert _value(audit, "true_positive_rate_difference", "sex=2") == pytest.approx(
        second.tpr - first.tpr
    )
    assert _value(audit, "false_positive_rate_difference", "sex=1") == pytest.approx(
        first.fpr - second.fpr
    )
    assert _value(audit, "accuracy_difference", "sex=1") == pytest.approx(first.acc - second.acc)


def test_a_group_that_is_seldom_selected_is_a_violation() -> None:
    """Selected two thirds as often as the others, in two thousand rows."""
    audit = _audit(a_spec())
    broken = {(one.measure, one.subject) for one in audit.violations}

    assert broken == {("selection_rate_ratio", "sex=2"), ("true_positive_rate_ratio", "sex=2")}
    assert audit.verdict == "pass"
    assert _audit(a_spec(audit={"on_violation": "reject"})).verdict == "reject"


def test_recorded_measures_are_not_graded() -> None:
    """The difference of true positive rates stands beside its graded ratio."""
    grades = {one.measure: one.grade for one in _audit(a_spec()).findings}

    assert grades["true_positive_rate_difference"] == "none"


def test_without_a_favourable_outcome_only_accuracy_is_compared() -> None:
    """A multiclass spec may name none."""
    spec = a_spec(task="multiclass", favourable=None)
    audit = _audit(spec)

    assert {one.measure for one in audit.findings} == {"accuracy_difference"}
    assert audit.favourable is None


def test_a_regression_compares_errors() -> None:
    """Mean errors are recorded; a mean absolute error twice as large is a violation."""
    spec = a_spec(**REGRESSION)
    truth = RANDOM.normal(10, 1, 2_000)
    answer = truth + RANDOM.normal(0.1, 1, 2_000) * np.where(SEX == 1, 1, 2)
    grouping = group_rows("sex", _objects(SEX.tolist()))
    model = ModelAnswers("new", (), answer.tolist(), None)
    holdout = Holdout(spec, "spec", "data", truth, (grouping,))
    audit = audit_answers(spec, evaluate(holdout, model))
    errors = [mean_absolute_error(truth[group], answer[group]) for group in (SEX == 1, SEX == 2)]

    assert _value(audit, "mean_absolute_error_ratio", "sex=2") == pytest.approx(
        errors[1] / errors[0]
    )
    assert _value(audit, "mean_error", "sex=1") == pytest.approx(
        float((answer - truth)[SEX == 1].mean())
    )
    assert [(one.measure, one.subject) for one in audit.violations] == [
        ("mean_absolute_error_ratio", "sex=2")
    ]
    assert audit.groups[0].value is None


def test_one_group_of_a_regression_has_nothing_to_be_compared_with() -> None:
    """All others are nobody."""
    spec = a_spec(**REGRESSION)
    grouping = group_rows("sex", _objects([1, 1]))
    model = ModelAnswers("new", (), [1.0, 2.0], None)
    holdout = Holdout(spec, "spec", "data", np.array([1.0, 3.0]), (grouping,))
    (ratio,) = [
        one
        for one in audit_answers(spec, evaluate(holdout, model)).findings
        if one.measure == "mean_absolute_error_ratio"
    ]

    assert (ratio.grade, ratio.value) == ("inconclusive", None)
