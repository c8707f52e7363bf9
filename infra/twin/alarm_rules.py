"""When an alarm is in which state: M of the last N periods, and what missing data counts as."""

import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

OK: Final = "OK"
ALARM: Final = "ALARM"
INSUFFICIENT_DATA: Final = "INSUFFICIENT_DATA"

_STATISTICS: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "Average": statistics.fmean,
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
    "Sum": sum,
}
_BREACHES: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


class UnknownStatisticError(ValueError):
    """A statistic or comparison that the twin cannot compute."""


def datapoint(statistic: str, values: Sequence[float]) -> float | None:
    """The statistic of one period, such as Sum or p99; None without values."""
    if not values:
        return None
    if statistic in _STATISTICS:
        return float(_STATISTICS[statistic](values))
    percentile = re.fullmatch(r"p(\d+(?:\.\d+)?)", statistic)
    if percentile is None:
        raise UnknownStatisticError(f"unknown statistic {statistic!r}")
    return float(np.percentile(values, float(percentile[1])))


def alarm_state(
    datapoints: Sequence[float | None],
    *,
    comparison: str,
    threshold: float,
    needed: int,
    missing: str,
    current: str,
) -> str:
    """The state that these datapoints put an alarm in; ``needed`` is the M of M out of N."""
    if comparison not in _BREACHES:
        raise UnknownStatisticError(f"unknown comparison {comparison!r}")
    present = [value for value in datapoints if value is not None]
    absent = len(datapoints) - len(present)
    breaching = sum(_BREACHES[comparison](value, threshold) for value in present)
    if missing == "breaching":
        breaching += absent
    if breaching >= needed:
        return ALARM
    if not present and missing in {"missing", "ignore"}:
        return INSUFFICIENT_DATA if missing == "missing" else current
    return OK
