"""Oracles: statsmodels, scipy, and sums by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from loopwright.domain.intervals import (
    Interval,
    Mean,
    corrected_resampled,
    influence_error,
    influence_interval,
    katz_ratio,
    mean_interval,
    mean_of_sums,
    mean_ratio,
    newcombe_difference,
    rmse_interval,
    t_quantile,
    values_interval,
    wilson,
)

ROWS = st.integers(1, 500)


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, int]:
    """Draw successes and trials."""
    trials = draw(ROWS)
    return draw(st.integers(0, trials)), trials


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 9, 10, 30, 31, 60, 1000])
@pytest.mark.parametrize("probability", [0.01, 0.4, 0.5, 0.9, 0.975, 0.999])
def test_quantiles_of_t_are_those_of_scipy(degrees: int, probability: float) -> None:
    """Exact for few degrees of freedom, an expansion for many."""
    expected = stats.t.ppf(probability, degrees)

    assert t_quantile(probability, degrees) == pytest.approx(expected, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(("successes", "trials"), [(0, 12), (5, 30), (12, 12), (400, 1000)])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_wilson_agrees_with_statsmodels(successes: int, trials: int, level: float) -> None:
    """The score interval of one rate."""
    low, high = proportion_confint(successes, trials, alpha=1 - level, method="wilson")
    found = wilson(successes, trials, level)

    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize("table", [(5, 30, 40, 100), (1, 9, 80, 90), (300, 500, 301, 400)])
def test_the_ratio_agrees_with_statsmodels(table: tuple[int, int, int, int]) -> None:
    """Katz's log interval with a half added to each count."""
    low, high = confint_proportions_2indep(*table, compare="ratio", method="log-adjusted")
    found = katz_ratio(*table)

    assert (found.low, found.high) == pytest.approx((low, high))


@pytest.mark.parametrize("table", [(5, 30, 40, 100), (0, 9, 80, 90), (500, 500, 301, 400)])
def test_the_difference_agrees_with_statsmodels(table: tuple[int, int, int, int]) -> None:
    """Newcombe's tenth method."""
    low, high = confint_proportions_2indep(*table, compare="diff", method="newcomb")
    found = newcombe_difference(*table)

    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)


def test_without_trials_everything_is_possible() -> None:
    """No rows say nothing."""
    assert wilson(0, 0) == Interval(0.0, 1.0, "wilson")
    assert katz_ratio(0, 0, 3, 9) == Interval(0.0, math.inf, "katz log")
    assert newcombe_difference(3, 9, 0, 0) == Interval(-1.0, 1.0, "newcombe")


def test_a_ratio_to_nothing_has_no_upper_end() -> None:
    """The other group never succeeded, so any ratio above is possible."""
    assert katz_ratio(3, 9, 0, 9).high == math.inf
    assert katz_ratio(0, 9, 3, 9).low == 0.0


def test_a_rate_of_one_is_not_known_without_doubt() -> None:
    """By hand: half a failure on the side that has none, a half added on the other."""
    error = math.sqrt(1 / 29.5 - 1 / 30 + 1 / 90.5 - 1 / 100.5)
    centre = (29.5 / 30) / (90.5 / 100.5)
    found = katz_ratio(30, 30, 90, 100)

    assert found.low == pytest.approx(centre * math.exp(-1.959964 * error), rel=1e-6)
    assert found.high == pytest.approx(centre * math.exp(1.959964 * error), rel=1e-6)


def test_one_row_says_next_to_nothing_about_a_ratio() -> None:
    """One success in one row against a half of many: anything from a seventh to seven."""
    found = katz_ratio(1, 1, 5_000, 10_000)

    assert found.low < 0.2
    assert found.high > 5


@given(counts())
def test_wilson_contains_the_rate_and_mirrors(pair: tuple[int, int]) -> None:
    """Successes and failures have mirrored intervals."""
    successes, trials = pair
    found, mirrored = wilson(successes, trials), wilson(trials - successes, trials)

    assert 0 <= found.low <= successes / trials <= found.high <= 1
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((found.low, found.high))


@given(counts(), counts())
def test_the_difference_contains_the_estimate_and_mirrors(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    """Exchanging the groups changes the sign only."""
    found, mirrored = newcombe_difference(*first, *second), newcombe_difference(*second, *first)
    estimate = first[0] / first[1] - second[0] / second[1]

    assert found.low - 1e-12 <= estimate <= found.high + 1e-12
    assert (-mirrored.high, -mirrored.low) == pytest.approx((found.low, found.high), abs=1e-12)


@given(counts(), counts())
def test_the_ratio_is_positive_and_mirrors(first: tuple[int, int], second: tuple[int, int]) -> None:
    """Exchanging the groups inverts the ratio."""
    found, mirrored = katz_ratio(*first, *second), katz_ratio(*second, *first)
    inverse = 1 / mirrored.high if math.isfinite(mirrored.high) else 0.0

    assert 0 <= found.low < found.high
    assert inverse == pytest.approx(found.low, abs=1e-12)


def test_a_mean_has_the_interval_of_scipy() -> None:
    """Student's, from values and from sums."""
    values = np.array([1.0, 4.0, 2.5, 7.0, 3.0])
    low, high = stats.t.interval(0.95, 4, values.mean(), stats.sem(values))
    sums = mean_of_sums(float(values.sum()), float((values**2).sum()), 5)

    assert (values_interval(values).low, values_interval(values).high) == pytest.approx((low, high))
    assert mean_interval(sums.mean, sums.deviation, 5).high == pytest.approx(high)


def test_one_row_does_not_bound_a_mean() -> None:
    """It has no deviation."""
    assert values_interval(np.array([3.0])).high == math.inf
    assert math.isnan(mean_of_sums(3.0, 9.0, 1).deviation)


def test_the_rmse_has_the_roots_of_the_ends_of_the_mean_square() -> None:
    """Checked against scipy's interval of the mean square."""
    errors = np.array([1.0, -2.0, 0.5, 3.0, -1.0, 2.0])
    low, high = stats.t.interval(0.95, 5, (errors**2).mean(), stats.sem(errors**2))
    found = rmse_interval(errors)

    assert found.low == pytest.approx(math.sqrt(max(low, 0)))
    assert found.high == pytest.approx(math.sqrt(high))


def test_a_ratio_of_means_follows_the_delta_method() -> None:
    """By hand: log(2) ± z sqrt(1/(50*16) + 4/(200*4))."""
    half = 1.959964 * math.sqrt(1 / (50 * 16) + 4 / (200 * 4))
    found = mean_ratio(Mean(4.0, 1.0, 50), Mean(2.0, 2.0, 200))

    assert found.low == pytest.approx(2 * math.exp(-half), rel=1e-6)
    assert found.high == pytest.approx(2 * math.exp(half), rel=1e-6)


def test_a_ratio_to_a_mean_of_zero_is_unbounded() -> None:
    """Also where a side has one row only."""
    assert mean_ratio(Mean(4.0, 1.0, 50), Mean(0.0, 0.0, 9)).high == math.inf
    assert mean_ratio(Mean(4.0, 1.0, 1), Mean(1.0, 1.0, 9)).high == math.inf


def test_the_influence_of_a_mean_gives_its_standard_error() -> None:
    """The deviations from the mean are its influence: s/sqrt(n) with n in place of n - 1."""
    values = np.array([1.0, 4.0, 2.5, 7.0, 3.0])
    influence = values - values.mean()
    error = values.std() / math.sqrt(5)

    assert influence_error(influence) == pytest.approx(error)
    assert influence_interval(3.5, influence).high == pytest.approx(3.5 + 1.959964 * error)


def test_folds_are_wider_than_independent_samples() -> None:
    """Nadeau and Bengio by hand: t(4) s sqrt(1/5 + 1/4)."""
    gains = np.array([0.10, 0.12, 0.08, 0.11, 0.09])
    half = stats.t.ppf(0.975, 4) * gains.std(ddof=1) * math.sqrt(1 / 5 + 1 / 4)
    found = corrected_resampled(gains, 0.25)

    assert (found.low, found.high) == pytest.approx((0.10 - half, 0.10 + half))


def test_an_interval_can_be_clipped() -> None:
    """To the range of the quantity."""
    assert Interval(-1.0, 4.0, "m").clipped(0.0) == Interval(0.0, 4.0, "m")


def test_the_intervals_cover_as_often_as_they_say() -> None:
    """A small seeded simulation: 95 % nominal, three standard errors of slack."""
    random = np.random.default_rng(7)
    draws = 2_000
    rates, ratios, differences = 0, 0, 0
    for first, second in zip(
        random.binomial(60, 0.3, draws), random.binomial(200, 0.4, draws), strict=True
    ):
        rate, ratio = wilson(int(first), 60), katz_ratio(int(first), 60, int(second), 200)
        difference = newcombe_difference(int(first), 60, int(second), 200)
        rates += rate.low <= 0.3 <= rate.high
        ratios += ratio.low <= 0.75 <= ratio.high
        differences += difference.low <= -0.1 <= difference.high

    assert all(0.935 <= hits / draws <= 0.97 for hits in (rates, ratios, differences))
