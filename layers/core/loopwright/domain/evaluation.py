"""Candidate, champion and dummy on the same sealed rows: the document behind every promotion."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

from loopwright.domain.evaluation_charts import Charts, draw_charts
from loopwright.domain.evaluation_frame import Frame, ModelAnswers, frame_of, is_known
from loopwright.domain.evaluation_losses import GroupLoss, group_losses, row_loss, row_losses
from loopwright.domain.fairness_groups import GroupCounts, Grouping, count_groups
from loopwright.domain.kinds import CategoryValue, Task
from loopwright.domain.metrics import (
    Gain,
    MetricValue,
    all_gains,
    judging_metric,
    measure_all,
)
from loopwright.domain.metrics_classes import ClassScores, class_scores
from loopwright.domain.metrics_estimates import Answers
from loopwright.domain.record import Record
from loopwright.domain.slices import NO_SLICES, SliceSearch, find_slices
from loopwright.domain.spec import ProjectSpec


class Scorecard(Record):
    """One model's metrics, its counts per group of each protected attribute, and its charts.

    `classes` are those of a multiclass model, each against all others.
    """

    model: str
    metrics: tuple[MetricValue, ...]
    groups: tuple[GroupCounts, ...]
    charts: Charts
    classes: tuple[ClassScores, ...] = ()


class Evaluation(Record):
    """The evaluation of a candidate on the sealed holdout (`evaluation.json`).

    `weak_slices` are rows that the candidate answers worse than all others, by the share of wrong
    answers or the absolute error; `lost_slices` those that it answers worse than the champion.
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
    weak_slices: SliceSearch = NO_SLICES
    lost_slices: SliceSearch = NO_SLICES
    holdout_uses: int = 1
    challenges: int = 1


@dataclass(frozen=True)
class Holdout:
    """The sealed rows: their true outcomes and the groups they belong to.

    Models are audited by `groupings`, compared by these and `segments`, searched by `searched`.
    """

    spec: ProjectSpec
    spec_digest: str
    dataset: str
    truth: NDArray[Any]
    groupings: tuple[Grouping, ...]
    segments: tuple[Grouping, ...] = ()
    searched: tuple[Grouping, ...] = ()
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
    compared = (*groupings, *(segment.at(known) for segment in holdout.segments))
    searched = tuple(grouping.at(known) for grouping in holdout.searched)
    return Evaluation(
        project=spec.project,
        spec=holdout.spec_digest,
        dataset=holdout.dataset,
        task=spec.task,
        target=spec.target,
        metric=judging_metric(spec),
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
        group_losses=() if other is None else group_losses(compared, mine, other),
        weak_slices=find_slices(searched, row_loss(mine), relative=True),
        lost_slices=NO_SLICES
        if other is None
        else find_slices(searched, row_losses(mine, other), relative=False),
        holdout_uses=holdout.uses,
        challenges=1 if champion is None else champion.challenges,
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
        classes=tuple(class_scores(answers, frame.classes)) if task == "multiclass" else (),
    )
