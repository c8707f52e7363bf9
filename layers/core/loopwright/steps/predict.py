"""Answer a prediction request with the champion, and keep a durable receipt before the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from loopwright.domain.model import Signature
from loopwright.domain.receipt import Prediction, Receipt
from loopwright.domain.record import Record
from loopwright.domain.requests import Limits, read_instances
from loopwright.errors import NotFoundError

if TYPE_CHECKING:  # a function that only serves loads no ports
    from collections.abc import Callable
    from datetime import datetime

    from loopwright.ports import Clock, Ledger, ModelStore, ReceiptStore, Scorer, Scorers, Scores

MAX_LOADED = 4


class Body(Record):
    """The body of POST /projects/{project}/predictions: field values by name, per instance."""

    instances: tuple[dict[str, Any], ...] = Field(min_length=1)


class Request(Record):
    """One prediction call."""

    project: str
    body: bytes
    actor: str
    receipt: str
    probe: bool = False


class Result(Record):
    """The answer: one prediction per instance, the model that gave them, and the receipt's id."""

    predictions: tuple[Prediction, ...]
    model: str
    receipt: str


@dataclass(frozen=True)
class LoadedModel:
    """A model that is ready to score."""

    model: str
    signature: Signature
    scorer: Scorer


class Champions:
    """The champion of each project, ready to score.

    The pointer is read again after its cache time; a model stays loaded while it is used.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        models: ModelStore,
        scorers: Scorers,
        clock: Clock,
        pointer_ttl_seconds: float,
    ) -> None:
        """Read pointers from `ledger` at most once per `pointer_ttl_seconds`."""
        self._ledger = ledger
        self._models = models
        self._scorers = scorers
        self._clock = clock
        self._cache_time = timedelta(seconds=pointer_ttl_seconds)
        self._pointers: dict[str, tuple[str, datetime]] = {}
        self._loaded: dict[tuple[str, str], LoadedModel] = {}

    def champion(self, project: str) -> LoadedModel:
        """Return the champion; NotFoundError when the project is unknown or has none yet."""
        return self._model(project, self._pointer(project))

    def _pointer(self, project: str) -> str:
        now = self._clock.now()
        model, read_at = self._pointers.get(project, ("", None))
        if read_at is not None and now - read_at < self._cache_time:
            return model
        champion = self._ledger.champion(project)
        if champion is None:
            self._ledger.project(project)
            message = (
                f"project {project!r} has no champion yet: "
                f"it answers when a model has been promoted (loopwright runs list {project})"
            )
            raise NotFoundError(message)
        self._pointers[project] = (champion.model, now)
        return champion.model

    def _model(self, project: str, model: str) -> LoadedModel:
        found = self._loaded.pop((project, model), None)
        if found is None:
            found = load_model(project, model, models=self._models, scorers=self._scorers)
        self._loaded[project, model] = found
        while len(self._loaded) > MAX_LOADED:
            del self._loaded[next(iter(self._loaded))]
        return found


def load_model(project: str, model: str, *, models: ModelStore, scorers: Scorers) -> LoadedModel:
    """Load a verified model package for scoring."""
    signature = Signature.model_validate_json(models.file(project, model, "signature.json"))
    scorer = scorers.load(models.file(project, model, "model.onnx"), signature)
    return LoadedModel(model=model, signature=signature, scorer=scorer)


def predict(
    request: Request,
    *,
    champion: Callable[[str], LoadedModel],
    receipts: ReceiptStore,
    clock: Clock,
    limits: Limits,
) -> Result:
    """Read the instances, score them, store the receipt, and only then answer."""
    loaded = champion(request.project)
    instances = read_instances(request.body, loaded.signature, limits)
    scores = loaded.scorer.score(instances.columns(loaded.signature))
    receipt = Receipt(
        id=request.receipt,
        project=request.project,
        model=loaded.model,
        at=clock.now().isoformat(),
        actor=request.actor,
        probe=request.probe,
        instances=instances.fields,
        context=instances.context,
        predictions=predictions_of(scores),
    )
    receipts.put(receipt)
    return Result(predictions=receipt.predictions, model=loaded.model, receipt=receipt.id)


def predictions_of(scores: Scores) -> tuple[Prediction, ...]:
    """Return a model's scores as plain values."""
    if scores.probabilities is None:
        return tuple(Prediction(value=float(value)) for value in scores.values)
    rows = scores.probabilities.tolist()
    return tuple(
        Prediction(value=value, probabilities=tuple(row))
        for value, row in zip(scores.values, rows, strict=True)
    )
