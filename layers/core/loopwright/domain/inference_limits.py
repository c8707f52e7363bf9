"""Round what was observed outwards, so that a limit is no accident of one sample."""

import math
from datetime import datetime

SLACK = 0.1
SHARE_SLACK = 1.5
LARGEST = 1e15


def outward(low: float, high: float, *, whole: bool) -> tuple[float | None, float | None]:
    """Return round limits that hold all values, with a tenth of their range to spare.

    They do not cross zero where no value does. None: there is no round limit at this size.
    """
    spread = (high - low) or abs(high) or 1.0
    if not (math.isfinite(spread) and max(abs(low), abs(high)) < LARGEST and spread > 1 / LARGEST):
        return None, None
    step = 10.0 ** math.floor(math.log10(spread))
    if whole:
        step = max(step, 1.0)
    lowest = _rounded(low - SLACK * spread, step, down=True)
    highest = _rounded(high + SLACK * spread, step, down=False)
    lowest = 0.0 if low >= 0 > lowest else lowest
    highest = 0.0 if low < 0 and high <= 0 < highest else highest
    return (lowest if lowest <= low else None, highest if highest >= high else None)


def _rounded(value: float, step: float, *, down: bool) -> float:
    steps = math.floor(value / step) if down else math.ceil(value / step)
    digits = max(0, -math.floor(math.log10(step)))
    return round(steps * step, digits)


def missing_limit(missing: int, rows: int) -> float:
    """Return a limit for the share of missing values: half as much again, in whole percent."""
    if not missing:
        return 0.0
    return min(1.0, math.ceil(100 * SHARE_SLACK * missing / rows) / 100)


def earliest(low: str) -> str | None:
    """Return the start of the year before the first time; None where years cannot say it."""
    try:
        year = datetime.fromisoformat(low).year - 1
    except ValueError:
        return None
    return f"{year:04d}-01-01" if year >= 1 else None


def least_rows(rows: int) -> int:
    """Return how many rows a version must have: half of those seen, so that a cut file is caught.

    Two digits are kept of it.
    """
    half = max(1, rows // 2)
    step: int = 10 ** max(0, int(math.log10(half)) - 1)
    return half // step * step
