"""Fit a model twice: without the validation rows to judge it, then on all rows to serve it.

The first fit gives what must be out of sample: the metrics of the card, and the distribution of
predictions that live traffic is compared with. The second gives the model that answers, which has
then seen every training row. A script that is slow is called once: a second call would take the job
past its time, so its first model is the one that answers.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.kinds import CategoryValue
from loopwright.domain.model import Signature
from loopwright.domain.package import FittedOn, ParityReport, TrainedBy, Trial, Tried
from loopwright.domain.record import canonical_json
from loopwright.domain.spec import ProjectSpec
from training import trainer
from training.answers import answer, classes_of, features_of, measure, refuse_other_estimator
from training.errors import JobInputError, ScriptError
from training.frames import model_columns, split
from training.keeping import keep
from training.script import Train
from training.trainer import Work

# The second fit may take a quarter longer than the first, which had a fifth fewer rows.
SHARE_OF_TIME = 0.3
CHECKPOINT = "taken.json"


@dataclass(frozen=True)
class Fitted:
    """The model that answers, and what its out-of-sample twin did on the validation rows.

    `estimator` is None for a model that came as ONNX.
    """

    estimator: Any
    trained_by: TrainedBy
    fitted_on: FittedOn
    tried: tuple[Tried, ...]
    searched: tuple[Trial, ...]
    validation: Any
    answers: NDArray[np.float64]
    classes: tuple[CategoryValue, ...]
    metrics: dict[str, float]
    training_rows: int


@dataclass(frozen=True)
class Made:
    """A model that answers, how it compares with its estimator, and what is known of it."""

    onnx: bytes
    signature: Signature
    parity: ParityReport
    estimator: str
    fitted: Fitted


def describe(estimator: Any) -> str:
    """Return the types of an estimator's steps."""
    steps = getattr(estimator, "steps", None)
    if steps is None:
        return type(estimator).__name__
    return " > ".join(type(step).__name__ for _, step in steps)


def fit_model(rows: Any, work: Work, train: Train | None) -> Fitted:
    """Fit with the user's `train`, or with the built-in trainer when there is none.

    What the trainer took is kept with the checkpoints, from where an interrupted job goes on. A
    job that is told to stop fits no second time.
    """
    spec = work.spec
    fitting, validation = split(rows, spec)
    work.say(f"fitting on {len(fitting)} rows, {len(validation)} are kept for validation")
    started = time.monotonic()
    first, taken, again = _first_fit(fitting, validation, work, train)
    work.stopping.has_model()
    seconds = time.monotonic() - started
    second: list[Any] = []
    if seconds < SHARE_OF_TIME * 60 * spec.training.max_runtime_minutes:
        work.say(f"fitted in {seconds:.1f} s; fitting again on all {len(rows)} rows")
        work.stopping.attempt(lambda: second.append(again(rows)))
    if work.stopping.is_told:
        work.say("told to stop: the best so far is taken")
    estimator = second[0] if second else first
    classes = classes_of(first)
    _refuse_unknown_classes(classes, validation[spec.target].tolist())
    _refuse_other_classes(classes, classes_of(estimator))
    answers = answer(first, validation[list(features_of(first, tuple(spec.features)))])
    return Fitted(
        estimator=estimator,
        trained_by="built-in trainer" if train is None else "script",
        fitted_on="all training rows" if second else "training rows without the validation rows",
        tried=taken.tried if taken else (),
        searched=taken.searched if taken else (),
        validation=validation,
        answers=answers,
        classes=classes,
        metrics=measure(spec, classes, validation[spec.target].tolist(), answers),
        training_rows=len(rows),
    )


def _first_fit(
    fitting: Any, validation: Any, work: Work, train: Train | None
) -> tuple[Any, trainer.Taken | None, Callable[[Any], Any]]:
    """Return the first fit, what was taken, and how to fit the same again on other rows."""
    if train is not None:
        return _call(train, fitting, work.spec), None, partial(_call, train, spec=work.spec)
    choice = _choice(fitting, validation, work)
    again = partial(trainer.again, taken=choice.taken, spec=work.spec)
    return choice.estimator, choice.taken, again


def _choice(fitting: Any, validation: Any, work: Work) -> trainer.Choice:
    """Return what an earlier start of this job took, or choose and keep it."""
    kept = work.checkpoints / CHECKPOINT
    if kept.exists():
        taken = trainer.Taken.model_validate_json(kept.read_bytes())
        return trainer.resumed(taken, fitting, work)
    choice = trainer.choose(fitting, validation, work)
    if not work.stopping.is_told:
        keep(kept, canonical_json(choice.taken))
    return choice


def _refuse_unknown_classes(classes: tuple[CategoryValue, ...], truth: list[Any]) -> None:
    seen = sorted(set(truth), key=str)
    if classes and not set(seen) <= set(classes):
        raise ScriptError(
            f"train answers the classes {list(classes)}, the target has {seen}; fit on it as it is"
        )


def _refuse_other_classes(
    first: tuple[CategoryValue, ...], second: tuple[CategoryValue, ...]
) -> None:
    if first != second:
        raise JobInputError(
            f"the classes {first} were seen without the validation rows, {second} with them; "
            "bring more rows of the rare classes"
        )


def _call(train: Train, rows: Any, spec: ProjectSpec) -> Any:
    data = rows[list(model_columns(spec))].reset_index(drop=True)
    estimator = train(data.copy(), spec)
    refuse_other_estimator(estimator, spec, features_of(estimator, tuple(spec.features)))
    return estimator
