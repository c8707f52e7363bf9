"""A model package: the files of a model version and what they promise."""

from typing import Literal

from loopwright.domain.kinds import CategoryValue, ColumnType, Task
from loopwright.domain.record import Record

PACKAGE_FILES = (
    "model.onnx",
    "signature.json",
    "reference.json",
    "card.json",
    "probe.json",
    "sbom.json",
)


class Field(Record):
    """One input field of a model: its type, its categories, and whether it may be missing."""

    name: str
    type: ColumnType
    categories: tuple[CategoryValue, ...] | None = None
    min: float | None = None
    max: float | None = None
    nullable: bool = False


class Signature(Record):
    """What a model takes and answers.

    `fields` are the ONNX inputs in order: each a (rows, 1) tensor of the field's name. Numbers,
    integers and booleans are float64 with NaN for a missing value; categories are int64 codes:
    the position in `categories`, -1 for an unknown and -2 for a missing value.
    The ONNX outputs: `probabilities` (rows, classes) float64 for a classifier, in the order of
    `classes`; `prediction` (rows, 1) float64 for a regression.
    """

    schema_version: Literal[1] = 1
    project: str
    spec: str
    task: Task
    target: str
    fields: tuple[Field, ...]
    context: tuple[str, ...]
    classes: tuple[CategoryValue, ...] = ()
    favourable: CategoryValue | None = None
    threshold: float = 0.5


class PackagedFile(Record):
    """One file of a model package."""

    name: str
    bytes: int
    sha256: str


class ModelManifest(Record):
    """Every file of a package by its sha256, and what the model was made from.

    The digest of this document's canonical JSON names the model version.
    """

    schema_version: Literal[1] = 1
    project: str
    spec: str
    dataset: str
    code: str
    image: str
    libraries: dict[str, str]
    files: tuple[PackagedFile, ...]
