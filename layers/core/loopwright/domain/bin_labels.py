"""Bins in words: which values a bin holds, and what is typical of a column."""

from datetime import datetime, timedelta

import numpy as np

from loopwright.domain.bins import BELOW, MISSING, NEW, OTHER, Bins, ColumnCounts, NumericBins
from loopwright.domain.record import Record

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - stored times are naive UTC
MOST_SHOWN = 3
MAX_VALUE_CHARACTERS = 24


class ColumnSummary(Record):
    """A column at a glance: the share of missing values, and the values that are typical."""

    name: str
    missing_share: float
    typical: str


def bin_label(bins: Bins, index: int) -> str:
    """Return the values of a bin in words, such as `18 to 25` or `Rome`."""
    if index == MISSING:
        return "missing"
    if isinstance(bins, NumericBins):
        return _numeric_label(bins, index)
    if index in (NEW, OTHER):
        return "new values" if index == NEW else "other values"
    return short_value(bins.categories[index - OTHER - 1])


def summarise(name: str, bins: Bins, counts: ColumnCounts) -> ColumnSummary:
    """Describe a column by its counts: the bin of the median, or the commonest values."""
    present = [count if index != MISSING else 0 for index, count in enumerate(counts.counts)]
    total = sum(present)
    missing = 1 - total / counts.rows if counts.rows else 0.0
    if not total:
        typical = "no value"
    elif isinstance(bins, NumericBins):
        typical = f"median {bin_label(bins, _median_bin(bins, present))}"
    else:
        order = sorted(range(len(present)), key=lambda index: -present[index])[:MOST_SHOWN]
        typical = ", ".join(
            f"{bin_label(bins, index)} {present[index] / total:.0%}"
            for index in order
            if present[index]
        )
    return ColumnSummary(name=name, missing_share=missing, typical=typical)


def short_value(value: object) -> str:
    """Return a value as a short text."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return shortened(value, MAX_VALUE_CHARACTERS)


def shortened(value: object, most: int) -> str:
    """Return a value as a text of at most so many characters, without what cannot be printed."""
    text = "".join(
        mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in str(value)
    )
    return text if len(text) <= most else text[: most - 1] + "…"


def _numeric_label(bins: NumericBins, index: int) -> str:
    edges, above = bins.edges, len(bins.edges) + 1
    if index == BELOW:
        return f"below {measured(bins, edges[0])}"
    if index == above:
        return f"above {measured(bins, edges[-1])}"
    if index > above:
        return measured(bins, bins.atoms[index - above - 1])
    low, high = (measured(bins, edge) for edge in edges[index - 2 : index])
    return f"{low} to {high}"


def measured(bins: NumericBins, value: float) -> str:
    """Return a value of a column as what it measures: a number, a time or a length."""
    if bins.measure == "epoch":
        return (EPOCH + timedelta(seconds=value)).isoformat(sep=" ", timespec="minutes")
    return f"{value:.6g}{' letters' if bins.measure == 'length' else ''}"


def _median_bin(bins: NumericBins, present: list[int]) -> int:
    """Return the bin that holds the median; atoms stand among the intervals by their value."""
    above = len(bins.edges) + 1
    starts = {BELOW: float("-inf"), above: bins.edges[-1]}
    starts |= {index: bins.edges[index - 2] for index in range(2, above)}
    starts |= {above + 1 + place: atom for place, atom in enumerate(bins.atoms)}
    order = sorted(starts, key=lambda one: (starts[one], one <= above))
    running = np.cumsum([present[index] for index in order])
    return order[int(np.searchsorted(running, running[-1] / 2))]
