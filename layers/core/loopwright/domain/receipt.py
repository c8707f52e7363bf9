"""A receipt: the durable record of one prediction call."""

from typing import Any, Literal

from loopwright.domain.kinds import CategoryValue
from loopwright.domain.record import Record


class Prediction(Record):
    """One answer: the label (or number), and the probability of each class."""

    value: CategoryValue | float
    probabilities: tuple[float, ...] | None = None


class Receipt(Record):
    """What was asked, by whom, what was answered, and by which model.

    `instances` holds the model's fields only and `context` the key, time and protected columns;
    both have one entry per instance, in the order of the request.
    """

    schema_version: Literal[1] = 1
    id: str
    project: str
    model: str
    at: str
    actor: str
    probe: bool = False
    instances: tuple[dict[str, Any], ...]
    context: tuple[dict[str, Any], ...]
    predictions: tuple[Prediction, ...]


class Labels(Record):
    """The true outcomes of a receipt's instances, by position in the request."""

    receipt: str
    project: str
    labels: dict[int, CategoryValue | float]
    at: str
    actor: str
