"""Oracles: statsmodels for Holm and the z test, and numbers by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from loopwright.domain.fairness_comparisons import (
    Comparison,
    Rate,
    Worse,
    grade,
    holm,
    rates,
    rows_needed,
    significance,
)
from loopwright.domain.fairness_groups import OutcomeCounts
from loopwright.domain.gate import Finding
from loopwright.domain.intervals import Interval


def _ratio(successes: int, trials: int, others: int = 5_000, limit: float = 0.8) -> Comparison:
    return Rate("sex=2", successes, trials, others, 10_000).ratio("selection_rate_ratio", limit)


def _fixed(value: float, low: float, high: float, limit: float, worse: Worse) -> Comparison:
    bounds = Interval(low, high, "fixed")
    return Comparison("g=a", "measure", 100, 100, value, lambda _: bounds, limit, worse)


def _only(comparison: Comparison, min_rows: int = 30) -> Finding:
    (found,) = grade([comparison], min_rows=min_rows)
    return found


@pytest.mark.parametrize(
    "p_values",
    [[0.2], [0.01, 0.04, 0.03], [0.5, 0.001, 0.02, 0.02, 1.0], [0.0, 0.3, 0.29, 0.011]],
)
def test_holm_agrees_with_statsmodels(p_values: list[float]) -> None:
    """Adjusted p-values, in the order given."""
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_keeps_the_order_and_never_lowers_a_p_value(p_values: list[float]) -> None:
    """A smaller p-value stays smaller or equal."""
    adjusted = holm(p_values)
    ranked = [after for _, after in sorted(zip(p_values, adjusted, strict=True))]

    assert all(before <= after <= 1 for before, after in zip(p_values, adjusted, strict=True))
    assert ranked == sorted(ranked)


def test_no_comparisons_have_no_p_values() -> None:
    """An empty family is no error."""
    assert holm([]) == []
    assert grade([], min_rows=30) == ()


def test_significance_inverts_the_interval() -> None:
    """For Katz's interval it is the two-sided z test of the log ratio against the limit."""
    comparison = Rate("g=a", 380, 1000, 5000, 10_000).ratio("r", 0.8)
    log = math.log((380.5 / 1000.5) / (5000.5 / 10000.5))
    error = math.sqrt(1 / 380.5 - 1 / 1000.5 + 1 / 5000.5 - 1 / 10000.5)
    expected = 2 * stats.norm.sf((math.log(0.8) - log) / error)

    assert significance(comparison) == pytest.approx(expected, rel=1e-6)


def test_a_value_inside_the_limit_is_not_significant() -> None:
    """No level makes the interval break the limit."""
    assert significance(_ratio(500, 1000)) == 1.0


def test_an_interval_below_the_limit_is_a_violation() -> None:
    """A rate of 0.25 against 0.5, on many rows."""
    found = _only(_ratio(250, 1000))

    assert found.grade == "violation"
    assert found.value == pytest.approx(0.5)
    assert found.limit == 0.8
    assert "sex=2: selection rate ratio 0.500" in found.message


def test_an_interval_above_the_limit_is_a_pass() -> None:
    """A rate of 0.5 against 0.5, on many rows."""
    assert _only(_ratio(500, 1000)).grade == "pass"


def test_an_interval_around_the_limit_is_inconclusive_and_says_what_would_settle_it() -> None:
    """A rate of 0.35 against 0.5 on 60 rows may be chance."""
    found = _only(_ratio(21, 60))

    assert found.grade == "inconclusive"
    assert "about" in found.message
    assert "would settle it" in found.message


def test_holm_keeps_many_groups_from_crying_wolf() -> None:
    """What breaks the limit alone at 95 % does not among twelve groups."""
    close = _ratio(364, 1000)
    alone = _only(close)
    among = grade([close, *[_ratio(500, 1000)] * 11], min_rows=30)

    assert alone.grade == "violation"
    assert among[0].grade == "inconclusive"


def test_a_small_group_is_inconclusive_whatever_its_numbers() -> None:
    """Below the spec's minimum nothing is claimed, and the minimum is named."""
    found = _only(_ratio(0, 12))

    assert found.grade == "inconclusive"
    assert "30" in found.message


def test_without_another_group_there_is_nothing_to_compare() -> None:
    """All rows belong to one group."""
    found = _only(Rate("g=a", 40, 90, 0, 0).ratio("r", 0.8))

    assert found.grade == "inconclusive"
    assert found.value is None
    assert "no other group" in found.message


def test_a_rate_without_trials_has_no_value() -> None:
    """No positives in the group: no true positive rate."""
    found = _only(Rate("g=a", 0, 0, 40, 90).difference("d", 0.2, "outside"))

    assert found.value is None
    assert found.message.endswith("at least 30 are needed")


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (0.3, 0.25, 0.35, "violation"),
        (-0.3, -0.35, -0.25, "violation"),
        (0.0, -0.1, 0.1, "pass"),
        (0.15, 0.1, 0.25, "inconclusive"),
    ],
)
def test_a_difference_may_break_its_limit_on_either_side(
    value: float, low: float, high: float, expected: str
) -> None:
    """False positive rates that differ by more than the limit, upwards or downwards."""
    assert _only(_fixed(value, low, high, 0.2, "outside")).grade == expected


def test_a_measure_above_its_limit_is_worse_where_the_table_says_so() -> None:
    """Errors a quarter larger than those of the others."""
    assert _only(_fixed(1.6, 1.4, 1.8, 1.25, "above")).grade == "violation"
    assert _only(_fixed(1.0, 0.9, 1.1, 1.25, "above")).grade == "pass"


def test_a_recorded_measure_is_not_graded() -> None:
    """It has no limit."""
    found = _only(_fixed(0.5, 0.4, 0.6, 0.0, "nowhere"))

    assert (found.grade, found.limit) == ("none", None)
    assert found.message.endswith("recorded")


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (_fixed(0.7, 0.5, 1.0, 0.8, "below"), 900),
        (_fixed(0.9, 0.5, 1.0, 0.8, "below"), 1600),
        (_fixed(1.5, 1.0, 2.0, 1.25, "above"), 400),
        (_fixed(1.0, 0.5, 1.5, 1.25, "above"), 400),
        (_fixed(0.3, 0.0, 0.6, 0.2, "outside"), 900),
        (_fixed(-0.3, -0.6, 0.0, 0.2, "outside"), 900),
        (_fixed(0.1, -0.1, 0.3, 0.2, "outside"), 400),
        (_fixed(0.8, 0.5, 1.0, 0.8, "below"), None),
        (_fixed(0.7999, 0.5, 1.2, 0.8, "below"), None),
        (_fixed(0.5, 0.4, 0.6, 0.0, "nowhere"), 100),
        (_fixed(0.5, 0.4, math.inf, 0.8, "below"), None),
    ],
)
def test_the_rows_needed_follow_the_arm_of_the_interval(
    comparison: Comparison, expected: int | None
) -> None:
    """By hand: rows times (arm / distance to the limit)²; none near the limit."""
    found = rows_needed(comparison, comparison.interval_at(0.95))

    assert found == (None if expected is None else pytest.approx(expected, abs=1))


def test_a_value_near_the_limit_says_that_rows_will_not_help() -> None:
    """Enough rows in the group, but the value lies on the limit."""
    found = _only(_fixed(0.8, 0.7, 0.9, 0.8, "below"))

    assert found.message.endswith("it lies too close to the limit")


def test_an_estimate_of_rows_is_rounded_up_to_two_digits() -> None:
    """By hand: 100 rows times (0.3 / 0.0101)² is 88,228."""
    found = _only(_fixed(0.7899, 0.5, 1.0899, 0.8, "below"))

    assert found.message.endswith("about 89,000 would settle it")


def test_rates_are_compared_with_all_others_of_the_attribute() -> None:
    """By hand: three groups of two attributes."""
    counts = [
        OutcomeCounts(attribute="g", group=name, rows=rows, correct=correct)
        for name, rows, correct in (("a", 10, 4), ("b", 20, 15), ("c", 5, 1))
    ]
    counts.append(OutcomeCounts(attribute="h", group="a", rows=35, correct=20))
    found = rates(counts, lambda one: one.correct, lambda one: one.rows)

    assert found[0] == Rate("g=a", 4, 10, 16, 25)
    assert found[3] == Rate("h=a", 20, 35, 0, 0)


def test_equal_groups_rarely_violate_a_limit() -> None:
    """A small seeded simulation: six small groups without disparity, 4/5 rule gated by Holm."""
    random = np.random.default_rng(11)
    alarms = 0
    for _ in range(30):
        hits = random.binomial(100, 0.5, 6)
        family = [
            Rate(f"g={place}", int(one), 100, int(hits.sum() - one), 500).ratio("r", 0.8)
            for place, one in enumerate(hits)
        ]
        alarms += any(found.grade == "violation" for found in grade(family, min_rows=30))

    assert alarms <= 1
