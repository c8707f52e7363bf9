import math

import numpy as np
import pytest
from scipy import stats

from loopwright.domain import stability


def test_psi_is_the_sum_worked_by_hand() -> None:
    """Equal sizes of 100 in two bins: p = 60.5/101 and 40.5/101, q the other way round."""
    terms = stability.psi_terms(np.array([60.0, 40.0]), np.array([40.0, 60.0]))
    by_hand = 2 * (60.5 - 40.5) / 101 * math.log(60.5 / 40.5)

    assert terms.sum() == pytest.approx(by_hand, abs=1e-12)
    assert terms.sum() == pytest.approx(0.158947, abs=1e-6)


def test_the_size_of_the_baseline_does_not_change_the_psi_of_the_same_shares() -> None:
    """Both are smoothed at the size of the smaller sample."""
    small = stability.psi_terms(np.array([50.0, 50.0, 0.0]), np.array([40.0, 50.0, 10.0])).sum()
    large = stability.psi_terms(np.array([5e6, 5e6, 0.0]), np.array([40.0, 50.0, 10.0])).sum()

    assert large == pytest.approx(small, abs=1e-12)


def test_bins_that_are_empty_in_both_add_nothing() -> None:
    """Guard bins are empty most of the time."""
    found = stability.measure([500, 500, 0, 0], [50, 50, 0, 0])

    assert found.psi == 0
    assert found.corrected == 0
    assert found.terms == (0.0, 0.0, 0.0, 0.0)


def test_the_corrected_psi_is_free_of_the_bias_of_sampling() -> None:
    """Over 2,000 draws of a real shift the mean estimate is the true PSI within 3 %."""
    generator = np.random.default_rng(1)
    p, q = np.full(10, 0.1), np.array([0.05] * 5 + [0.15] * 5)
    true = float(((q - p) * np.log(q / p)).sum())
    estimates = [
        stability.measure(
            generator.multinomial(20_000, p).tolist(), generator.multinomial(500, q).tolist()
        )
        for _ in range(2_000)
    ]
    mean = np.mean([one.corrected for one in estimates])
    raw = np.mean([one.psi for one in estimates])
    covered = np.mean([one.low <= true <= one.high for one in estimates])

    assert mean == pytest.approx(true, rel=0.03)
    assert raw > true + 0.01
    assert 0.92 <= covered <= 0.98


def test_the_p_value_agrees_with_the_chi_square_test_of_large_counts() -> None:
    """For counts far from zero the two tests are the same test in the limit."""
    generator = np.random.default_rng(2)
    for _ in range(10):
        baseline = generator.multinomial(20_000, np.full(8, 1 / 8))
        live = generator.multinomial(2_000, np.full(8, 1 / 8))
        exact = stats.chi2_contingency(np.stack([baseline, live])).pvalue
        found = stability.p_value(baseline.tolist(), live.tolist(), draws=20_000)

        assert found == pytest.approx(exact, abs=0.1)


def test_a_shift_that_kolmogorov_and_smirnov_see_is_seen() -> None:
    """Half a standard deviation in 2,000 rows, binned at the baseline's quantiles."""
    generator = np.random.default_rng(3)
    before, after = generator.normal(size=20_000), generator.normal(0.5, size=2_000)
    edges = np.quantile(before, np.linspace(0, 1, 21)[1:-1])
    counts = [
        np.bincount(np.searchsorted(edges, x), minlength=20).tolist() for x in (before, after)
    ]

    assert stats.ks_2samp(before, after).pvalue < 1e-12
    assert stability.p_value(counts[0], counts[1], draws=4_000) == 1 / 4_001


def test_p_values_without_drift_are_uniform() -> None:
    """The test is calibrated where the chi-square limit is not: 100 rows in 26 bins, most rare."""
    generator = np.random.default_rng(4)
    shares = np.array([0.5, *[0.02] * 25])
    found = [
        stability.p_value(
            generator.multinomial(5_000, shares).tolist(),
            generator.multinomial(100, shares).tolist(),
            draws=500,
        )
        for _ in range(300)
    ]

    assert np.mean(np.array(found) <= 0.05) == pytest.approx(0.05, abs=0.03)
    assert stats.kstest(found, "uniform").pvalue > 0.01


def test_the_same_counts_give_the_same_p_value() -> None:
    """A verdict can be computed again to the last digit."""
    one = stability.p_value([50, 50], [30, 50], draws=1_000)

    assert one == stability.p_value([50, 50], [30, 50], draws=1_000)


def test_discoveries_are_those_of_benjamini_and_hochberg() -> None:
    """The expected answers are scipy's adjusted p values."""
    generator = np.random.default_rng(5)
    p_values = [*generator.uniform(size=30).tolist(), 0.0001, 0.0004, 0.003, 0.004]
    expected = stats.false_discovery_control(p_values) <= 0.05

    assert list(stability.discoveries(p_values, 0.05)) == expected.tolist()
    assert stability.discoveries([0.5], 0.05) == (False,)
    assert stability.discoveries([], 0.05) == ()


def test_there_are_draws_enough_for_the_smallest_p_value_to_count() -> None:
    """The smallest possible p value passes the strictest threshold, up to a bound of work."""
    assert stability.draws_for(10, 0.05) == 4_000
    assert stability.draws_for(20, 0.01) == 8_000
    assert stability.draws_for(1_000, 0.01) == stability.MAX_DRAWS
