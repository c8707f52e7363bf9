"""Numbers and times that stand for a missing value: they lie far from all others."""

from loopwright.domain.bins import NumericBins
from loopwright.domain.spec import Column

NUMBERS = (-99999.0, -9999.0, -999.0, -99.0, -1.0, 999.0, 9999.0, 99999.0, 999999.0, 9999999.0)
# 1900-01-01, 1970-01-01, 2099-12-31, 9999-12-31, in seconds since 1970.
TIMES = {
    "1900-01-01": -2_208_988_800.0,
    "1970-01-01": 0.0,
    "2099-12-31": 4_102_358_400.0,
    "9999-12-31": 253_402_214_400.0,
}
# -1 among numbers from 0 up stands alone when they reach so far; among -1, 0 and 1 it does not.
LEAST_SPAN = 20.0
SHOWN_TIMES = {moment: text for text, moment in TIMES.items()}


def candidates(column: Column) -> tuple[float, ...]:
    """Return the values that may stand for a missing one in a column."""
    if column.type == "timestamp":
        return tuple(TIMES.values())
    return NUMBERS if column.type in ("integer", "number") else ()


def is_isolated(value: float, bins: NumericBins) -> bool:
    """Tell whether a value lies farther from all others than these span (-1: below 0 alone).

    The span is that of the inner edges; a value with less than 5 % of the rows is itself an edge.
    """
    others = sorted({*bins.edges, *bins.atoms} - {value})
    if len(others) < 2:  # noqa: PLR2004 - one value spans nothing
        return False
    low, high = others[0], others[-1]
    if value == -1.0:
        return low >= 0 and high - low >= LEAST_SPAN
    return value < low - (high - low) or value > high + (high - low)
