"""How far two distributions of numbers lie apart: the statistic of Kolmogorov and Smirnov."""

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.profile_points import Points


def largest_distance(before: Points, after: Points) -> float | None:
    """Return the largest |F(x) - G(x)| over all x, in [0, 1]; None when a side has no value.

    F and G are the shares of the present values that are at most x. Between two points lies at
    most 1/1000 of the rows of a side, and they count as spread evenly there: the error is below
    1/1000 for each side, and none when every value is a point.
    """
    if not before.rows or not after.rows:
        return None
    values = np.union1d(before.values, after.values)
    places = np.concatenate([values, _just_below(values)])
    return float(np.abs(_share_up_to(before, places) - _share_up_to(after, places)).max())


def _share_up_to(points: Points, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of the values up to each place: a step at each point, a line between two."""
    ends = np.column_stack([_just_below(points.values), points.values]).ravel()
    rows = np.column_stack([points.upto - points.at, points.upto]).ravel()
    return np.asarray(np.interp(places, ends, rows / points.rows))


def _just_below(values: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        return np.maximum(np.nextafter(values, -np.inf), np.finfo(np.float64).min)
