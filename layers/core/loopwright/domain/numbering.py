"""Tell whole numbers that name rows from whole numbers that measure something.

n values drawn evenly from a range of R whole numbers take about R (1 - exp(-n / R)) different ones;
drawn unevenly, fewer. So a column of which hardly a value repeats, where chance alone would repeat
many, numbers its rows. The number of different values is estimated from a sketch, whose standard
error is 1.04 / sqrt(registers): what repeats must be nearer to none than two of them, and chance
must repeat five of them and twenty rows. A sparse numbering (about six times as many numbers as
rows, or more) is not told from a measurement.
"""

import math

from loopwright.domain.bins import MISSING, ColumnCounts, NumericBins
from loopwright.domain.distinct import ERROR, estimate
from loopwright.domain.packing import unpack_registers
from loopwright.domain.profile_details import ColumnDetails

LEAST_REPEATS = 20
NEAR_ERRORS, FAR_ERRORS = 2, 5


def numbers_rows(bins: NumericBins, counts: ColumnCounts, found: ColumnDetails) -> bool:
    """Return whether the numbers of a column are whole, dense and hardly repeat."""
    rows = counts.rows - counts.counts[MISSING]
    least, greatest = (
        (found.numbers.least, found.numbers.greatest) if found.numbers else (None,) * 2
    )
    if bins.measure != "value" or least is None or greatest is None or not found.sketch:
        return False
    if not all(value.is_integer() for value in (*bins.edges, *bins.common, least, greatest)):
        return False
    registers = unpack_registers(found.sketch)
    error = ERROR / math.sqrt(registers.size) * rows
    chance = repeats_by_chance(rows, greatest - least + 1)
    seen = rows - estimate(registers)
    return chance >= max(LEAST_REPEATS, FAR_ERRORS * error) and seen <= NEAR_ERRORS * error


def repeats_by_chance(rows: int, numbers: float) -> float:
    """Return how many rows repeat a value when each of `numbers` values is as likely."""
    return rows + numbers * math.expm1(-rows / numbers)
