"""The documents of a model package besides its signature: the card and the probe."""

from typing import Any, Literal

from pydantic import Field

from loopwright.domain.kinds import EstimatorName, Task
from loopwright.domain.receipt import Prediction
from loopwright.domain.record import Record, digest_of
from loopwright.domain.search_space import Parameters

TrainedBy = Literal["built-in trainer", "script", "script that exports its model", "import"]
FittedOn = Literal[
    "all training rows", "training rows without the validation rows", "rows not known here"
]


def code_digest(bundle: str, script: str | None) -> str:
    """Return the digest of what a job runs: of its bundle's and its script's (if any) sha256."""
    return digest_of(bundle.encode() + (script or digest_of(b"")).encode())


def archive_key(project: str, digest: str) -> str:
    """Return where the archive of a project's script, or of an imported model, lies."""
    return f"projects/{project}/code/{digest}.tar.gz"


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
    """One design that the trainer fitted, and its metric on rows that it had not seen.

    `behind` is the paired gain of the best design over this one on those rows, with its 95 %
    interval; all are zero for the best itself. `parameters` are those that a search found, none for
    the usual ones.
    """

    name: str
    metric: str
    value: float
    parameters: Parameters = Field(default_factory=dict)
    behind: float = 0.0
    behind_low: float = 0.0
    behind_high: float = 0.0


class Trial(Record):
    """Settings of a design that were measured in a search, on rows that judge nothing else."""

    name: EstimatorName
    parameters: Parameters
    value: float | None


class Card(Record):
    """The model card: what the model is for, what it was made from, and how well it did.

    `metrics` were measured in the training job on validation rows that the measured fit had not
    seen (of an import nobody here knows); `fitted_on` says what the model itself was fitted on.
    `bundle` and `script` are the sha256 of the two archives that ran; `code` is made of both (see
    code_digest); `settings` are those that a tuning job found. There is no time in it: the same
    inputs give the same card.
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
    bundle: str
    script: str | None
    image: str
    settings: str = ""
    trained_by: TrainedBy
    estimator: str
    tried: tuple[Tried, ...]
    searched: tuple[Trial, ...] = ()
    fitted_on: FittedOn
    training_rows: int
    validation_rows: int
    metrics: dict[str, float]
    parity: ParityReport
    libraries: dict[str, str]


class Component(Record):
    """One library of the environment that a model was trained in."""

    type: Literal["library"] = "library"
    name: str
    version: str
    purl: str


class Sbom(Record):
    """The libraries of the training environment: a CycloneDX 1.6 document (`sbom.json`).

    Sorted and without a serial number or a time: the same environment gives the same bytes.
    """

    bomFormat: Literal["CycloneDX"] = "CycloneDX"  # noqa: N815 - the format's own name
    specVersion: Literal["1.6"] = "1.6"  # noqa: N815 - see bomFormat
    version: Literal[1] = 1
    components: tuple[Component, ...]


class Probe(Record):
    """One row as a request would send it, and what the model answers to it."""

    schema_version: Literal[1] = 1
    instance: dict[str, Any]
    prediction: Prediction
