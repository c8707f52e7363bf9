"""Which other datasets suit a question: joinable, covered, fresh, and adding to what is known."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from loopwright.domain.bins import ColumnCounts
from loopwright.domain.counting import QUANTILE_BINS, categorical_bins, count_values, numeric_bins
from loopwright.domain.findings_leakage import screened
from loopwright.domain.intervals import corrected_resampled, wilson
from loopwright.domain.kinds import ColumnType
from loopwright.domain.leakage import ByClass
from loopwright.domain.learning_curve import Estimate
from loopwright.domain.record import Record

Answer = Literal["adds", "not_shown_to_add", "leaks", "no_columns", "not_joinable"]
ORDER: tuple[Answer, ...] = ("adds", "not_shown_to_add", "leaks", "no_columns", "not_joinable")


class KeyMatch(Record):
    """How the keys of two datasets meet, over the training rows of both.

    `keys` are the distinct keys of the question, of which `found` occur in the other dataset;
    `repeated` are the other's keys that have more than one row.
    """

    column: str
    keys: int
    found: int
    repeated: int

    @property
    def share(self) -> float:
        """Return the share of keys that were found, in [0, 1]."""
        return self.found / self.keys if self.keys else 0.0


class Suggestion(Record):
    """One other dataset: how it joins, and what it adds to the score of a simple learner.

    `found` is the share of keys with Wilson's interval, `covered` the share of sampled rows that
    got a value. The gain has the interval of Nadeau and Bengio's corrected resampled t.
    """

    project: str
    dataset: str | None = None
    answer: Answer
    key: str | None = None
    found: Estimate = Estimate()
    covered: float | None = None
    age_days: float | None = None
    columns: tuple[str, ...] = ()
    leaking: tuple[str, ...] = ()
    gain: Estimate = Estimate()
    in_time: bool = False
    note: str = ""


class Suggestions(Record):
    """The datasets that suit a question, the best first."""

    project: str
    dataset: str
    target: str
    key: str
    metric: str
    score: float
    rows: int
    found: tuple[Suggestion, ...] = Field(default=())


@dataclass(frozen=True)
class Side:
    """One side of a join: its name, the columns to take, its key, and its time if it has one."""

    name: str
    columns: Mapping[str, ColumnType]
    key: str
    time: str | None = None


@dataclass(frozen=True)
class Join:
    """A sample of the rows of one side, evenly by a column, with what the other side adds."""

    asked: Side
    other: Side
    rows: int
    seed: int
    evenly: str


@dataclass(frozen=True)
class Folds:
    """Scores of the better learner on the same folds, without and with more columns."""

    before: Sequence[float]
    after: Sequence[float]
    test_share: float
    sign: int


def best_match(matches: Sequence[KeyMatch], *, in_time: bool) -> KeyMatch | None:
    """Return the match of the most keys that gives each row one value; None where none does.

    A key with several rows gives one value where rows have times: the last one known.
    """
    fitting = [one for one in matches if one.found and (in_time or not one.repeated)]
    return max(fitting, key=lambda one: (one.share, -one.repeated), default=None)


def found_share(match: KeyMatch) -> Estimate:
    """Return the share of keys that were found, with its interval."""
    bounds = wilson(match.found, match.keys)
    return Estimate(value=match.share, low=bounds.low, high=bounds.high)


def added_gain(folds: Folds) -> Estimate:
    """Return how much better the learner is with the columns: mean and interval, by fold."""
    differences = folds.sign * (np.array(folds.after) - np.array(folds.before))
    bounds = corrected_resampled(differences, folds.test_share)
    return Estimate(value=float(differences.mean()), low=bounds.low, high=bounds.high)


def answer_of(gain: Estimate, leaking: Sequence[str], kept: Sequence[str]) -> Answer:
    """Return what a dataset is worth by the interval of its gain."""
    if not kept:
        return "leaks" if leaking else "no_columns"
    return "adds" if gain.low is not None and gain.low > 0 else "not_shown_to_add"


def leaking_columns(columns: Mapping[str, NDArray[Any]], target: NDArray[Any]) -> tuple[str, ...]:
    """Return the columns that alone tell the target too well (see domain.leakage).

    A numeric target with more than 20 values is looked at by its quantile bins.
    """
    classes = _classes(target)
    return tuple(
        name
        for name, values in columns.items()
        if any(screened(name, _by_class(values, classes), len(target)))
    )


def ranked(found: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """Return the suggestions, the most useful first.

    By their answer, then by the sure part of the gain, the keys found, and how fresh they are.
    """

    def worth(one: Suggestion) -> tuple[float, ...]:
        low = one.gain.low if one.gain.low is not None else float("-inf")
        age = one.age_days if one.age_days is not None else float("inf")
        return (ORDER.index(one.answer), -low, -(one.found.value or 0.0), age)

    return tuple(sorted(found, key=lambda one: (worth(one), one.project)))


def _classes(target: NDArray[Any]) -> NDArray[np.int64]:
    if target.dtype != object and len(np.unique(target)) > QUANTILE_BINS:
        edges = np.quantile(target, np.linspace(0, 1, QUANTILE_BINS + 1)[1:-1])
        return np.searchsorted(edges, target, side="right").astype(np.int64)
    return np.unique(target.astype(str), return_inverse=True)[1].astype(np.int64)


def _by_class(values: NDArray[Any], classes: NDArray[np.int64]) -> ByClass:
    if values.dtype == object:
        bins = categorical_bins(Counter(value for value in values.tolist() if value is not None))
        counted = [count_values(bins, values[classes == one]) for one in np.unique(classes)]
    else:
        numbers = numeric_bins(values)
        counted = [count_values(numbers, values[classes == one]) for one in np.unique(classes)]
    return _transposed(counted)


def _transposed(counted: Sequence[ColumnCounts]) -> ByClass:
    return [list(rows) for rows in zip(*(one.counts for one in counted), strict=True)]
