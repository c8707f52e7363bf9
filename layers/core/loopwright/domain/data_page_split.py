"""What the bars of a data page are split by: the classes of the target, and its level per bar."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from loopwright.domain.bin_labels import shortened
from loopwright.domain.bins import CategoricalBins, NumericBins
from loopwright.domain.data_histogram import Split
from loopwright.domain.data_page import Legend
from loopwright.domain.profile import Profile
from loopwright.domain.profile_details import bin_means
from loopwright.domain.spec import ProjectSpec

MOST_CLASSES = 6
LEAST_SHARE = 0.01
MOST_LETTERS = 60


@dataclass(frozen=True)
class Outcome:
    """The target as bars show it.

    `groups` are the places of the classes that a part of a bar shows together. `weights` is what a
    row of each class adds to the level of its bar, where there is one.
    """

    classes: tuple[str, ...] = ()
    groups: tuple[tuple[int, ...], ...] = ()
    weights: tuple[float, ...] | None = None
    level: str = ""


def outcome_of(spec: ProjectSpec, profile: Profile) -> Outcome:
    """Return how bars are split; nothing where no rows were counted by class."""
    bins = profile.bins.get(spec.target)
    if bins is None or not any(map(any, profile.by_class.values())):
        return Outcome()
    if isinstance(bins, NumericBins):
        return _regression(spec.target, bins, profile)
    values = classes_of(spec)
    names = tuple(shortened(value, MOST_LETTERS) for value in values)
    if len(values) > MOST_CLASSES:
        return _many(names, profile)
    groups = tuple((place,) for place in range(len(values)))
    if spec.task != "binary":
        return Outcome(names, groups)
    positive = values.index(spec.favourable) if spec.favourable in values else len(values) - 1
    weights = tuple(float(place == positive) for place in range(len(values)))
    return Outcome(names, groups, weights, f"share of {names[positive]} in each bar, 0 to 100 %")


def classes_of(spec: ProjectSpec) -> tuple[object, ...]:
    """Return the classes of the target in the order in which rows are counted by class."""
    target = spec.columns[spec.target]
    return (False, True) if target.type == "boolean" else tuple(target.values or ())


def split_of(name: str, spec: ProjectSpec, profile: Profile, outcome: Outcome) -> Split:
    """Return the rows of a column's bins by class with what gives their level, or alone."""
    counts = profile.counts.columns[name].counts
    bins = profile.bins[name]
    if name == spec.target and isinstance(bins, CategoricalBins):
        return _of_itself(counts, bins, spec, outcome)
    table = np.array(profile.by_class.get(name, ()))
    if not table.size or not (outcome.groups or outcome.weights):
        return Split((counts,))
    parts = tuple(table[:, group].sum(axis=1).tolist() for group in map(list, outcome.groups))
    whole = table.sum(axis=1).tolist()
    if outcome.weights is None:
        return Split(parts)
    return Split(parts or (whole,), (table @ np.array(outcome.weights)).tolist(), whole)


def legend_of(outcome: Outcome, splits: Iterable[Split]) -> Legend:
    """Return the legend; a mean has the ends of what the bins with 1 % of the rows have."""
    if not outcome.level or outcome.groups:
        return Legend(classes=outcome.classes, level=outcome.level)
    means = [mean for split in splits for mean in _means(split)]
    low, high = min(means, default=0.0), max(means, default=1.0)
    level = f"{outcome.level}, {low:.4g} to {high:.4g}"
    return Legend(level=level, level_ends=(low, high))


def _regression(target: str, bins: NumericBins, profile: Profile) -> Outcome:
    details = profile.details.get(target)
    if details is None or details.numbers is None:
        return Outcome()
    means = bin_means(bins, profile.counts.columns[target], details.numbers)[1:]
    return Outcome(
        weights=tuple(0.0 if mean is None else mean for mean in means),
        level=f"mean of {target} in each bar",
    )


def _many(names: Sequence[str], profile: Profile) -> Outcome:
    """Show the commonest classes, and all others together."""
    table = np.array(next(iter(profile.by_class.values())))
    order = np.argsort(-table.sum(axis=0), kind="stable").tolist()
    shown, rest = order[: MOST_CLASSES - 1], order[MOST_CLASSES - 1 :]
    groups = (*((place,) for place in shown), tuple(rest))
    return Outcome((*(names[place] for place in shown), f"{len(rest)} other classes"), groups)


def _of_itself(
    counts: Sequence[int], bins: CategoricalBins, spec: ProjectSpec, outcome: Outcome
) -> Split:
    """Return the bars of the target: each class has the colour that it has everywhere."""
    values = classes_of(spec)
    parts = []
    for group in outcome.groups:
        wanted = {values[place] for place in group}
        listed = [value in wanted for value in (None, None, None, *bins.categories)]
        parts.append([rows if is_in else 0 for rows, is_in in zip(counts, listed, strict=True)])
    return Split(tuple(parts) or (counts,))


def _means(split: Split) -> list[float]:
    if split.levels is None or split.level_rows is None:
        return []
    least = LEAST_SHARE * sum(split.level_rows)
    pairs = zip(split.levels, split.level_rows, strict=True)
    return [total / rows for total, rows in pairs if rows and rows >= least]
