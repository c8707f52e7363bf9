"""How rows are parted: learned from and tested on, by entity and by time where there are such."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold

from loopwright.domain.feasibility_trial import Question, SampledRows, Splitting
from loopwright.domain.learning_curve import MIN_FOLDS
from loopwright.engines.learner_columns import code_values

Places = NDArray[np.int64]
_FIRST_TESTED = 0.5


@dataclass(frozen=True)
class Split:
    """The rows to learn from and those to test on."""

    train: Places
    test: Places


@dataclass(frozen=True)
class Units:
    """What must not be parted: the rows of an entity; where there is none, each row is one."""

    of_row: Places
    classes: Places

    def shuffled(self, rows: Places, seed: int) -> Places:
        """Return rows in an order of which every beginning holds whole units and all classes.

        Units of each class are shuffled and dealt in turn, in proportion.
        """
        generator = np.random.default_rng(seed)
        shares = np.empty(len(self.classes))
        for kind in np.unique(self.classes):
            units = np.flatnonzero(self.classes == kind)
            places = generator.permutation(len(units)) + generator.random()
            shares[units] = places / len(units)
        return rows[np.argsort(shares[self.of_row[rows]], kind="stable")]


def units_of(rows: SampledRows, outcome: NDArray[Any], question: Question) -> Units:
    """Return the units of the rows; the class of a unit is the rarest that it holds."""
    count = len(outcome)
    ranks = np.zeros(count, dtype=np.int64)
    if question.task != "regression":
        ranks = np.argsort(np.argsort(np.bincount(outcome), kind="stable"))[outcome]
    if rows.entity is None:
        return Units(np.arange(count), ranks)
    codes = code_values(rows.entity)
    # A row that names no entity is one of its own.
    codes[codes < 0] = codes.max(initial=0) + 1 + np.arange(int((codes < 0).sum()))
    of_row = np.unique(codes, return_inverse=True)[1].astype(np.int64)
    classes = np.full(int(of_row.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(classes, of_row, ranks)
    return Units(of_row, classes)


def repeats_of(
    rows: SampledRows, outcome: NDArray[Any], units: Units, question: Question
) -> tuple[Splitting, list[list[Split]]]:
    """Return how rows are parted, and the splits of every repeat.

    By time: the newer half is cut into blocks, each is tested by what was learned from all rows
    before it, and nothing is left to repeat. Where times are too few, rows are shuffled. Entities
    are never parted. Splits without two outcomes on both sides are left out.
    """
    times = np.zeros(len(outcome), dtype=np.int64) if rows.time is None else code_values(rows.time)
    cuts = _cuts(times, question.folds)
    by_entity = rows.entity is not None
    if len(cuts) >= MIN_FOLDS:
        found = [_usable(_forward(times, cuts, units if by_entity else None, question), outcome)]
        if len(found[0]) >= MIN_FOLDS:
            return _splitting(time=True, entity=by_entity), found
    note = "" if rows.time is None else "the time column has too few values to part rows by them"
    repeats = [
        _usable(_folds(units, question, question.seed + place), outcome)
        for place in range(question.repeats)
    ]
    return _splitting(time=False, entity=by_entity, note=note), repeats


def _splitting(*, time: bool, entity: bool, note: str = "") -> Splitting:
    if time:
        return Splitting(kind="entity_and_time" if entity else "time", note=note)
    return Splitting(kind="entity" if entity else "shuffled", note=note)


def _folds(units: Units, question: Question, seed: int) -> Iterator[Split]:
    for test in _unit_folds(units, question, seed):
        tested = test[units.of_row]
        yield Split(np.flatnonzero(~tested), np.flatnonzero(tested))


def _unit_folds(units: Units, question: Question, seed: int) -> list[NDArray[np.bool_]]:
    """Return for each fold which units are tested in it."""
    counts = np.unique(units.classes, return_counts=True)[1]
    # Stratified folds need a class with a unit for each of them.
    stratified = len(counts) > 1 and counts.max() >= question.folds
    kind = StratifiedKFold if stratified else KFold
    splitter = kind(n_splits=question.folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a rare class is not in every fold
        parts = [test for _, test in splitter.split(np.zeros(len(units.classes)), units.classes)]
    places = np.arange(len(units.classes))
    return [np.isin(places, part) for part in parts]


def _cuts(times: Places, folds: int) -> list[int]:
    """Return the times at which blocks begin, as places in the order of times."""
    times = np.sort(times)
    kinds = np.unique(times)
    if len(kinds) <= 2 * folds:
        return [int(cut) for cut in kinds[1:][-folds:]]
    shares = _FIRST_TESTED + (1 - _FIRST_TESTED) * np.arange(folds) / folds
    cuts = times[(shares * len(times)).astype(np.int64)]
    return [int(cut) for cut in np.unique(cuts) if cut > kinds[0]]


def _forward(
    times: Places, cuts: list[int], units: Units | None, question: Question
) -> Iterator[Split]:
    """Yield each block with all rows before it, of other entities where there are such."""
    ends = [*cuts[1:], int(times.max()) + 1]
    parted = [] if units is None else _unit_folds(units, question, question.seed)
    for number, (begin, end) in enumerate(zip(cuts, ends, strict=True)):
        before, block = times < begin, (times >= begin) & (times < end)
        if units is not None:
            held = parted[number][units.of_row]
            before, block = before & ~held, block & held
        yield Split(np.flatnonzero(before), np.flatnonzero(block))


def _usable(splits: Iterator[Split], outcome: NDArray[Any]) -> list[Split]:
    return [
        split
        for split in splits
        if all(len(np.unique(outcome[side])) > 1 for side in (split.train, split.test))
    ]
