"""Histograms from frozen bins: quantile bins are spread over bars of equal width."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.bin_labels import shortened
from loopwright.domain.bins import BELOW, NEW, OTHER, CategoricalBins, NumericBins
from loopwright.domain.record import Record

BARS = 20
MOST_WHOLE_BARS = 40
MOST_CATEGORIES = 10
TAIL = 0.05
FAR = 8.0
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
MOST_LETTERS = 24

Vector = NDArray[np.float64]


class Bar(Record):
    """One bar: its rows by class (one number where there are none), and the target's level in it.

    The level is the share of the class that is looked at, or the mean of the target.
    """

    label: str
    rows: tuple[float, ...]
    level: float | None = None


class Histogram(Record):
    """The bars of a column in order, along an axis or one per category."""

    kind: str
    bars: tuple[Bar, ...] = ()
    axis: tuple[float, float] | None = None
    cut: tuple[int, int] = (0, 0)

    @property
    def most(self) -> float:
        """Return the rows of the highest bar."""
        return max((sum(bar.rows) for bar in self.bars), default=0.0)


@dataclass(frozen=True)
class Split:
    """Counts per bin by class, and what is summed per bin to give the level of its rows."""

    by_class: tuple[Sequence[int], ...]
    levels: Sequence[float] | None = None
    level_rows: Sequence[int] | None = None


def numeric_histogram(bins: NumericBins, split: Split, *, whole: bool) -> Histogram:
    """Return bars of equal width; within a quantile bin rows are taken as spread evenly.

    Where few values lie far out the axis is cut, and `cut` counts the rows beyond its two ends.
    """
    total = np.sum([np.asarray(one, float) for one in split.by_class], axis=0)
    low, high = _ends(bins, total)
    if low is None or high is None:
        return Histogram(kind=bins.measure)
    edges = _grid(low, high, whole=whole)
    spread = [_spread(bins, np.asarray(one, float), edges, whole=whole) for one in split.by_class]
    levels = _levels(bins, split, edges, whole=whole)
    bars = tuple(
        Bar(
            label=_interval(edges[place], edges[place + 1], whole=whole),
            rows=tuple(round(float(one[place]), 1) for one in spread),
            level=levels[place],
        )
        for place in range(len(edges) - 1)
    )
    beyond = _beyond(bins, total, edges)
    return Histogram(kind=bins.measure, bars=bars, axis=(edges[0], edges[-1]), cut=beyond)


def category_histogram(bins: CategoricalBins, split: Split) -> Histogram:
    """Return a bar per category, the commonest first, and one for all others."""
    counts = np.asarray(split.by_class)
    present = counts[:, OTHER + 1 :]
    order = np.argsort(-present.sum(axis=0), kind="stable")
    shown, rest = order[:MOST_CATEGORIES], order[MOST_CATEGORIES:]
    places = [[OTHER + 1 + int(place)] for place in shown]
    labels = [shortened(bins.categories[int(place)], MOST_LETTERS) for place in shown]
    others = [NEW, OTHER, *(OTHER + 1 + int(place) for place in rest)]
    if counts[:, others].sum():
        places.append(others)
        labels.append(f"{len(rest) + len(bins.others):,} others")
    bars = tuple(
        Bar(
            label=label,
            rows=tuple(float(one[inside].sum()) for one in counts),
            level=_level(split, inside),
        )
        for label, inside in zip(labels, places, strict=True)
    )
    return Histogram(kind="category", bars=bars)


def _level(split: Split, inside: Sequence[int]) -> float | None:
    if split.levels is None or split.level_rows is None:
        return None
    rows = sum(split.level_rows[place] for place in inside)
    return sum(split.levels[place] for place in inside) / rows if rows else None


def _pieces(bins: NumericBins) -> tuple[Vector, Vector, list[int]]:
    """Return the low and the high end of every bin that holds values, and its index."""
    edges, above = bins.edges, len(bins.edges) + 1
    spans = [(BELOW, edges[0], edges[0]), (above, edges[-1], edges[-1])]
    spans += [(2 + place, edges[place], edges[place + 1]) for place in range(len(edges) - 1)]
    spans += [(above + 1 + place, atom, atom) for place, atom in enumerate(bins.atoms)]
    spans.sort(key=lambda one: (one[1], one[2]))
    low, high = np.array([one[1] for one in spans]), np.array([one[2] for one in spans])
    return low, high, [one[0] for one in spans]


def _ends(bins: NumericBins, total: Vector) -> tuple[float | None, float | None]:
    """Return where the axis starts and ends: at the ends of the values, or nearer."""
    low, high, order = _pieces(bins)
    rows = total[order]
    if not rows.sum():
        return None, None
    held = rows > 0
    first, last = float(low[held].min()), float(high[held].max())
    running = np.cumsum(rows) / rows.sum()
    start = float(low[int(np.searchsorted(running, TAIL))])
    stop = float(high[int(np.searchsorted(running, 1 - TAIL))])
    middle = stop - start
    if middle > 0 and last - first > FAR * middle:
        return max(first, start - middle), min(last, stop + middle)
    return first, last


def _grid(low: float, high: float, *, whole: bool) -> list[float]:
    """Return the edges of the bars, at round numbers."""
    if whole and high - low < MOST_WHOLE_BARS:
        start, stop = math.floor(low), math.ceil(high)
        return [place - 0.5 for place in range(start, stop + 2)]
    if high <= low:
        width = abs(low) * 0.1 or 1.0
        return [low - width / 2, low + width / 2]
    step = _step((high - low) / BARS)
    first = math.floor(low / step)
    count = max(1, math.ceil(high / step - 1e-9) - first)
    return [(first + place) * step for place in range(count + 1)]


def _step(least: float) -> float:
    size = 10.0 ** math.floor(math.log10(least))
    return next(size * step for step in STEPS if size * step >= least * 0.999)


def _spread(bins: NumericBins, rows: Vector, edges: Sequence[float], *, whole: bool) -> Vector:
    """Return how many rows fall between the edges; those beyond them are in none."""
    bars = np.zeros(len(edges) - 1)
    grid = np.asarray(edges)
    for low, high, index in zip(*_pieces(bins), strict=True):
        count = rows[index]
        if not count:
            continue
        start, stop = low, high
        if whole and high > low:
            start, stop = low - 0.5, high - 0.5 if high < bins.edges[-1] else high + 0.5
        if stop <= start:
            place = int(np.searchsorted(grid, start, side="right")) - 1
            place -= place == len(bars) and start == grid[-1]
            if 0 <= place < len(bars):
                bars[place] += count
            continue
        inside = np.clip(np.minimum(grid[1:], stop) - np.maximum(grid[:-1], start), 0, None)
        bars += count * inside / (stop - start)
    return bars


def _levels(
    bins: NumericBins, split: Split, edges: Sequence[float], *, whole: bool
) -> list[float | None]:
    if split.levels is None or split.level_rows is None:
        return [None] * (len(edges) - 1)
    sums = _spread(bins, np.asarray(split.levels, float), edges, whole=whole)
    rows = _spread(bins, np.asarray(split.level_rows, float), edges, whole=whole)
    return [
        float(total / count) if count >= 1 else None
        for total, count in zip(sums, rows, strict=True)
    ]


def _beyond(bins: NumericBins, total: Vector, edges: Sequence[float]) -> tuple[int, int]:
    """Return about how many rows lie left and right of the axis."""
    below = _spread(bins, total, [-math.inf, edges[0]], whole=False)
    above = _spread(bins, total, [edges[-1], math.inf], whole=False)
    return round(float(below[0])), round(float(above[0]))


def _interval(low: float, high: float, *, whole: bool) -> str:
    if whole and high - low == 1 and low % 1:
        return f"{low + 0.5:g}"
    return f"{low:.6g} to {high:.6g}"
