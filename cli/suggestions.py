"""Look through the catalog for data that suits a question: gather, join, try, rank."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # values of columns of any type

import numpy as np
from numpy.typing import NDArray

from cli.failures import CommandError
from cli.output import notices
from cli.versions import downloaded, find_version
from loopwright import bootstrap
from loopwright.domain.catalog import Entry, age_days
from loopwright.domain.dataset import Manifest
from loopwright.domain.evaluation_frame import is_known
from loopwright.domain.feasibility import metric_of
from loopwright.domain.feasibility_sample import describe_sample, rows_to_sample, shortages
from loopwright.domain.feasibility_trial import Question, SampledRows, Trial, better_learner
from loopwright.domain.kinds import ColumnType, Task
from loopwright.domain.learning_curve import Estimate
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.suggestion import (
    Folds,
    Join,
    KeyMatch,
    Side,
    Suggestion,
    Suggestions,
    added_gain,
    answer_of,
    best_match,
    found_share,
    leaking_columns,
    ranked,
)

LEARNED: tuple[ColumnType, ...] = ("integer", "number", "category", "boolean")
MOST_PROJECTS = 500
SEED = 0


@dataclass(frozen=True)
class Asked:
    """The question: its spec, its key, its version, and the files of its training rows."""

    spec: ProjectSpec
    key: str
    manifest: Manifest
    files: list[Path]

    @property
    def side(self) -> Side:
        """Return what is taken of the question's own rows."""
        names = [*self.spec.features, self.spec.target]
        names += [name for name in (self.spec.entity, self.spec.time) if name]
        columns = {name: self.spec.columns[name].type for name in dict.fromkeys(names)}
        return Side(self.spec.project, columns, self.key, _time(self.spec))

    @property
    def question(self) -> Question:
        """Return what the learner is asked: the folds of one repeat, and nothing beside them."""
        spec = self.spec
        metric, folds = metric_of(spec), spec.feasibility.folds
        return Question(spec.task, metric, folds, 1, SEED, 0.0, spec.favourable)


def suggest(project: str, *, target: str | None, key: str | None) -> Suggestions:
    """Return how every other dataset of the catalog suits a project's question."""
    manifest = find_version(project, None)
    spec = _aimed(bootstrap.specs().spec(project, manifest.spec), target)
    chosen = key or spec.entity or spec.key
    if chosen is None or chosen not in spec.columns:
        message = f"{project} has no column {chosen!r} to join by; name one with --key"
        raise CommandError(message.replace("column None", "key or entity"))
    with downloaded(manifest.training) as (files,):
        asked = Asked(spec, chosen, manifest, files)
        before, rows = _tried_alone(asked)
        found = [_examined(asked, before, entry) for entry in _others(project)]
    scores = before.scores_of(better_learner(before.learners, asked.question.sign))
    return Suggestions(
        project=project,
        dataset=manifest.digest,
        target=spec.target,
        key=chosen,
        metric=asked.question.metric,
        score=float(np.mean(scores)),
        rows=rows,
        found=ranked(found),
    )


def _aimed(spec: ProjectSpec, target: str | None) -> ProjectSpec:
    """Return the spec with another of its columns as the target; the task is that of its type."""
    if target is None or target == spec.target:
        return spec
    if target not in spec.columns:
        message = f"{spec.project} has no column {target!r}: {', '.join(spec.columns)}"
        raise CommandError(message)
    column = spec.columns[target]
    classes = 2 if column.type == "boolean" else len(column.values or ())
    if column.type in ("integer", "number") and not classes:
        task: Task = "regression"
    else:
        task = "binary" if classes == 2 else "multiclass"  # noqa: PLR2004 - two classes
    promotion = spec.promotion.model_copy(update={"metric": None})
    changed = {"target": target, "task": task, "favourable": None, "promotion": promotion}
    return spec.model_copy(update=changed)


def _others(project: str) -> Iterator[Entry]:
    """Yield the entries of the other projects, at most 500."""
    page = bootstrap.catalog().page(after=None, limit=MOST_PROJECTS)
    yield from (entry for entry in page.entries if entry.project != project)


def _tried_alone(asked: Asked) -> tuple[Trial, int]:
    """Try the learner on the question's own columns; CommandError where rows are too few."""
    spec, side = asked.spec, asked.side
    columns = bootstrap.tables().columns(
        asked.files, side.columns, sample_rows=_rows(spec), seed=SEED, evenly=spec.target
    )
    known = is_known(columns[spec.target])
    sample = describe_sample(
        spec,
        columns[spec.target][known].tolist(),
        unlabelled_rows=int((~known).sum()),
        training_rows=asked.manifest.training_rows,
        protected={},
        entities=None if spec.entity is None else columns[spec.entity][known].tolist(),
    )
    missing = shortages(spec, sample)
    if missing:
        message = f"{spec.project}: {missing[0].message}. {missing[0].advice}"
        raise CommandError(message)
    return _tried(asked, columns, ()), int(known.sum())


def _rows(spec: ProjectSpec) -> int:
    return rows_to_sample(spec, len(spec.columns))


def _tried(asked: Asked, columns: Mapping[str, NDArray[Any]], added: Sequence[str]) -> Trial:
    """Try the learner on the question's columns and some more of the same rows."""
    spec, known = asked.spec, is_known(columns[asked.spec.target])
    rows = SampledRows(
        features={name: columns[name][known] for name in (*spec.features, *added)},
        target=columns[spec.target][known],
        entity=None if spec.entity is None else columns[spec.entity][known],
        time=None if spec.time is None else columns[spec.time][known],
    )
    return bootstrap.learner().try_out(rows, asked.question)


def _examined(asked: Asked, before: Trial, entry: Entry) -> Suggestion:
    """Return what one other dataset is worth to the question."""
    if entry.version is None:
        return Suggestion(project=entry.project, answer="not_joinable", note="no data yet")
    manifest = bootstrap.datasets().manifest(entry.project, entry.version.digest)
    spec = bootstrap.specs().spec(entry.project, manifest.spec)
    told = Suggestion(
        project=entry.project,
        dataset=manifest.digest,
        answer="not_joinable",
        age_days=age_days(entry.version, bootstrap.clock().now()),
        note="its newest version holds no training rows",
    )
    if not manifest.training:
        return told
    notices.print(f"looking at {entry.project}", highlight=False)
    with downloaded(manifest.training) as (files,):
        return _joined(asked, before, spec, files, told)


def _joined(
    asked: Asked, before: Trial, spec: ProjectSpec, files: list[Path], told: Suggestion
) -> Suggestion:
    in_time = _time(asked.spec) is not None and _time(spec) is not None
    matches = [_match(asked, files, name) for name in _keys(asked, spec)]
    match = best_match(matches, in_time=in_time)
    if match is None:
        return told.model_copy(update={"note": _why_not(asked, matches)})
    met = {"key": match.column, "found": found_share(match), "in_time": in_time, "note": ""}
    told = told.model_copy(update=met)
    columns = {
        name: column.type
        for name, column in spec.columns.items()
        if column.type in LEARNED and name not in (match.column, spec.time)
    }
    if not columns:
        note = "it has no column to learn from"
        return told.model_copy(update={"answer": "no_columns", "note": note})
    other = Side(spec.project, columns, match.column, _time(spec) if in_time else None)
    side = asked.side if in_time else Side(asked.side.name, asked.side.columns, asked.key)
    join = Join(side, other, _rows(asked.spec), SEED, asked.spec.target)
    return _worth(asked, before, bootstrap.workbench().join(asked.files, files, join), told)


def _worth(
    asked: Asked, before: Trial, columns: Mapping[str, NDArray[Any]], told: Suggestion
) -> Suggestion:
    """Screen what was added for leaks, and try the learner with the rest."""
    known = is_known(columns[asked.spec.target])
    added = {name: columns[name][known] for name in columns if name not in asked.side.columns}
    leaking = leaking_columns(added, columns[asked.spec.target][known])
    kept = [name for name in added if name not in leaking]
    covered = np.any([is_known(values) for values in added.values()], axis=0)
    judged: dict[str, object] = {
        "columns": tuple(kept),
        "leaking": leaking,
        "covered": float(covered.mean()),
    }
    if not kept:
        return told.model_copy(update={**judged, "answer": answer_of(Estimate(), leaking, kept)})
    after, sign = _tried(asked, columns, kept), asked.question.sign
    scores = [one.scores_of(better_learner(one.learners, sign)).tolist() for one in (before, after)]
    gain = added_gain(Folds(scores[0], scores[1], before.test_share, sign))
    judged |= {"gain": gain, "answer": answer_of(gain, leaking, kept)}
    return told.model_copy(update=judged)


def _keys(asked: Asked, spec: ProjectSpec) -> list[str]:
    """Return the columns that may hold the question's key: of its name, else its own keys."""
    if asked.key in spec.columns:
        return [asked.key]
    return [name for name in dict.fromkeys((spec.key, spec.entity)) if name is not None]


def _match(asked: Asked, files: list[Path], name: str) -> KeyMatch:
    return bootstrap.workbench().match_keys((asked.files, asked.key), (files, name))


def _why_not(asked: Asked, matches: Sequence[KeyMatch]) -> str:
    if not matches:
        return f"it has no column {asked.key!r}, and no key or entity of its own"
    if not any(match.found for match in matches):
        tried = " or ".join(repr(match.column) for match in matches)
        return f"no value of {asked.key!r} occurs in {tried}"
    match = next(match for match in matches if match.found)
    return (
        f"{match.repeated:,} values of {match.column!r} have several rows, and there are no times "
        "on both sides to choose by"
    )


def _time(spec: ProjectSpec) -> str | None:
    """Return the time column, where it holds times."""
    return spec.time if spec.time and spec.columns[spec.time].type == "timestamp" else None
