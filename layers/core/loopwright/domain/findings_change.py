"""Findings about what changed since the version before: columns, rows, distributions."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from loopwright.domain.bins import MISSING, CategoricalBins, ColumnCounts, NumericBins
from loopwright.domain.dataset import Manifest
from loopwright.domain.findings import DataFinding, finding
from loopwright.domain.kinds import CategoryValue
from loopwright.domain.profile import Profile
from loopwright.domain.record import Record
from loopwright.domain.stability import measure

# The population stability index above which a change is called large in the field.
LARGE_PSI = 0.25
# A version of less than half the rows is more often a broken export than a smaller world.
FEW_ROWS = 0.5


class Previous(Record):
    """The dataset version before, as the judgement of a new one needs it."""

    manifest: Manifest
    profile: Profile


def change_findings(
    manifest: Manifest, profile: Profile, previous: Previous
) -> Iterator[DataFinding]:
    """Yield notes on columns that came, went or changed type; warnings of few rows and shifts."""
    yield from _columns(manifest, previous.manifest)
    before = previous.manifest.rows
    if manifest.rows < FEW_ROWS * before:
        yield finding(
            "fewer_rows",
            "",
            "warning",
            count=manifest.rows,
            rows=manifest.rows,
            message=f"{manifest.rows} rows, the version before had {before}",
            advice="Find out whether the upload is complete.",
        )
    for name, counts in profile.counts.columns.items():
        if name in previous.profile.counts.columns:
            yield from _shift(name, profile, counts, previous.profile)


def _columns(manifest: Manifest, before: Manifest) -> Iterator[DataFinding]:
    old = {column.name: column.type for column in before.columns}
    new = {column.name: column.type for column in manifest.columns}
    for name in sorted(old | new):
        if old.get(name) != new.get(name):
            was, now = (kinds.get(name, "not there") for kinds in (old, new))
            yield finding(
                "changed_column",
                name,
                "note",
                count=manifest.rows,
                rows=manifest.rows,
                message=f"{name!r} was {was} in the version before, it is {now} now",
                advice="Nothing, when the change of project.yaml was meant.",
            )


def _shift(
    name: str, profile: Profile, counts: ColumnCounts, before: Profile
) -> Iterator[DataFinding]:
    both = common_counts(profile, before, name)
    if both is None or not all(map(sum, both)):
        return
    found = measure(both[1], both[0])
    if found.low > LARGE_PSI:
        yield finding(
            "shifted_column",
            name,
            "warning",
            count=counts.rows,
            rows=counts.rows,
            message=(
                f"the values of {name!r} are distributed otherwise than in the version before "
                f"(population stability index {found.corrected:.2f}, low end {found.low:.2f})"
            ),
            advice="Find out what changed: the world, the units, or how the data is gathered.",
        )


def common_counts(
    profile: Profile, before: Profile, name: str
) -> tuple[list[int], list[int]] | None:
    """Return the counts of a column now and before over common bins; None when there are none.

    Categories are matched by name. Numbers are counted between every other edge of now; within an
    interval of before they are taken as spread evenly, which moves a count by 1/20 of the rows at
    most.
    """
    new, old = profile.bins[name], before.bins[name]
    now, then = profile.counts.columns[name].counts, before.counts.columns[name].counts
    if isinstance(new, CategoricalBins) and isinstance(old, CategoricalBins):
        names = [*dict.fromkeys([*new.categories, *old.categories])]
        return _by_category(new, now, names), _by_category(old, then, names)
    if isinstance(new, NumericBins) and isinstance(old, NumericBins) and new.measure == old.measure:
        cuts = sorted({*new.edges[::2], *new.atoms})
        return _between(new, now, cuts), _between(old, then, cuts)
    return None


def _by_category(
    bins: CategoricalBins, counts: tuple[int, ...], names: Sequence[CategoryValue]
) -> list[int]:
    first = len(counts) - len(bins.categories)
    known = dict(zip(bins.categories, counts[first:], strict=True))
    listed = [known.get(name, 0) for name in names]
    return [counts[MISSING], sum(counts) - counts[MISSING] - sum(listed), *listed]


def _between(bins: NumericBins, counts: tuple[int, ...], cuts: list[float]) -> list[int]:
    """Return the rows that are missing, and those up to each cut, between them and above."""
    edges = bins.edges
    points = [edges[0], *edges]
    masses = [counts[1], 0, *counts[2 : len(edges) + 1]]
    total = np.cumsum([*masses, counts[len(edges) + 1]])
    below = np.interp(cuts, edges, total[1 : len(points)], left=0.0, right=float(total[-1]))
    atoms = dict(zip(bins.atoms, counts[len(edges) + 2 :], strict=True))
    upto = [
        value + sum(rows for atom, rows in atoms.items() if atom <= cut)
        for value, cut in zip(below, cuts, strict=True)
    ]
    present = sum(counts) - counts[MISSING]
    steps = [high - low for low, high in pairwise([0.0, *upto, float(present)])]
    return [counts[MISSING], *(round(max(0.0, step)) for step in steps)]
