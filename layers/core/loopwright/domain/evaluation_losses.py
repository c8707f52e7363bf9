"""By how much a candidate is worse than the champion: row by row, and for each group."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.fairness_groups import Grouping
from loopwright.domain.intervals import LEVEL, Floats, values_interval
from loopwright.domain.metrics import finite
from loopwright.domain.metrics_estimates import Answers
from loopwright.domain.record import Record

Measure = Literal["accuracy", "true_positive_rate", "absolute_error"]


class GroupLoss(Record):
    """By how much the candidate is worse than the champion for one group; above zero is worse.

    `accuracy` and `true_positive_rate`: the champion's minus the candidate's. `absolute_error`:
    the candidate's mean minus the champion's, as a share of the champion's mean over all rows.
    The interval is Student's of the paired difference, wide enough that all of an evaluation's
    intervals together hold at 95 % (Bonferroni): many groups must not reject by chance.
    """

    attribute: str
    group: str
    measure: Measure
    rows: int
    value: float
    low: float | None
    high: float | None


def group_losses(
    groupings: Sequence[Grouping], candidate: Answers, champion: Answers
) -> tuple[GroupLoss, ...]:
    """Return by how much the candidate is worse than the champion in each group."""
    masks = (
        (grouping.attribute, group, grouping.rows_of(group))
        for grouping in groupings
        for group in grouping.groups
    )
    losses = _losses(candidate, champion)
    compared = [
        (attribute, group, measure, loss[rows & counted])
        for attribute, group, rows in masks
        for measure, loss, counted in losses
        if (rows & counted).any()
    ]
    level = 1 - (1 - LEVEL) / max(len(compared), 1)
    return tuple(_group_loss(*each, level=level) for each in compared)


def row_loss(answers: Answers) -> Floats:
    """Return 1 for a wrong answer and 0 for a right one, or the absolute error."""
    if answers.probabilities is None:
        return np.asarray(np.abs(answers.errors))
    return np.asarray(1.0 - answers.is_correct)


def row_losses(candidate: Answers, champion: Answers) -> Floats:
    """Return by how much each row is answered worse, errors as a share of the champion's mean."""
    _, losses, _ = _losses(candidate, champion)[0]
    return losses


def _losses(
    candidate: Answers, champion: Answers
) -> list[tuple[Measure, Floats, NDArray[np.bool_]]]:
    """Return each measure with the loss of every row and the rows that it counts."""
    every = np.ones(candidate.rows, dtype=bool)
    if candidate.probabilities is None:
        errors, champion_errors = np.abs(candidate.errors), np.abs(champion.errors)
        scale = float(champion_errors.mean()) if champion_errors.any() else 1.0
        return [("absolute_error", (errors - champion_errors) / scale, every)]
    worse = champion.is_correct.astype(np.float64) - candidate.is_correct
    losses: list[tuple[Measure, Floats, NDArray[np.bool_]]] = [("accuracy", worse, every)]
    if candidate.positive is not None:
        losses.append(("true_positive_rate", worse, candidate.is_positive))
    return losses


def _group_loss(
    attribute: str, group: str, measure: Measure, loss: Floats, *, level: float
) -> GroupLoss:
    bounds = values_interval(loss, level)
    return GroupLoss(
        attribute=attribute,
        group=group,
        measure=measure,
        rows=len(loss),
        value=float(loss.mean()),
        low=finite(bounds.low),
        high=finite(bounds.high),
    )
