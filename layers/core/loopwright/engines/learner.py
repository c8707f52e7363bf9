"""The learner of the feasibility gate: two simple ones against a dummy, luck and single columns."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # ships no types

from loopwright.domain.feasibility_trial import (
    CurveScores,
    FeatureScores,
    LearnerName,
    LearnerScores,
    Question,
    SampledRows,
    Splitting,
    Trial,
    better_learner,
)
from loopwright.domain.learning_curve import MIN_FOLDS, curve_sizes
from loopwright.engines.learner_columns import Matrix, code_features, code_target
from loopwright.engines.learner_models import score_split, strongest
from loopwright.engines.learner_splits import Split, Units, repeats_of, units_of

LEARNERS: tuple[LearnerName, ...] = get_args(LearnerName)
SCREENED_COLUMNS = 32
SCREENED_ROWS = 2_000
COMPARED_COLUMNS = 3
_NEARLY_ALL = 0.99


class SimpleLearner:
    """Histogram gradient boosting and a linear model, cross-validated on one thread.

    On a bounded sample more threads gain little, and on busy cores OpenMP's threads wait for each
    other (measured: 3 s become 45 s).
    """

    def __init__(self, *, seconds: Callable[[], float] = time.monotonic) -> None:
        """Take the clock that the time limit is read from."""
        self._seconds = seconds

    def try_out(self, rows: SampledRows, question: Question) -> Trial:
        """Cross-validate, then control, compare and draw the curve, as far as the time allows.

        The first repeat is always finished; what is left out for want of time is named.
        """
        outcome = code_target(rows.target, question.task, question.positive)
        units = units_of(rows, outcome, question)
        splitting, repeats = repeats_of(rows, outcome, units, question)
        bench = _Bench(code_features(rows.features), outcome, units, question)
        until = self._seconds() + question.seconds
        with threadpool_limits(1):
            return _try(bench, splitting, repeats, lambda: self._seconds() < until)


@dataclass
class _Bench:
    """The coded rows, and the scores so far of each learner on the same splits."""

    matrix: Matrix
    outcome: NDArray[Any]
    units: Units
    question: Question
    splits: list[Split] = field(default_factory=list)
    dummy: list[float] = field(default_factory=list)
    scores: dict[LearnerName, list[float]] = field(
        default_factory=lambda: {n: [] for n in LEARNERS}
    )

    def add(self, splits: list[Split]) -> None:
        """Score the dummy and each learner on more splits."""
        for split in splits:
            self.splits.append(split)
            self.dummy.append(self.score(None, split))
            for name, scores in self.scores.items():
                scores.append(self.score(name, split))

    def score(self, name: LearnerName | None, split: Split) -> float:
        """Score one learner on one split."""
        return score_split(name, self.matrix, self.outcome, split, self.question)

    def beginning(self, name: LearnerName, place: int, train: NDArray[np.int64]) -> float:
        """Score one learner on a split of which it learns some rows; nearly all are all."""
        split = self.splits[place]
        if len(train) >= _NEARLY_ALL * len(split.train):
            return self.scores[name][place]
        return self.score(name, Split(train, split.test))

    @property
    def learners(self) -> tuple[LearnerScores, ...]:
        """Return the scores of each learner."""
        return tuple(LearnerScores(name=n, scores=tuple(s)) for n, s in self.scores.items())


def _try(
    bench: _Bench, splitting: Splitting, repeats: list[list[Split]], in_time: Callable[[], bool]
) -> Trial:
    first, left_out = repeats[0], []
    if len(first) < MIN_FOLDS:
        return _trial(bench, splitting, first=0)
    bench.add(first)
    name = better_learner(bench.learners, bench.question.sign)
    permuted = _permuted(bench, name, first) if in_time() else ()
    single = _best_column(bench, first) if in_time() else None
    curve = _curve(bench, name, first, in_time) if in_time() else None
    for place, splits in enumerate(repeats[1:], start=2):
        if in_time():
            bench.add(splits)
        else:
            left_out.append(f"repeat {place}")
    parts = {"the shuffled outcomes": permuted, "single features": single, "the curve": curve}
    left_out += [part for part, found in parts.items() if not found]
    changes = {"permuted": permuted, "single": single, "curve": curve, "left_out": tuple(left_out)}
    return _trial(bench, splitting, first=len(first)).model_copy(update=changes)


def _trial(bench: _Bench, splitting: Splitting, *, first: int) -> Trial:
    return Trial(
        splitting=splitting,
        learners=bench.learners,
        train_rows=tuple(len(split.train) for split in bench.splits),
        test_rows=tuple(len(split.test) for split in bench.splits),
        dummy=tuple(bench.dummy),
        first=first,
    )


def _permuted(bench: _Bench, name: LearnerName, splits: list[Split]) -> tuple[float, ...]:
    """Score the learner where the outcomes are shuffled among all rows."""
    generator = np.random.default_rng(bench.question.seed)
    shuffled = replace(bench, outcome=generator.permutation(bench.outcome))
    return tuple(shuffled.score(name, split) for split in splits)


def _best_column(bench: _Bench, splits: list[Split]) -> FeatureScores:
    """Return the column with the best mean of a small boosting, of the few that a screen favours.

    The screen is the same boosting on at most 2,000 rows of the first split to learn from, over the
    32 columns with the largest F; the best three of them are scored on every split.
    """
    screen = _screen(bench, splits[0])
    sign = bench.question.sign
    found = [
        FeatureScores(
            column=bench.matrix.names[place],
            scores=tuple(_column_score(bench, place, split) for split in splits),
        )
        for place in screen
    ]
    return max(found, key=lambda one: sign * float(np.mean(one.scores)))


def _screen(bench: _Bench, split: Split) -> list[int]:
    columns = strongest(bench.matrix, bench.outcome, split.train, bench.question)[:SCREENED_COLUMNS]
    rows = bench.units.shuffled(split.train, bench.question.seed)[:SCREENED_ROWS]
    # Tested on rows to learn from: the splits' own test rows take no part in the choice.
    halves = Split(rows[::2], rows[1::2])
    if min(len(np.unique(bench.outcome[half])) for half in (halves.train, halves.test)) < 2:  # noqa: PLR2004 - one outcome cannot be told apart
        return columns[:COMPARED_COLUMNS]
    sign = bench.question.sign
    columns.sort(key=lambda place: -sign * _column_score(bench, place, halves))
    return columns[:COMPARED_COLUMNS]


def _column_score(bench: _Bench, place: int, split: Split) -> float:
    matrix = bench.matrix.only([place])
    name: LearnerName = "gradient_boosting"
    return score_split(name, matrix, bench.outcome, split, bench.question, small=True)


def _curve(
    bench: _Bench, name: LearnerName, splits: list[Split], in_time: Callable[[], bool]
) -> CurveScores | None:
    """Score the learner on beginnings of the rows to learn from; the largest sizes come first.

    Every split's rows are ordered once, so that a smaller size is a part of a larger one. Sizes for
    which there is no time are left out, the smallest ones.
    """
    seed = bench.question.seed
    ordered = [bench.units.shuffled(split.train, seed + i) for i, split in enumerate(splits)]
    sizes = curve_sizes(min(len(train) for train in ordered))
    columns: dict[int, list[float]] = {}
    for size in reversed(sizes):
        if in_time():
            columns[size] = [
                bench.beginning(name, place, train[:size]) for place, train in enumerate(ordered)
            ]
    kept = tuple(size for size in sizes if size in columns)
    scores = tuple(tuple(columns[size][place] for size in kept) for place in range(len(splits)))
    return CurveScores(sizes=kept, scores=scores) if kept else None
