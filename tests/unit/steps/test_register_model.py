"""Registering what a training job made."""

import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from loopwright.aws.stores import StoredEvidence, StoredModels, StoredSpecs
from loopwright.domain.bins import ColumnCounts, Counts, NumericBins, Reference
from loopwright.domain.lineage import Node
from loopwright.domain.model import Signature
from loopwright.domain.package import Card, ParityReport, Probe, Sbom, code_digest
from loopwright.domain.receipt import Prediction
from loopwright.domain.record import canonical_json, digest_of
from loopwright.domain.run import Run
from loopwright.domain.signature import signature_of
from loopwright.domain.spec import Column, NoProtected, ProjectSpec
from loopwright.errors import ModelPackageError, UnsafeArchiveError
from loopwright.steps.register_model import Request, Result, register_model
from tests.fakes import (
    InMemoryEventBus,
    InMemoryLedger,
    InMemoryLineage,
    InMemoryObjectStore,
    KeyedSignatures,
    ManualClock,
)

KEY = "jobs/people/run-1/job-1/output/model.tar.gz"
SPEC = ProjectSpec(
    project="people",
    question="Who stays?",
    owner="Team",
    intended_use="Tests of the registration.",
    affected_people="Nobody",
    task="binary",
    target="stays",
    favourable=1,
    protected=NoProtected(none="made up for a test"),
    columns={
        "age": Column(type="integer"),
        "colour": Column(type="category", values=("red", "blue")),
        "stays": Column(type="category", values=(0, 1)),
    },
)
DIGEST = digest_of(canonical_json(SPEC))
REQUEST = Request(
    run="run-1",
    project="people",
    spec=DIGEST,
    code=code_digest("b" * 64, None),
    image="image",
    dataset="d" * 64,
    job_name="job-1",
    artifact_uri=f"s3://store/{KEY}",
)
ONE_BIN = NumericBins(edges=(0.0,))
THREE = ColumnCounts(counts=(0, 1, 2))


@dataclass
class FixedScores:
    """The same answer to every row."""

    probabilities: NDArray[np.float64] | None
    values: list[float]


@dataclass
class FixedScorers:
    """Loads any bytes as a model that answers the same to every row."""

    positive: float = 0.75
    loaded: list[bytes] = field(default_factory=list)

    def load(self, model_onnx: bytes, signature: Signature) -> "FixedScorers":
        """Remember what was loaded."""
        self.loaded.append(model_onnx)
        return self

    def score(self, columns: Mapping[str, Any]) -> FixedScores:
        """Answer one row."""
        return FixedScores(np.array([[1 - self.positive, self.positive]]), [1])


def card(**changes: Any) -> Card:
    """Make the card of the run."""
    values: dict[str, Any] = {
        "project": "people",
        "run": "run-1",
        "question": SPEC.question,
        "owner": SPEC.owner,
        "intended_use": SPEC.intended_use,
        "affected_people": SPEC.affected_people,
        "not_for": "Anything else.",
        "task": "binary",
        "target": "stays",
        "features": ("age", "colour"),
        "protected": (),
        "dataset": REQUEST.dataset,
        "spec": DIGEST,
        "code": REQUEST.code,
        "bundle": "b" * 64,
        "script": None,
        "image": REQUEST.image,
        "trained_by": "built-in trainer",
        "estimator": "Tree",
        "tried": (),
        "fitted_on": "all training rows",
        "training_rows": 10,
        "validation_rows": 2,
        "metrics": {"roc_auc": 0.8},
        "parity": ParityReport(tolerance=1e-9, through_skl2onnx=(), scenarios=()),
        "libraries": {"numpy": "2"},
    }
    return Card(**{**values, **changes})


def package(**changes: Any) -> dict[str, bytes]:
    """Make the files that a job writes; a change replaces the bytes of one document."""
    documents: dict[str, Any] = {
        "signature": signature_of(SPEC, DIGEST, categories={}, classes=(0, 1)),
        "reference": Reference(
            bins={"age": ONE_BIN, "colour": ONE_BIN},
            counts=Counts(rows=3, columns={"age": THREE, "colour": THREE}),
            prediction_bins=ONE_BIN,
            prediction_counts=THREE,
        ),
        "card": card(),
        "probe": Probe(
            instance={"age": 30, "colour": "red"},
            prediction=Prediction(value=1, probabilities=(0.25, 0.75)),
        ),
        "sbom": Sbom(components=()),
        **changes,
    }
    files = {f"{name}.json": canonical_json(document) for name, document in documents.items()}
    return {"model.onnx": b"onnx", **files}


def archived(files: dict[str, bytes]) -> bytes:
    """Pack files as SageMaker does."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, body in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))
    return stream.getvalue()


class House:
    """The collaborators of the step."""

    def __init__(self, body: bytes, scorers: FixedScorers | None = None) -> None:
        """Place a job's archive, and open its run."""
        self.objects = InMemoryObjectStore()
        self.objects.place(KEY, body)
        self.specs = StoredSpecs(self.objects)
        self.specs.put_spec(SPEC)
        self.models = StoredModels(self.objects, KeyedSignatures())
        self.ledger = InMemoryLedger()
        self.lineage = InMemoryLineage()
        self.event_bus = InMemoryEventBus()
        self.scorers = scorers or FixedScorers()
        self.ledger.open_run(
            Run(
                id="run-1",
                project="people",
                execution="e",
                trigger="upload",
                actor="ann",
                started_at="2026-01-05T12:00:00+00:00",
            )
        )

    def register(self, request: Request = REQUEST) -> Result:
        """Run the step."""
        return register_model(
            request,
            objects=self.objects,
            specs=self.specs,
            models=self.models,
            evidence=StoredEvidence(self.objects),
            ledger=self.ledger,
            lineage=self.lineage,
            event_bus=self.event_bus,
            scorers=self.scorers,
            clock=ManualClock(),
        )


def test_a_package_is_stored_once_and_listed_as_a_candidate() -> None:
    """The model, its record, its lineage, the event and the evidence."""
    house = House(archived(package()))
    result = house.register()
    manifest = house.models.manifest("people", result.model)
    record = house.ledger.model("people", result.model)
    edges = house.lineage.upstream(Node(project="people", kind="model", id=result.model))

    assert house.models.file("people", result.model, "model.onnx") == b"onnx"
    assert {file.name for file in manifest.files} == set(package())
    assert (manifest.dataset, manifest.image) == (REQUEST.dataset, "image")
    assert (record.status, record.metric, record.metric_value) == ("candidate", "roc_auc", 0.8)
    assert {edge.relation: edge.target.id for edge in edges} == {
        "trained_on": REQUEST.dataset,
        "trained_with": REQUEST.code,
        "described_by": DIGEST,
        "produced_by": "run-1",
    }
    assert [(event.name, event.actor) for event in house.event_bus.events] == [
        ("CandidateTrained", "ann")
    ]
    assert house.ledger.run("people", "run-1").model == result.model
    assert json.loads(house.objects.read(result.evidence.key))["card"]["metrics"] == {
        "roc_auc": 0.8
    }


def test_registering_again_gives_the_same_model() -> None:
    """A retried state changes nothing."""
    house = House(archived(package()))

    assert house.register() == house.register()
    assert len(house.ledger.models("people")) == 1


def test_a_model_that_answers_otherwise_here_is_refused() -> None:
    """The probe's answer in the job is the promise."""
    house = House(archived(package()), FixedScorers(positive=0.76))

    with pytest.raises(ModelPackageError, match="does not answer here"):
        house.register()
    assert house.objects.keys("models/") == []


REFUSED = {
    "a signature of another spec": (
        {"signature": signature_of(SPEC, "other", categories={}, classes=(0, 1))},
        r"signature\.json: spec is 'other'",
    ),
    "a signature with another field": (
        {
            "signature": signature_of(
                SPEC.model_copy(update={"columns": {**SPEC.columns, "x": Column(type="number")}}),
                DIGEST,
                categories={},
                classes=(0, 1),
            )
        },
        r"signature\.json: fields",
    ),
    "a signature with other classes": (
        {"signature": signature_of(SPEC, DIGEST, categories={}, classes=(0, 2))},
        r"classes are \(0, 2\)",
    ),
    "a binary signature with one class": (
        {"signature": signature_of(SPEC, DIGEST, categories={}, classes=(1,))},
        "needs both classes",
    ),
    "a card of another dataset": ({"card": card(dataset="x")}, r"card\.json: dataset is 'x'"),
    "a card of another run": ({"card": card(run="run-2")}, r"card\.json: run is 'run-2'"),
    "a card of another bundle": (
        {"card": card(bundle="x" * 64)},
        r"bundle and script make the code",
    ),
    "a card with an unknown key": (
        {"card": {**card().model_dump(mode="json"), "more": 1}},
        r"card\.json: more",
    ),
    "a reference without a column": (
        {
            "reference": Reference(
                bins={"age": ONE_BIN},
                counts=Counts(rows=3, columns={"age": THREE}),
                prediction_bins=ONE_BIN,
                prediction_counts=THREE,
            )
        },
        r"reference\.json counts \['age'\]",
    ),
    "a reference with too few counts": (
        {
            "reference": Reference(
                bins={"age": ONE_BIN, "colour": ONE_BIN},
                counts=Counts(rows=3, columns={"age": THREE, "colour": THREE}),
                prediction_bins=ONE_BIN,
                prediction_counts=ColumnCounts(counts=(1,)),
            )
        },
        "'__prediction__' has 3 bins and 1 counts",
    ),
    "a probe without a field": (
        {"probe": Probe(instance={"age": 1}, prediction=Prediction(value=1))},
        r"probe\.json holds \['age'\]",
    ),
    "a probe that is no document": ({"probe": [1]}, r"probe\.json: the document"),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED)
def test_a_package_that_does_not_fit_is_refused(changes: dict[str, Any], message: str) -> None:
    """The message names the file and the key; nothing is stored."""
    house = House(archived(package(**changes)))

    with pytest.raises(ModelPackageError, match=message):
        house.register()
    assert house.objects.keys("models/") == []


def test_an_unsafe_archive_is_refused() -> None:
    """A pickle beside the model is one file too many."""
    house = House(archived({**package(), "model.pkl": b"x"}))

    with pytest.raises(UnsafeArchiveError, match=r"model\.pkl"):
        house.register()


def test_an_archive_that_is_too_large_is_not_even_fetched() -> None:
    """Its size is known before its bytes are."""

    class Large(InMemoryObjectStore):
        def head(self, key: str, *, version_id: str | None = None) -> Any:
            return super().head(key, version_id=version_id).model_copy(update={"bytes": 2**30})

    house = House(archived(package()))
    house.objects.__class__ = Large

    with pytest.raises(UnsafeArchiveError, match="the limit is"):
        house.register()


def test_an_artifact_outside_the_bucket_is_refused() -> None:
    """The machine's own job writes into the stack's bucket."""
    request = REQUEST.model_copy(update={"artifact_uri": f"s3://elsewhere/{KEY}"})

    with pytest.raises(ModelPackageError, match="not in this stack's bucket"):
        House(archived(package())).register(request)


def test_a_regression_is_compared_by_its_number() -> None:
    """Without probabilities the value itself is the promise."""
    spec = SPEC.model_copy(
        update={
            "task": "regression",
            "favourable": None,
            "columns": {**SPEC.columns, "stays": Column(type="number")},
        }
    )
    digest = digest_of(canonical_json(spec))
    files = package(
        signature=signature_of(spec, digest, categories={}),
        card=card(spec=digest, task="regression", metrics={"r2": 0.5}),
        probe=Probe(instance={"age": 30, "colour": "red"}, prediction=Prediction(value=2.5)),
    )

    class Numbers(FixedScorers):
        def score(self, columns: Mapping[str, Any]) -> FixedScores:
            return FixedScores(None, [2.5])

    house = House(archived(files), Numbers())
    house.specs.put_spec(spec)
    result = house.register(REQUEST.model_copy(update={"spec": digest}))

    assert house.ledger.model("people", result.model).metric_value == 0.5
