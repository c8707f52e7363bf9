import pytest

from loopwright.domain.cost import function_cents


def test_a_minute_of_three_gigabytes_costs_a_third_of_a_cent() -> None:
    """60 s x 3 GB x $0.0000166667, and one request."""
    assert function_cents(60, 3_072) == pytest.approx(0.3, abs=1e-4)
