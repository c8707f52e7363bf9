import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from loopwright.domain.metrics import Gain
from loopwright.domain.promotion_rule import bound_of, low_end
from loopwright.domain.spec_models import Promotion

ERROR = 0.01


def a_gain(value: float) -> Gain:
    """Return a gain whose standard error is known."""
    half = ERROR * float(norm.ppf(0.975))
    return Gain(metric="roc_auc", value=value, low=value - half, high=value + half)


@pytest.mark.parametrize("chance", [0.2, 0.025, 0.0001])
def test_the_low_end_is_that_of_a_one_sided_normal_interval(chance: float) -> None:
    """Against scipy's normal distribution."""
    assert low_end(a_gain(0.05), chance) == pytest.approx(norm.isf(chance, 0.05, ERROR) * -1 + 0.1)


def test_an_estimate_is_taken_as_it_is() -> None:
    """Its interval is shown and does not decide."""
    assert bound_of(Promotion(), a_gain(0.05), challenges=7).value == 0.05


@given(st.integers(1, 500), st.floats(0.001, 0.4))
def test_what_all_comparisons_spend_stays_below_the_error_probability(
    comparisons: int, chance: float
) -> None:
    """Read back from the bounds, by scipy's survival function."""
    promotion = Promotion(rule="sequential", error_probability=chance)
    spent = sum(
        float(norm.sf((0.05 - bound_of(promotion, a_gain(0.05), challenges=k).value) / ERROR))
        for k in range(1, comparisons + 1)
    )

    assert spent < chance * (1 + 1e-9)
    assert spent > chance * (1 - 6 / math.pi**2 / comparisons * 1.1 - 1e-9)
