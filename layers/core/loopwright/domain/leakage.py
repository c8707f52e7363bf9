"""Whether one column alone tells the target too well: from its counts by bin and class.

A feature that was made from the outcome, or is known only after it, ranks the rows almost without
error. What is judged is the low end of an interval, so that a few rows are no proof.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.intervals import wilson

# Two-sided level of the intervals: some hundred columns are looked at, each is a chance to err.
LEVEL = 0.999
NORMAL = 3.29

ByClass = Sequence[Sequence[int]]
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Area:
    """How well the bins of a column rank the rows of a class above the others, with its low end."""

    value: float
    low: float


def ranking(by_class: ByClass) -> Area:
    """Return the mean over the classes of the area under the ROC curve of one against the rest.

    `by_class` holds for each bin the rows of each class; a bin scores by its share of the class, so
    0.5 tells nothing and 1 everything. The low end is of DeLong's interval (1988, Biometrics 44),
    of Wilson's over the class when it is separated completely. Classes without rows are left out.
    """
    table = np.asarray(by_class, dtype=np.float64)
    present = [place for place in range(table.shape[1]) if table[:, place].sum()]
    if len(present) < 2:  # noqa: PLR2004 - one class alone is told by nothing
        return Area(0.5, 0.5)
    areas = [_one_against_rest(table[:, place], table.sum(axis=1)) for place in present]
    if len(present) == 2:  # noqa: PLR2004 - the areas of two classes are the same one
        return areas[0]
    return Area(
        float(np.mean([area.value for area in areas])), float(np.mean([area.low for area in areas]))
    )


def mistakes(by_class: ByClass) -> tuple[int, int]:
    """Return the rows that the commonest class of their bin misses, and those of a constant guess.

    0 mistakes: the target is a function of the bin.
    """
    table = np.asarray(by_class, dtype=np.int64)
    rows = int(table.sum())
    return rows - int(table.max(axis=1).sum()), rows - int(table.sum(axis=0).max())


def _one_against_rest(positives: Vector, rows: Vector) -> Area:
    filled = rows > 0
    positive, negative = positives[filled], (rows - positives)[filled]
    order = np.argsort(positive / (positive + negative), kind="stable")
    positive, negative = positive[order], negative[order]
    m, n = positive.sum(), negative.sum()
    above = (np.cumsum(negative) - negative / 2) / n
    below = 1 - (np.cumsum(positive) - positive / 2) / m
    area = float((positive * above).sum() / m)
    if math.isclose(area, 1.0):
        smaller = int(min(m, n))
        return Area(1.0, wilson(smaller, smaller, LEVEL).low)
    by_positive = float((positive * (above - area) ** 2).sum() / max(m - 1, 1.0) / m)
    by_negative = float((negative * (below - area) ** 2).sum() / max(n - 1, 1.0) / n)
    return Area(area, area - NORMAL * math.sqrt(by_positive + by_negative))
