"""Points of a distribution function: what is kept of a numeric column before its bins are known.

Of the present values some are kept, with how many rows hold exactly this value and how many are
at most as large. Between two kept values lie at most 1/1000 of the rows, so every value with more
rows is kept. Merging puts the rows of a gap half at each of its ends: a merged rank is at most
1/2000 of the rows wrong, and an edge chosen by it at most 1/1000.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.bins import NumericBins
from loopwright.domain.counting import ATOM_PARTS, edge_ranks

POINTS = 1_000
MOST_COMMON = 10


@dataclass(frozen=True)
class Points:
    """Ascending values; rows that hold exactly each; rows at most as large as each."""

    values: NDArray[np.float64]
    at: NDArray[np.int64]
    upto: NDArray[np.int64]

    @property
    def rows(self) -> int:
        """Return the number of present values that the points stand for."""
        return int(self.upto[-1]) if self.upto.size else 0


def points_of(values: NDArray[np.float64], *, kept: int = POINTS) -> Points:
    """Return the points of finite values (sorted in place); the ranks of all of them are exact."""
    values.sort()
    if not values.size:
        return _points(values, np.array([], np.int64), np.array([], np.int64))
    last = np.append(np.flatnonzero(values[1:] != values[:-1]), values.size - 1)
    upto = last.astype(np.int64) + 1
    return _thin(_points(values[last], np.diff(upto, prepend=0), upto), kept=kept)


def merge_points(parts: Sequence[Points], *, kept: int = POINTS) -> Points:
    """Merge points: the order of the parts does not matter, and one part alone stays as it is."""
    parts = [part for part in parts if part.rows]
    if len(parts) < 2:  # noqa: PLR2004 - nothing is merged
        return parts[0] if parts else points_of(np.array([]))
    # Twice the rows, so that half a gap is whole.
    gaps = [np.diff(part.upto, prepend=0) - part.at for part in parts]
    after = [np.append(gap[1:], 0) for gap in gaps]
    values, place = np.unique(np.concatenate([part.values for part in parts]), return_inverse=True)
    at = _added(place, [2 * part.at for part in parts], values.size)
    ended = _added(place, gaps, values.size)
    started = _added(place, after, values.size)
    upto = np.cumsum(at + ended + started) - started
    return _thin(_points(values, at // 2, upto // 2), kept=kept)


def bins_of_points(points: Points) -> NumericBins:
    """Return 20 quantile bins; a value with 5 % or more of the rows is an atom, in no quantile."""
    if not points.rows:
        return NumericBins(edges=(0.0,))
    atomic, rest = _without_atoms(points)
    atoms = points.values[atomic]
    if rest[-1]:
        picked = np.searchsorted(rest, edge_ranks(int(rest[-1])), side="left")
        edges = np.unique(points.values[picked])
    else:
        edges = np.unique(points.values[[0, -1]])
    return NumericBins(
        edges=tuple(edges.tolist()), atoms=tuple(atoms.tolist()), common=_common(points, atomic)
    )


def _common(points: Points, atomic: NDArray[np.bool_]) -> tuple[float, ...]:
    """Return the commonest values that are no atoms; each has 1/1000 of the rows, and two rows."""
    often = (points.at * POINTS >= points.rows) & (points.at > 1) & ~atomic
    order = np.lexsort((points.values[often], -points.at[often]))
    chosen = order[: max(0, MOST_COMMON - int(atomic.sum()))]
    return tuple(sorted(points.values[often][chosen].tolist()))


def _points(values: NDArray[np.float64], at: NDArray[np.int64], upto: NDArray[np.int64]) -> Points:
    return Points(values=values, at=at, upto=upto)


def _added(
    place: NDArray[np.intp], parts: Sequence[NDArray[np.int64]], size: int
) -> NDArray[np.int64]:
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, place, np.concatenate(parts))
    return total


def _without_atoms(points: Points) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which points are atoms, and the rows up to each point that no atom holds."""
    atomic = points.at * ATOM_PARTS >= points.rows
    return atomic, points.upto - np.cumsum(np.where(atomic, points.at, 0))


def _thin(points: Points, *, kept: int) -> Points:
    """Keep the points at equal steps of rank, and those at the edges of the quantile bins."""
    steps = -(-np.arange(kept + 1) * points.rows // kept)
    chosen = [np.searchsorted(points.upto, np.maximum(steps, 1), side="left")]
    _, rest = _without_atoms(points)
    if rest[-1]:
        chosen.append(np.searchsorted(rest, edge_ranks(int(rest[-1])), side="left"))
    index = np.unique(np.concatenate(chosen))
    return _points(points.values[index], points.at[index], points.upto[index])
