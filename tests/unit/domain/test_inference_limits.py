import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopwright.domain.inference_limits import earliest, least_rows, missing_limit, outward

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("low", "high", "whole", "limits"),
    [
        (17, 90, True, (0, 100)),
        (32.1, 59.6, False, (20, 70)),
        (2007, 2009, True, (2006, 2010)),
        (0.12, 0.87, False, (0, 1)),
        (-27.02, -23.79, False, (-28, -23)),
        (5, 5, True, (4, 6)),
        (0, 0, False, (0, 1)),
        (-3, -1, True, (-4, 0)),
    ],
)
def test_limits_are_round_and_leave_room(
    low: float, high: float, whole: bool, limits: tuple[float, float]
) -> None:
    """A tenth of the range, and never across zero."""
    assert outward(low, high, whole=whole) == limits


@given(low=FINITE, high=FINITE, whole=st.booleans())
@settings(max_examples=200)
def test_limits_always_hold_what_was_seen(low: float, high: float, whole: bool) -> None:
    """Whatever the size; there may be none."""
    low, high = sorted((math.floor(low), math.floor(high)) if whole else (low, high))
    lowest, highest = outward(low, high, whole=whole)

    assert lowest is None or lowest <= low
    assert highest is None or highest >= high
    assert all(limit is None or math.isfinite(limit) for limit in (lowest, highest))
    if whole:
        assert all(limit is None or limit == int(limit) for limit in (lowest, highest))


def test_huge_numbers_have_no_round_limit() -> None:
    """A double cannot hold it exactly."""
    assert outward(0, 2**62, whole=True) == (None, None)
    assert outward(-1.7e308, 1.7e308, whole=False) == (None, None)


def test_the_limit_of_missing_values_has_room_and_an_end() -> None:
    """Half as much again, at most all, and none where none is missing."""
    assert [missing_limit(count, 100) for count in (0, 2, 50, 90)] == [0, 0.03, 0.75, 1]


def test_times_start_with_the_year_before() -> None:
    """A time before our calendar has no limit."""
    assert earliest("2019-06-07 10:00:00") == "2018-01-01"
    assert earliest("0044-03-15 (BC)") is None


def test_half_of_the_rows_are_asked_for_in_round_numbers() -> None:
    """At least one."""
    assert [least_rows(rows) for rows in (1, 7, 344, 51_234)] == [1, 3, 170, 25_000]
