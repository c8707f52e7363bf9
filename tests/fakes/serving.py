"""A small served project with stores, two models and a scorer that needs no ONNX."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loopwright.aws.stores import StoredEvidence, StoredModels, StoredSpecs
from loopwright.domain.bins import CategoricalBins, Counts, NumericBins, Reference
from loopwright.domain.counting import count_values
from loopwright.domain.model import Field, ModelManifest, PackagedFile, Signature
from loopwright.domain.record import canonical_json, digest_of
from loopwright.domain.requests import Limits
from loopwright.domain.run import Champion, ModelRecord, ProjectRecord
from loopwright.domain.spec import Column, ProjectSpec
from loopwright.domain.spec_models import Monitoring, Retraining
from loopwright.steps.promote_model import Verifier
from tests.fakes.catalog import InMemoryLedger, InMemoryLineage
from tests.fakes.services import (
    CollectedMetrics,
    InMemoryEventBus,
    KeyedSignatures,
    ManualClock,
    ScriptedEndpoint,
)
from tests.fakes.storage import InMemoryObjectStore
from tests.fakes.traffic import InMemoryReceipts, InMemoryWindows

PROJECT = "loans"
SIGNATURE = Signature(
    project=PROJECT,
    spec="s" * 64,
    task="binary",
    target="paid",
    fields=(
        Field(name="age", type="number"),
        Field(name="children", type="integer", nullable=True),
        Field(name="job", type="category", categories=("clerk", "nurse", "smith")),
        Field(name="owner", type="boolean"),
    ),
    context=("id", "year", "sex"),
    classes=(0, 1),
    favourable=1,
)
SPEC = ProjectSpec(
    project=PROJECT,
    question="Will the loan be paid back?",
    owner="desk@example.org",
    intended_use="Shows the desk which loans to look at first.",
    affected_people="people who ask for a loan",
    task="binary",
    target="paid",
    key="id",
    time="year",
    protected=("sex",),
    columns={
        "id": Column(type="integer"),
        "year": Column(type="integer"),
        "sex": Column(type="category", values=(1, 2)),
        "age": Column(type="number"),
        "children": Column(type="integer", max_missing_share=0.5),
        "job": Column(type="category", values=("clerk", "nurse", "smith")),
        "owner": Column(type="boolean"),
        "paid": Column(type="category", values=(0, 1)),
    },
    monitoring=Monitoring(window_rows=200),
    retraining=Retraining(min_labelled_rows=3, cooldown_hours=24),
)
GOOD = {"age": 40.0, "children": 2, "job": "nurse", "owner": True}


@dataclass(frozen=True)
class SmallLimits:
    """Limits that a test can reach."""

    max_instances: int = 5
    max_body_bytes: int = 2_000


LIMITS: Limits = SmallLimits()


@dataclass(frozen=True)
class FakeScores:
    """Answers of the fake model."""

    probabilities: NDArray[np.float64] | None
    values: list[Any]


class AgeScorer:
    """Answers by age alone: the probability of paying is age / 100 plus the model's shift."""

    def __init__(self, shift: float, task: str) -> None:
        """Shift every probability."""
        self._shift = shift
        self._task = task

    def score(self, columns: Mapping[str, Any]) -> FakeScores:
        """Score by age."""
        paying = np.clip(np.asarray(columns["age"], float) / 100 + self._shift, 0, 1)
        if self._task == "regression":
            return FakeScores(None, paying.tolist())
        values = (paying >= 0.5).astype(int).tolist()
        return FakeScores(np.stack([1 - paying, paying], axis=1), values)


class AgeScorers:
    """Loads an AgeScorer from `{"shift": ...}`."""

    def __init__(self) -> None:
        """Count what is loaded."""
        self.loaded = 0

    def load(self, onnx: bytes, signature: Signature) -> AgeScorer:
        """Load a model."""
        self.loaded += 1
        return AgeScorer(json.loads(onnx)["shift"], signature.task)


def reference(rows: int = 4_000) -> Reference:
    """Return the counts of evenly spread training rows, each column by itself."""
    at = np.arange(rows)
    bins: dict[str, Any] = {
        "age": NumericBins(edges=(20.0, 30.0, 40.0, 50.0, 60.0)),
        "children": NumericBins(edges=(1.0, 3.0), atoms=(0.0,)),
        "job": CategoricalBins(categories=("clerk", "nurse", "smith")),
        "owner": CategoricalBins(categories=(True, False)),
        "sex": CategoricalBins(categories=(1, 2)),
    }
    columns: dict[str, Any] = {
        "age": 20 + at % 40,
        "children": at % 4,
        "job": [("clerk", "nurse", "smith")[i % 3] for i in at],
        "owner": [bool(i % 2) for i in at],
        "sex": [1 + int(i) % 2 for i in at],
    }
    prediction = NumericBins(edges=(0.2, 0.3, 0.4, 0.5, 0.6))
    return Reference(
        bins=bins,
        counts=Counts(rows=rows, columns={n: count_values(bins[n], columns[n]) for n in bins}),
        prediction_bins=prediction,
        prediction_counts=count_values(prediction, (20 + at % 40) / 100),
    )


class LoanDesk:
    """The stores of one project with a champion `first`, and a candidate `second`."""

    def __init__(self, *, spec: ProjectSpec = SPEC, champion: bool = True) -> None:
        """Store the spec and both packages."""
        self.clock = ManualClock()
        self.objects = InMemoryObjectStore()
        self.specs = StoredSpecs(self.objects)
        self.models = StoredModels(self.objects, KeyedSignatures())
        self.evidence = StoredEvidence(self.objects)
        self.receipts = InMemoryReceipts()
        self.windows = InMemoryWindows()
        self.lineage = InMemoryLineage()
        self.event_bus = InMemoryEventBus()
        self.metrics = CollectedMetrics()
        self.scorers = AgeScorers()
        self.spec = self.specs.put_spec(spec)
        self.ledger = InMemoryLedger(_record(self.spec))
        self.first = self.add_model(shift=0.0)
        self.second = self.add_model(shift=0.1)
        if champion:
            self.crown(self.first)

    def add_model(self, *, shift: float, signature: Signature = SIGNATURE) -> str:
        """Store a package and list it."""
        probability = GOOD["age"] / 100 + shift  # type: ignore[operator]  # an age is a number
        prediction = {
            "value": int(probability >= 0.5),
            "probabilities": [1 - probability, probability],
        }
        files = {
            "model.onnx": json.dumps({"shift": shift}).encode(),
            "signature.json": canonical_json(signature),
            "reference.json": canonical_json(reference()),
            "probe.json": canonical_json({"instance": GOOD, "prediction": prediction}),
        }
        manifest = ModelManifest(
            project=PROJECT,
            spec=self.spec,
            dataset=f"data-of-{shift}",
            code="code",
            image="image",
            libraries={},
            files=tuple(
                PackagedFile(name=name, bytes=len(body), sha256=digest_of(body))
                for name, body in files.items()
            ),
        )
        model = self.models.put_package(manifest, files)
        self.ledger.add_model(
            ModelRecord(
                project=PROJECT,
                model=model,
                run=f"run-{shift}",
                dataset=manifest.dataset,
                spec=self.spec,
                code="code",
                registered_at=self.now,
                metric="accuracy",
                metric_value=0.9,
            )
        )
        return model

    def crown(self, model: str, *, expected: str | None = None) -> None:
        """Make a model champion without a probe."""
        pointer = Champion(
            project=PROJECT,
            model=model,
            previous=expected,
            run=f"run of {model[:6]}",
            at=self.now,
            actor="ann",
            reason="first",
        )
        self.ledger.move_champion(pointer, expected=expected)
        self.ledger.set_model_status(PROJECT, model, "champion")

    @property
    def now(self) -> str:
        """Return the time as it is stored."""
        return self.clock.now().isoformat()


def body_of(instances: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the body of a prediction request."""
    return json.dumps({"instances": list(instances)}).encode()


def public_path(desk: LoanDesk, *, stale_seconds: float = 0) -> ScriptedEndpoint:
    """Return an endpoint that answers as the champion; at first, for a while, as the old one."""
    started = desk.clock.now()

    def answer(project: str, _: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        pointer = desk.ledger.champion(project)
        if pointer is None or (desk.clock.now() - started).total_seconds() < stale_seconds:
            return {"model": desk.first, "predictions": []}
        sample = json.loads(desk.models.file(project, pointer.model, "probe.json"))
        return {"model": pointer.model, "predictions": [sample["prediction"]]}

    return ScriptedEndpoint(answer)


def verifier_of(desk: LoanDesk, endpoint: ScriptedEndpoint) -> Verifier:
    """Return a verifier over a pointer cache of 5 seconds, whose sleep moves the desk's clock."""
    return Verifier(
        models=desk.models,
        endpoint=endpoint,
        clock=desk.clock,
        sleep=desk.clock.sleep,
        pointer_ttl_seconds=5,
    )


def _record(spec: str) -> ProjectRecord:
    return ProjectRecord(
        project=PROJECT,
        spec=spec,
        code="code",
        bundle_key="bundles/b.tar.gz",
        image="image",
        salt="salt",
        pushed_at="2026-01-01T00:00:00+00:00",
        actor="ann",
    )
