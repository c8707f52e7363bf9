"""The documents of a model package besides its signature: the card and the probe."""

from typing import Any, Literal

from loopwright.domain.receipt import Prediction
from loopwright.domain.record import Record
from loopwright.domain.spec import Task


class ParityScenario(Record):
    """How far the exported model was from the estimator over one kind of rows."""

    name: str
    rows: int
    max_difference: float
    note: str = ""


class ParityReport(Record):
    """The comparison of the exported model with the estimator that it was made from."""

    tolerance: float
    through_skl2onnx: tuple[str, ...]
    scenarios: tuple[ParityScenario, ...]

    @property
    def max_difference(self) -> float:
        """Return the largest difference of a probability, or the relative one of a number."""
        return max((scenario.max_difference for scenario in self.scenarios), default=0.0)


class Tried(Record):
    """One estimator that the trainer fitted, and its metric on rows that it had not seen."""

    name: str
    metric: str
    value: float
    seconds: float


class Card(Record):
    """The model card: what the model is for, what it was made from, and how well it did.

    `metrics` were measured in the training job on validation rows that the measured fit had not
    seen; `fitted_on` says what the exported model itself was fitted on.
    """

    schema_version: Literal[1] = 1
    project: str
    run: str
    question: str
    owner: str
    intended_use: str
    affected_people: str
    not_for: str
    task: Task
    target: str
    features: tuple[str, ...]
    protected: tuple[str, ...]
    dataset: str
    spec: str
    code: str
    image: str
    trained_by: Literal["built-in trainer", "script"]
    estimator: str
    tried: tuple[Tried, ...]
    fitted_on: Literal["all training rows", "training rows without the validation rows"]
    training_rows: int
    validation_rows: int
    metrics: dict[str, float]
    parity: ParityReport
    libraries: dict[str, str]
    seconds: dict[str, float]


class Probe(Record):
    """One row as a request would send it, and what the model answers to it."""

    schema_version: Literal[1] = 1
    instance: dict[str, Any]
    prediction: Prediction
