from typing import Any

import numpy as np
import pytest
from scipy import stats

from loopwright.domain.feasibility import Subject, assess
from loopwright.domain.feasibility_report import FeasibilityReport
from loopwright.domain.feasibility_sample import Sample, describe_sample, rows_to_sample, shortages
from loopwright.domain.feasibility_trial import CurveScores, FeatureScores
from loopwright.domain.noise_ceiling import NoiseCeiling
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_gates import Feasibility
from tests.fakes.projects import a_spec
from tests.fakes.science import a_trial

REGRESSION = {"task": "regression", "target": "income", "favourable": None}
ENOUGH = Sample(rows=1_000, unlabelled_rows=3, labelled_rows=2_000, classes={"no": 600, "yes": 400})
SIZES = (100, 200, 400, 800)
GOOD = (0.80, 0.82, 0.78, 0.81, 0.79)


def _assess(
    *scores: float,
    spec: ProjectSpec | None = None,
    sample: Sample = ENOUGH,
    noise: float | None = None,
    dummy_score: float = 0.5,
    **changes: Any,
) -> FeasibilityReport:
    trial = a_trial(*scores, dummy_score=dummy_score, **changes) if scores else None
    bound = NoiseCeiling(value=noise, rows=1_000, repeated_rows=50, contradictory_rows=20)
    subject = Subject(spec or a_spec(), "spec", "data", 3.0, 0.01)
    return assess(subject, sample, trial, bound)


def _curve(ceiling: float, amplitude: float, exponent: float) -> CurveScores:
    """Scores of an exact law, shifted a little from fold to fold."""
    law = [ceiling - amplitude * size**-exponent for size in SIZES]
    shifts = (-0.002, -0.001, 0.0, 0.001, 0.002)
    return CurveScores(
        sizes=SIZES, scores=tuple(tuple(score + shift for score in law) for shift in shifts)
    )


def _aiming(target: float) -> ProjectSpec:
    return a_spec(feasibility=Feasibility(target_score=target))


def test_a_clear_gain_is_feasible() -> None:
    """The whole interval lies above the margin; by hand with scipy's t."""
    half = stats.t.ppf(0.975, 4) * 0.0158113883 * (1 / 5 + 1 / 4) ** 0.5
    found = _assess(*GOOD)

    assert found.verdict == "pass"
    assert (found.metric, found.learner) == ("roc_auc", "gradient_boosting")
    assert found.gain == pytest.approx(0.30)
    assert found.low == pytest.approx(0.30 - half)
    assert found.answer.startswith("Yes: a simple learner scored roc_auc 0.800")


def test_a_gain_that_may_be_chance_is_infeasible_and_says_how_many_rows_would_tell() -> None:
    """The mean clears the margin and the low end lies below zero."""
    found = _assess(0.60, 0.45, 0.62, 0.44, 0.60)

    assert found.verdict == "reject"
    assert found.findings[0].grade == "violation"
    assert found.reasons[0].code == "no_gain_over_dummy"
    assert "rows with an outcome would tell" in found.reasons[0].advice


def test_no_gain_is_infeasible_and_asks_for_columns() -> None:
    """The mean does not clear the margin either."""
    found = _assess(0.50, 0.51, 0.49, 0.50, 0.50)

    assert found.verdict == "reject"
    assert "columns" in found.reasons[0].advice


def test_a_sure_gain_not_surely_above_the_margin_needs_rows() -> None:
    """Rows grow with the square of the ratio of half width and distance; by hand with scipy."""
    scores = (0.53, 0.55, 0.54, 0.56, 0.52)
    half = stats.t.ppf(0.975, 4) * np.std(scores, ddof=1) * (1 / 5 + 1 / 4) ** 0.5
    spec = a_spec(feasibility=Feasibility(margin=0.03), holdout={"share": 0.2})
    rows = 1_000 * (half / 0.01) ** 2
    found = _assess(*scores, spec=spec, sample=ENOUGH.model_copy(update={"labelled_rows": 1_000}))

    assert found.verdict == "insufficient_data"
    assert found.reasons[0].code == "more_rows_needed"
    assert found.reasons[0].count == pytest.approx((rows - 1_000) / 0.8, abs=2)


def test_where_the_version_has_the_rows_a_larger_sample_is_asked_for() -> None:
    """No upload is needed."""
    sample = ENOUGH.model_copy(update={"labelled_rows": 100_000})
    spec = a_spec(feasibility=Feasibility(margin=0.03))
    found = _assess(0.53, 0.55, 0.54, 0.56, 0.52, spec=spec, sample=sample)

    assert found.reasons[0].count == 0
    assert "raise feasibility.sample_rows" in found.reasons[0].advice


def test_a_small_sure_gain_needs_rows_where_the_curve_reaches_the_margin() -> None:
    """The mean is below the margin; the curve goes on to rise."""
    spec = a_spec(feasibility=Feasibility(margin=0.05))
    scores = (0.538, 0.539, 0.540, 0.541, 0.542)
    found = _assess(*scores, spec=spec, curve=_curve(0.6, 0.6, 0.344))

    assert found.verdict == "insufficient_data"
    assert found.reasons[0].code == "more_rows_needed"


def test_a_lower_loss_is_a_gain() -> None:
    """The metric's direction decides the sign."""
    spec = a_spec(promotion={"metric": "log_loss"})
    found = _assess(0.40, 0.41, 0.39, 0.40, 0.40, spec=spec, dummy_score=0.69)

    assert found.verdict == "pass"
    assert found.learner == "linear"
    assert found.gain == pytest.approx(0.30)


def test_what_shuffled_outcomes_score_too_is_luck() -> None:
    """By this metric luck beats the constant, and the columns add nothing."""
    found = _assess(0.60, 0.61, 0.59, 0.60, 0.60, permuted=(0.60, 0.59, 0.61, 0.60, 0.60))

    assert found.verdict == "reject"
    assert found.reasons[0].code == "permuted_labels_score"
    assert found.permuted is not None
    assert found.permuted.score == pytest.approx(0.6)


def test_a_single_column_as_good_as_all_is_noted() -> None:
    """It is no reason to reject."""
    single = FeatureScores(column="city", scores=GOOD)
    found = _assess(*GOOD, single=single, permuted=(0.5, 0.51, 0.49, 0.5, 0.5))
    worse = _assess(*GOOD, single=single.model_copy(update={"scores": (0.6,) * 5}))

    assert found.verdict == "pass"
    assert [finding.measure for finding in found.findings[1:]] == [
        "gain_over_permuted_labels",
        "no_gain_over_single_feature",
    ]
    assert worse.findings[1].measure == "gain_over_single_feature"


def test_a_target_that_is_met_passes() -> None:
    """The finding says whether the interval is above it too."""
    sure, unsure = (_assess(*GOOD, spec=_aiming(target)) for target in (0.7, 0.795))

    assert (sure.verdict, unsure.verdict) == ("pass", "pass")
    assert (sure.findings[1].grade, unsure.findings[1].grade) == ("pass", "inconclusive")


def test_a_target_that_more_rows_would_reach_is_insufficient_data_with_their_number() -> None:
    """0.9 - 1.2 n^-.5 is 0.88 at 3600 rows; 2000 are there, and a fifth is sealed."""
    found = _assess(*GOOD, spec=_aiming(0.88), curve=_curve(0.9, 1.2, 0.5))

    assert found.verdict == "insufficient_data"
    assert found.rows_needed is not None
    assert found.rows_needed.value is not None
    assert found.rows_needed.value == pytest.approx(3_600, rel=0.2)
    assert found.more_rows is not None
    assert found.more_rows.value == pytest.approx((found.rows_needed.value - 2_000) / 0.8, abs=1)
    assert found.reasons[0].count == found.more_rows.value
    assert "more labelled rows would reach it" in found.reasons[0].message


def test_a_target_that_the_rows_at_hand_reach_passes() -> None:
    """Only the sample is too small to show it."""
    sample = ENOUGH.model_copy(update={"labelled_rows": 50_000})
    found = _assess(*GOOD, spec=_aiming(0.87), sample=sample, curve=_curve(0.9, 1.2, 0.5))

    assert found.verdict == "pass"
    assert "rows at hand" in found.findings[1].message


def test_a_target_above_the_ceiling_is_rejected() -> None:
    """More rows will not help; the reason names the ceiling."""
    found = _assess(*GOOD, spec=_aiming(0.98), curve=_curve(0.9, 1.2, 0.5))

    assert found.verdict == "reject"
    assert found.reasons[0].code == "feasible" or found.reasons[-1].code == "ceiling_below_target"
    assert "the ceiling is about 0.9" in found.reasons[-1].message


def test_a_target_that_contradictory_rows_forbid_is_rejected() -> None:
    """No model can tell rows apart that are alike."""
    found = _assess(*GOOD, spec=_aiming(0.98), noise=0.95)

    assert found.verdict == "reject"
    assert "20 of 1,000 rows are like others" in found.reasons[-1].message


def test_a_target_without_a_curve_is_insufficient_data() -> None:
    """Nothing can be foretold."""
    found = _assess(*GOOD, spec=_aiming(0.98))

    assert (found.verdict, found.reasons[-1].count) == ("insufficient_data", None)


def test_an_uncertain_curve_says_at_least_how_many_rows() -> None:
    """The fitted law stays below the target, some of its redraws do not."""
    noisy = np.array(_curve(0.86, 0.8, 0.5).scores)
    noisy += np.random.default_rng(1).normal(scale=0.03, size=noisy.shape)
    curve = CurveScores(sizes=SIZES, scores=tuple(map(tuple, noisy.tolist())))
    targets = (0.84, 0.85, 0.86, 0.87, 0.88, 0.89, 0.9)
    found = [_assess(*GOOD, spec=_aiming(target), curve=curve) for target in targets]

    assert any("perhaps no number" in one.reasons[-1].message for one in found)


def test_a_rejection_counts_more_than_missing_rows() -> None:
    """Both reasons are told."""
    found = _assess(0.50, 0.51, 0.49, 0.50, 0.50, spec=_aiming(0.88), curve=_curve(0.9, 1.2, 0.5))

    assert found.verdict == "reject"
    assert [reason.code for reason in found.reasons] == ["no_gain_over_dummy", "more_rows_needed"]


def test_two_cases_of_missing_rows_are_missing_rows() -> None:
    """Neither the margin nor the target is reached yet."""
    spec = a_spec(feasibility=Feasibility(margin=0.03, target_score=0.88))
    found = _assess(0.53, 0.55, 0.54, 0.56, 0.52, spec=spec, curve=_curve(0.9, 1.2, 0.5))

    assert found.verdict == "insufficient_data"
    assert len(found.reasons) == 2


def test_too_few_folds_are_insufficient_data() -> None:
    """A variance of two folds says nothing."""
    found = _assess(0.8, 0.8)

    assert (found.verdict, found.reasons[0].code) == ("insufficient_data", "too_few_folds")


def test_too_few_rows_is_insufficient_data() -> None:
    """Five folds need twenty rows each; the reason says how many are missing."""
    sample = Sample(rows=60, unlabelled_rows=0, labelled_rows=60, classes={"no": 30, "yes": 30})
    found = _assess(sample=sample)

    assert found.verdict == "insufficient_data"
    assert found.reasons[0].message == "60 rows have an outcome; 5 folds need at least 100"
    assert found.reasons[0].count == 40


def test_too_few_rows_of_a_class_is_insufficient_data() -> None:
    """The count is carried over to the whole version."""
    sample = Sample(rows=500, unlabelled_rows=0, labelled_rows=1_000, classes={"no": 496, "yes": 4})
    (reason,) = shortages(a_spec(), sample)

    assert (reason.subject, reason.count) == ("yes", 22)
    assert reason.message == "class yes has 8 labelled training rows; at least 30 are asked for"


def test_a_class_that_the_sample_hardly_holds_asks_for_a_larger_sample() -> None:
    """The version has enough rows of it."""
    sample = Sample(
        rows=500, unlabelled_rows=0, labelled_rows=50_000, classes={"no": 496, "yes": 4}
    )
    (reason,) = shortages(a_spec(), sample)

    assert "feasibility.sample_rows" in reason.advice


def test_one_class_is_insufficient_data() -> None:
    """There is nothing to tell apart."""
    sample = Sample(rows=500, unlabelled_rows=0, labelled_rows=500, classes={"no": 500})
    (reason,) = shortages(a_spec(), sample)

    assert reason.code == "one_class"


def test_too_few_entities_are_insufficient_data() -> None:
    """Folds that part no entity need two each."""
    (reason,) = shortages(a_spec(), ENOUGH.model_copy(update={"entities": 7}))

    assert (reason.code, reason.count) == ("too_few_entities", 3)


def test_small_groups_and_few_events_are_findings() -> None:
    """Groups are counted over the whole version; events are rows of the rarest class."""
    sample = describe_sample(
        a_spec(),
        ["yes"] * 10 + ["no"] * 190,
        unlabelled_rows=0,
        training_rows=400,
        protected={"sex": [1.0] * 195 + [2.0] * 5},
        entities=["a", "b", "a"],
    )
    found = _assess(*GOOD, sample=sample.model_copy(update={"classes": {"no": 190, "yes": 16}}))

    assert (sample.entities, sample.labelled_rows) == (2, 400)
    assert [group.rows for group in sample.groups] == [390, 10]
    assert [finding.subject for finding in found.findings] == ["sex=2"]
    assert shortages(a_spec(), sample)[0].code == "too_few_entities"


def test_few_events_per_feature_are_a_finding() -> None:
    """Three features, and twelve rows of the rarest class."""
    sample = Sample(rows=200, unlabelled_rows=0, labelled_rows=200, classes={"no": 188, "yes": 12})
    found = _assess(sample=sample)

    assert found.events_per_feature == pytest.approx(4)
    assert found.findings[0].measure == "too_few_events_per_feature"


def test_a_regression_has_no_classes_to_count() -> None:
    """Only its rows are counted."""
    spec = a_spec(**REGRESSION)
    sample = describe_sample(
        spec, [], unlabelled_rows=4, training_rows=4, protected={}, entities=None
    )

    assert (sample.rows, sample.classes, sample.in_all(3)) == (0, {}, 0)
    assert [reason.code for reason in shortages(spec, sample)] == ["too_few_rows"]


def test_very_many_columns_make_the_sample_smaller() -> None:
    """Twenty million cells, and never fewer than a thousand rows."""
    spec = a_spec()

    assert [rows_to_sample(spec, count) for count in (10, 5_000, 1_000_000)] == [
        10_000,
        4_000,
        1_000,
    ]
