"""What was sampled, and what is missing before a learner may be asked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from loopwright.domain.gate import Finding, Reason
from loopwright.domain.record import Record
from loopwright.domain.spec import ProjectSpec

MIN_ROWS_PER_FOLD = 20
MIN_CLASS_ROWS_PER_FOLD = 2
MIN_ENTITIES_PER_FOLD = 2
MOST_GROUPS = 100
MOST_CELLS = 20_000_000
FEWEST_ROWS = 1_000


class GroupRows(Record):
    """How many labelled training rows a group of a protected attribute has, about."""

    attribute: str
    group: str
    rows: int


class Sample(Record):
    """What was sampled: rows with an outcome, rows without, and rows of each class.

    `labelled_rows` are the training rows of the whole version that have an outcome: the share of
    the sample times its training rows, as the counts of classes and groups are carried over.
    """

    rows: int
    unlabelled_rows: int
    labelled_rows: int
    classes: dict[str, int]
    groups: tuple[GroupRows, ...] = ()
    entities: int | None = None

    def in_all(self, rows: int) -> int:
        """Return about how many labelled training rows of the version sampled ones stand for."""
        return round(rows * self.labelled_rows / self.rows) if self.rows else 0


def rows_to_sample(spec: ProjectSpec, columns: int) -> int:
    """Return the rows to sample: as the spec says, fewer where there are very many columns."""
    return min(spec.feasibility.sample_rows, max(FEWEST_ROWS, MOST_CELLS // columns))


def describe_sample(
    spec: ProjectSpec,
    target: Sequence[Any],
    *,
    unlabelled_rows: int,
    training_rows: int,
    protected: Mapping[str, Sequence[Any]],
    entities: Sequence[Any] | None,
) -> Sample:
    """Count the known outcomes, the groups and the entities; a regression has no classes."""
    rows = len(target)
    counts = Counter() if spec.task == "regression" else Counter(_name(value) for value in target)
    known = rows / (rows + unlabelled_rows) if rows else 0.0
    sample = Sample(
        rows=rows,
        unlabelled_rows=unlabelled_rows,
        labelled_rows=max(rows, round(training_rows * known)),
        classes=dict(counts),
        entities=None if entities is None else len(set(entities)),
    )
    groups = tuple(
        GroupRows(attribute=attribute, group=name, rows=sample.in_all(found))
        for attribute, values in protected.items()
        for name, found in Counter(_name(value) for value in values).most_common(MOST_GROUPS)
    )
    return sample.model_copy(update={"groups": groups})


def shortages(spec: ProjectSpec, sample: Sample) -> tuple[Reason, ...]:
    """Return what is missing for a cross-validation, empty when nothing is."""
    folds = spec.feasibility.folds
    reasons = [*_too_few_rows(sample, folds), *_too_few_entities(sample, folds)]
    if spec.task != "regression":
        reasons += _too_few_classes(spec, sample)
    return tuple(reasons)


def small_groups(spec: ProjectSpec, sample: Sample) -> tuple[Finding, ...]:
    """Return a finding for each protected group of which a model could learn next to nothing."""
    limit = spec.feasibility.min_group_rows
    return tuple(
        Finding(
            subject=f"{one.attribute}={one.group}",
            grade="inconclusive",
            measure="too_few_rows_of_group",
            value=float(one.rows),
            limit=float(limit),
            rows=one.rows,
            message=f"about {one.rows} labelled training rows; at least {limit} are asked for, so"
            " what a model does to this group will hardly be known",
        )
        for one in sample.groups
        if one.rows < limit
    )


def events_per_feature(spec: ProjectSpec, sample: Sample) -> float:
    """Return rows of the rarest class (of a regression: rows) per feature, over the version.

    Below ten a model of that many features is fitted to chance: Peduzzi et al. 1996, Journal of
    Clinical Epidemiology 49.
    """
    rarest = min(sample.classes.values(), default=sample.rows)
    return sample.in_all(rarest) / max(1, len(spec.features))


def few_events(spec: ProjectSpec, found: float) -> tuple[Finding, ...]:
    """Return a finding where the events per feature are fewer than the spec asks for."""
    limit = spec.feasibility.min_events_per_feature
    if found >= limit:
        return ()
    message = (
        f"{found:.1f} rows of the rarest outcome for each of {len(spec.features)} features;"
        f" at least {limit} are asked for: drop features that say little, or add rows"
    )
    return (
        Finding(
            subject=spec.target,
            grade="inconclusive",
            measure="too_few_events_per_feature",
            value=found,
            limit=float(limit),
            message=message,
        ),
    )


def _too_few_rows(sample: Sample, folds: int) -> list[Reason]:
    needed = MIN_ROWS_PER_FOLD * folds
    if sample.rows >= needed:
        return []
    message = f"{sample.rows} rows have an outcome; {folds} folds need at least {needed}"
    advice = f"Upload at least {needed - sample.rows} more rows with an outcome."
    count = needed - sample.rows
    return [Reason(code="too_few_rows", message=message, count=count, advice=advice)]


def _too_few_entities(sample: Sample, folds: int) -> list[Reason]:
    needed = MIN_ENTITIES_PER_FOLD * folds
    if sample.entities is None or sample.entities >= needed:
        return []
    missing = needed - sample.entities
    return [
        Reason(
            code="too_few_entities",
            message=f"{sample.entities} entities have rows with an outcome; {folds} folds that"
            f" part no entity need at least {needed}",
            count=missing,
            advice=f"Upload rows of at least {missing} more entities.",
        )
    ]


def _too_few_classes(spec: ProjectSpec, sample: Sample) -> list[Reason]:
    if len(sample.classes) < 2:  # noqa: PLR2004 - one class is nothing to tell apart
        message = "all sampled rows have the same outcome; there is nothing to tell apart"
        return [Reason(code="one_class", message=message, count=len(sample.classes))]
    return [
        reason
        for name, rows in sorted(sample.classes.items())
        for reason in _class_shortage(spec, sample, name, rows)
    ]


def _class_shortage(spec: ProjectSpec, sample: Sample, name: str, rows: int) -> list[Reason]:
    limit, folds = spec.feasibility.min_class_rows, spec.feasibility.folds
    found, in_folds = sample.in_all(rows), MIN_CLASS_ROWS_PER_FOLD * folds
    if found < max(limit, in_folds):
        missing = max(limit, in_folds) - found
        message = f"class {name} has {found} labelled training rows; at least {missing + found}"
        message += " are asked for"
        advice = f"Upload at least {missing} more rows of class {name}, or merge it."
    elif rows < in_folds:
        missing = 0
        message = f"class {name} has {rows} rows in the sample; {folds} folds need {in_folds}"
        advice = "Raise feasibility.sample_rows, so that the sample holds more of them."
    else:
        return []
    return [
        Reason(
            code="too_few_rows_of_class",
            subject=name,
            message=message,
            count=missing,
            advice=advice,
        )
    ]


def _name(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)
