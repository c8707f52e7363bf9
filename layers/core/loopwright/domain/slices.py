"""Find the parts of the sealed rows on which a model does worst, without fooling oneself.

Slices are searched on one half of the rows and tested on the other: however many were looked at,
the test sees rows that had no say in the choice. What is left to correct for is the few tested.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.fairness_groups import Grouping
from loopwright.domain.intervals import LEVEL, Floats, normal_quantile
from loopwright.domain.record import Record

SEED = 0
MIN_ROWS = 100
MOST_FOUND = 5
MOST_PAIRED_COLUMNS = 20
MOST_OVERLAP = 0.7
MOST_GROUPS = 50
OTHER_GROUPS = "(other groups)"
LEAST_SCORE = 1.0
_PATIENCE = 200


class Slice(Record):
    """Rows that meet all conditions (`column=group`), and their mean loss on the tested half.

    `value` is that mean minus the mean of the other rows (`worse than elsewhere`), or the mean
    itself where the loss is already a difference of two models. `low` to `high` hold together for
    all slices tested at once, at 95 % (Bonferroni); `p_value` is one-sided, by Holm 1979.
    """

    conditions: tuple[str, ...]
    rows: int
    mean: float
    value: float
    low: float
    high: float
    p_value: float


class SliceSearch(Record):
    """How many slices were looked at, and those worth a test, the surest first."""

    looked_at: int
    found: tuple[Slice, ...]


NO_SLICES = SliceSearch(looked_at=0, found=())


def find_slices(groupings: Sequence[Grouping], loss: Floats, *, relative: bool) -> SliceSearch:
    """Search conditions on one or two columns for rows of high mean loss, and test the best few.

    `loss` has one number per row, higher is worse. With `relative` a slice is compared with all
    other rows, else with zero. A slice has at least 100 rows in each half.
    """
    groupings = [_coarse(one) for one in groupings]
    searched = searched_rows(len(loss))
    halves = [_Half(groupings, loss, rows, relative=relative) for rows in (searched, ~searched)]
    candidates = list(_candidates(groupings, halves[0]))
    chosen = _distinct(sorted(candidates, key=lambda one: -one.score), halves[0])
    tested = [one for one in chosen if halves[1].mask(one).sum() >= MIN_ROWS]
    found = [_tested(groupings, one, halves[1], len(tested)) for one in tested]
    return SliceSearch(looked_at=len(candidates), found=_holm(found))


def searched_rows(rows: int) -> NDArray[np.bool_]:
    """Tell for each row whether it is searched: half of them, the same for the same number.

    They are drawn, for rows may come in an order that means something.
    """
    return np.asarray(np.random.default_rng(SEED).permutation(rows) % 2 == 0)


def _coarse(grouping: Grouping) -> Grouping:
    """Return the largest groups; the others are one group, so that a pair has few cells."""
    rows = np.bincount(grouping.positions, minlength=len(grouping.groups))
    large = np.argsort(-rows, kind="stable")[:MOST_GROUPS]
    renamed = np.full(len(rows), len(large), dtype=np.int32)
    renamed[large] = np.arange(len(large))
    groups = (*(grouping.groups[place] for place in large), OTHER_GROUPS)
    return Grouping(grouping.attribute, groups, renamed[grouping.positions])


@dataclass(frozen=True)
class _Candidate:
    """Columns by their place, the group of each, and the score of the searched half."""

    columns: tuple[int, ...]
    groups: tuple[int, ...]
    mean: float
    score: float


class _Half:
    """One half of the rows."""

    def __init__(
        self,
        groupings: Sequence[Grouping],
        loss: Floats,
        rows: NDArray[np.bool_],
        *,
        relative: bool,
    ) -> None:
        self.positions = [one.positions[rows] for one in groupings]
        self.loss = loss[rows]
        self.squares = self.loss**2
        self.relative = relative

    def mask(self, candidate: _Candidate) -> NDArray[np.bool_]:
        """Tell for each row whether it meets the conditions."""
        met = np.ones(len(self.loss), dtype=bool)
        for column, group in zip(candidate.columns, candidate.groups, strict=True):
            met &= self.positions[column] == group
        return met

    def compared(self, rows: Floats, total: Floats, squares: Floats) -> tuple[Floats, Floats]:
        """Return the difference of each slice and its standard error (Welch), from its sums."""
        mean = total / rows
        error = _variance(rows, mean, squares) / rows
        if not self.relative:
            return mean, np.sqrt(error)
        others = np.maximum(len(self.loss) - rows, 1)
        rest = (self.loss.sum() - total) / others
        error += _variance(others, rest, self.squares.sum() - squares) / others
        return mean - rest, np.sqrt(error)


def _variance(rows: Floats, mean: Floats, squares: Floats) -> Floats:
    return np.maximum(squares / rows - mean**2, 0.0) * rows / np.maximum(rows - 1, 1)


def _candidates(groupings: Sequence[Grouping], half: _Half) -> Iterator[_Candidate]:
    """Yield every slice of one column, and of two of the most telling columns."""
    singles = [(place, list(_slices(groupings, half, (place,)))) for place in range(len(groupings))]
    best = {place: max((one.score for one in found), default=0.0) for place, found in singles}
    telling = sorted(best, key=lambda place: -best[place])[:MOST_PAIRED_COLUMNS]
    means = {(one.columns[0], one.groups[0]): one.mean for _, found in singles for one in found}
    for _, found in singles:
        yield from found
    for pair in combinations(sorted(telling), 2):
        for one in _slices(groupings, half, pair):
            parents = [means.get(each) for each in zip(one.columns, one.groups, strict=True)]
            if all(mean is None or one.mean > mean for mean in parents):
                yield one


def _slices(
    groupings: Sequence[Grouping], half: _Half, columns: tuple[int, ...]
) -> Iterator[_Candidate]:
    """Yield the slices of a combination of columns that have rows enough."""
    sizes = [len(groupings[column].groups) for column in columns]
    cells = half.positions[columns[0]]
    for column, size in zip(columns[1:], sizes[1:], strict=True):
        cells = cells * size + half.positions[column]
    rows = np.bincount(cells, minlength=math.prod(sizes))
    (large,) = np.nonzero((rows >= MIN_ROWS) & (rows <= len(half.loss) - MIN_ROWS))
    total = np.bincount(cells, half.loss, len(rows))[large]
    squares = np.bincount(cells, half.squares, len(rows))[large]
    difference, error = half.compared(rows[large].astype(np.float64), total, squares)
    score = np.divide(difference, error, out=np.zeros_like(error), where=error > 0)
    for place, cell in enumerate(large.tolist()):
        groups = tuple(int(each) for each in np.unravel_index(cell, sizes))
        mean = float(total[place] / rows[cell])
        yield _Candidate(columns, groups, mean, float(score[place]))


def _distinct(candidates: Sequence[_Candidate], half: _Half) -> list[_Candidate]:
    """Return the best few that do not mean nearly the same rows."""
    chosen: list[tuple[_Candidate, NDArray[np.bool_]]] = []
    for one in candidates[:_PATIENCE]:
        if len(chosen) == MOST_FOUND or one.score < LEAST_SCORE:
            break
        mask = half.mask(one)
        if all((mask & other).sum() <= MOST_OVERLAP * (mask | other).sum() for _, other in chosen):
            chosen.append((one, mask))
    return [one for one, _ in chosen]


def _tested(groupings: Sequence[Grouping], one: _Candidate, half: _Half, tests: int) -> Slice:
    """Return a slice as the other half sees it; its p value is not yet corrected."""
    mask = half.mask(one)
    sums = (mask.sum(), half.loss[mask].sum(), half.squares[mask].sum())
    (difference,), (error,) = half.compared(*(np.array([each], dtype=np.float64) for each in sums))
    spread = normal_quantile(1 - (1 - LEVEL) / 2 / tests) * error
    score = difference / error if error > 0 else 0.0
    conditions = tuple(
        f"{groupings[column].attribute}={groupings[column].groups[group]}"
        for column, group in zip(one.columns, one.groups, strict=True)
    )
    return Slice(
        conditions=conditions,
        rows=int(mask.sum()),
        mean=float(half.loss[mask].mean()),
        value=float(difference),
        low=float(difference - spread),
        high=float(difference + spread),
        p_value=0.5 * math.erfc(score / math.sqrt(2)),
    )


def _holm(found: Sequence[Slice]) -> tuple[Slice, ...]:
    """Return the slices with p values that hold for all of them at once, the surest first."""
    ordered = sorted(found, key=lambda one: one.p_value)
    raised = [min(1.0, one.p_value * (len(found) - place)) for place, one in enumerate(ordered)]
    for before, after in pairwise(range(len(raised))):
        raised[after] = max(raised[before], raised[after])
    return tuple(
        one.model_copy(update={"p_value": value})
        for one, value in zip(ordered, raised, strict=True)
    )
