"""Groups of a protected attribute, and what is counted of each."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.metrics_estimates import Answers
from loopwright.domain.record import Record

MISSING_GROUP = "(missing)"
_MOST_NUMBERS_AS_GROUPS = 12
_QUARTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Grouping:
    """The groups of one protected attribute, and each row's position among them."""

    attribute: str
    groups: tuple[str, ...]
    positions: NDArray[np.int32]

    def at(self, rows: NDArray[np.bool_]) -> "Grouping":
        """Return the grouping of some rows."""
        return Grouping(self.attribute, self.groups, self.positions[rows])

    def rows_of(self, group: str) -> NDArray[np.bool_]:
        """Tell for each row whether it belongs to the group."""
        return np.asarray(self.positions == self.groups.index(group))


class OutcomeCounts(Record):
    """Counts of one group in a classification; the favourable outcome is the positive one.

    Without a favourable outcome (a multiclass spec may name none) only `correct` is counted.
    """

    kind: Literal["outcomes"] = "outcomes"
    attribute: str
    group: str
    rows: int
    correct: int
    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0
    true_negatives: int = 0

    @property
    def positives(self) -> int:
        """Return the rows whose outcome is favourable."""
        return self.true_positives + self.false_negatives

    @property
    def negatives(self) -> int:
        """Return the rows whose outcome is not favourable."""
        return self.false_positives + self.true_negatives

    @property
    def selected(self) -> int:
        """Return the rows for which the model answered the favourable outcome."""
        return self.true_positives + self.false_positives


class ErrorSums(Record):
    """Sums over one group in a regression; an error is prediction minus truth."""

    kind: Literal["errors"] = "errors"
    attribute: str
    group: str
    rows: int
    error_sum: float
    squared_error_sum: float
    absolute_error_sum: float


GroupCounts = OutcomeCounts | ErrorSums


def group_rows(attribute: str, values: NDArray[Any]) -> Grouping:
    """Group rows by a column's values.

    A category or boolean makes a group of each value; a number too while there are at most 12
    values, beyond that four bands between the quartiles. Missing values are a group of their own.
    """
    if values.dtype != object:
        return _group_numbers(attribute, values.astype(np.float64))
    return _group_values(attribute, values.tolist())


def count_groups(grouping: Grouping, answers: Answers) -> tuple[GroupCounts, ...]:
    """Count a model's answers in each group that has rows."""
    count = _count_outcomes if answers.probabilities is not None else _sum_errors
    masks = ((group, grouping.rows_of(group)) for group in grouping.groups)
    return tuple(
        count(grouping.attribute, group, answers.at(rows)) for group, rows in masks if rows.any()
    )


def _count_outcomes(attribute: str, group: str, answers: Answers) -> OutcomeCounts:
    correct = int(answers.is_correct.sum())
    if answers.positive is None:
        return OutcomeCounts(attribute=attribute, group=group, rows=answers.rows, correct=correct)
    true, selected = answers.is_positive, answers.is_selected
    return OutcomeCounts(
        attribute=attribute,
        group=group,
        rows=answers.rows,
        correct=correct,
        true_positives=int((true & selected).sum()),
        false_positives=int((~true & selected).sum()),
        false_negatives=int((true & ~selected).sum()),
        true_negatives=int((~true & ~selected).sum()),
    )


def _sum_errors(attribute: str, group: str, answers: Answers) -> ErrorSums:
    errors = answers.errors
    return ErrorSums(
        attribute=attribute,
        group=group,
        rows=answers.rows,
        error_sum=float(errors.sum()),
        squared_error_sum=float((errors**2).sum()),
        absolute_error_sum=float(np.abs(errors).sum()),
    )


def _group_values(attribute: str, values: list[Any]) -> Grouping:
    present = sorted({value for value in values if value is not None}, key=_natural_order)
    index = {value: position for position, value in enumerate(present)}
    index[None] = len(present)
    positions = np.array([index[value] for value in values], dtype=np.int32)
    return Grouping(attribute, (*map(str, present), MISSING_GROUP), positions)


def _group_numbers(attribute: str, values: NDArray[np.float64]) -> Grouping:
    present = np.unique(values[~np.isnan(values)])
    if len(present) <= _MOST_NUMBERS_AS_GROUPS:
        names, positions = [_number(value) for value in present], np.searchsorted(present, values)
    else:
        edges = np.unique(np.quantile(values[~np.isnan(values)], _QUARTILES))
        names, positions = _band_names(edges), np.searchsorted(edges, values, side="right")
    positions[np.isnan(values)] = len(names)
    return Grouping(attribute, (*names, MISSING_GROUP), positions.astype(np.int32))


def _band_names(edges: NDArray[np.float64]) -> list[str]:
    names = [_number(edge) for edge in edges]
    between = [f"{low} to {high}" for low, high in pairwise(names)]
    return [f"below {names[0]}", *between, f"{names[-1]} or more"]


def _number(value: float) -> str:
    return f"{value:.12g}"


def _natural_order(value: str | float) -> tuple[int, float, str]:
    return (1, 0.0, value) if isinstance(value, str) else (0, float(value), "")
