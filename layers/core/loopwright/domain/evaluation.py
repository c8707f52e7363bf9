"""Candidate, champion and dummy on the same sealed rows: the document behind every promotion."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.evaluation_charts import Charts, draw_charts
from loopwright.domain.evaluation_frame import Frame, ModelAnswers, frame_of, is_known
from loopwright.domain.fairness_groups import GroupCounts, Grouping, count_groups
from loopwright.domain.intervals import LEVEL, Floats, values_interval
from loopwright.domain.metrics import (
    Gain,
    MetricValue,
    all_gains,
    default_metric,
    finite,
    measure_all,
)
from loopwright.domain.metrics_estimates import Answers
from loopwright.domain.record import Record
from loopwright.domain.spec import CategoryValue, ProjectSpec, Task

Measure = Literal["accuracy", "true_positive_rate", "absolute_error"]


class Scorecard(Record):
    """One model's metrics, its counts per group of each protected attribute, and its charts."""

    model: str
    metrics: tuple[MetricValue, ...]
    groups: tuple[GroupCounts, ...]
    charts: Charts


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


class Evaluation(Record):
    """The evaluation of a candidate on the sealed holdout (`evaluation.json`).

    `holdout_uses` counts the models that these sealed rows have judged, `challenges` those that
    were compared with this champion; both count this candidate.
    `metric` judges the promotion. `positive` is the favourable class. `incomparable` says why
    the champion could not be scored on these rows; then it has no scorecard.
    """

    schema_version: Literal[1] = 1
    project: str
    spec: str
    dataset: str
    task: Task
    target: str
    metric: str
    classes: tuple[CategoryValue, ...]
    positive: CategoryValue | None
    rows: int
    unlabelled_rows: int
    candidate: Scorecard
    champion: Scorecard | None
    champion_model: str | None
    incomparable: str
    dummy: tuple[MetricValue, ...]
    gains_over_champion: tuple[Gain, ...]
    gains_over_dummy: tuple[Gain, ...]
    group_losses: tuple[GroupLoss, ...]
    holdout_uses: int = 1
    challenges: int = 1


@dataclass(frozen=True)
class Holdout:
    """The sealed rows: their true outcomes and the groups they belong to."""

    spec: ProjectSpec
    spec_digest: str
    dataset: str
    truth: NDArray[Any]
    groupings: tuple[Grouping, ...]
    uses: int = 1


@dataclass(frozen=True)
class Contender:
    """The champion at the time of the evaluation: its answers, or why there are none."""

    model: str
    answers: ModelAnswers | None
    incomparable: str = ""
    challenges: int = 1


def evaluate(
    holdout: Holdout, candidate: ModelAnswers, champion: Contender | None = None
) -> Evaluation:
    """Compare the candidate with the champion and the dummy on the rows whose outcome is known."""
    spec, known = holdout.spec, is_known(holdout.truth)
    rival = champion.answers if champion is not None else None
    frame = frame_of(spec, holdout.truth[known], candidate, rival)
    groupings = tuple(grouping.at(known) for grouping in holdout.groupings)
    mine = frame.answers(candidate, known)
    other = None if rival is None else frame.answers(rival, known)
    constant = frame.dummy()
    return Evaluation(
        project=spec.project,
        spec=holdout.spec_digest,
        dataset=holdout.dataset,
        task=spec.task,
        target=spec.target,
        metric=spec.promotion.metric or default_metric(spec.task),
        classes=frame.classes,
        positive=None if frame.positive is None else frame.classes[frame.positive],
        rows=mine.rows,
        unlabelled_rows=int((~known).sum()),
        candidate=_scorecard(candidate.model, spec.task, frame, mine, groupings),
        champion=None
        if rival is None or other is None
        else _scorecard(rival.model, spec.task, frame, other, groupings),
        champion_model=None if champion is None else champion.model,
        incomparable="" if champion is None else champion.incomparable,
        dummy=measure_all(spec.task, constant),
        gains_over_champion=() if other is None else all_gains(spec.task, mine, other),
        gains_over_dummy=all_gains(spec.task, mine, constant),
        group_losses=() if other is None else group_losses(groupings, mine, other),
        holdout_uses=holdout.uses,
        challenges=1 if champion is None else champion.challenges,
    )


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


def _scorecard(
    model: str, task: Task, frame: Frame, answers: Answers, groupings: Sequence[Grouping]
) -> Scorecard:
    counts = (count for grouping in groupings for count in count_groups(grouping, answers))
    return Scorecard(
        model=model,
        metrics=measure_all(task, answers),
        groups=tuple(counts),
        charts=draw_charts(answers, len(frame.classes)),
    )
