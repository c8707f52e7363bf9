"""Register what a training job made: open its archive safely, verify it, and store it once."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from loopwright.domain.archive import MAX_TOTAL_BYTES, read_archive
from loopwright.domain.events import Event
from loopwright.domain.gate import Evidence
from loopwright.domain.lineage import Edge, Node, Relation
from loopwright.domain.metrics import judging_metric
from loopwright.domain.package import Card, Probe
from loopwright.domain.package_files import Origin, Package, manifest_of, read_package
from loopwright.domain.receipt import Prediction
from loopwright.domain.record import Record, canonical_json
from loopwright.domain.run import ModelRecord
from loopwright.domain.spec import ProjectSpec
from loopwright.errors import ModelPackageError, UnsafeArchiveError
from loopwright.ports import (
    Clock,
    EventBus,
    EvidenceStore,
    Ledger,
    Lineage,
    ModelStore,
    ObjectStore,
    Scorers,
    SpecStore,
)

MAX_TOLERANCE = 1e-5


class Request(Record):
    """The artifact of a training job, and what the run trained it from."""

    run: str
    project: str
    spec: str
    code: str
    image: str
    dataset: str
    job_name: str
    artifact_uri: str


class Result(Record):
    """The model version, and the document about its training."""

    model: str
    evidence: Evidence


class TrainingDocument(Record):
    """training.json: the model card of a registered model, and the job that made it."""

    schema_version: int = 1
    project: str
    run: str
    model: str
    job_name: str
    card: Card


def register_model(  # noqa: PLR0913 - its collaborators, by keyword
    request: Request,
    *,
    objects: ObjectStore,
    specs: SpecStore,
    models: ModelStore,
    evidence: EvidenceStore,
    ledger: Ledger,
    lineage: Lineage,
    event_bus: EventBus,
    scorers: Scorers,
    clock: Clock,
) -> Result:
    """Verify the package, store it write-once, and list the model as a candidate."""
    spec = specs.spec(request.project, request.spec)
    origin = Origin.model_validate(request.model_dump(include=set(Origin.model_fields)))
    files = _download(request.artifact_uri, objects)
    package = read_package(files, spec, origin)
    probe = _answered_probe(files["model.onnx"], package, scorers)
    files["probe.json"] = canonical_json(probe)

    model = models.put_package(manifest_of(files, package.card, origin), files)
    document = _store_document(request, model, package.card, evidence)
    at = clock.now().isoformat()
    ledger.add_model(_record(request, spec, package.card, model, at))
    ledger.update_run(request.run, request.project, {"model": model})
    lineage.record(_edges(request, model, at))
    event_bus.publish(_event(request, model, ledger.run(request.project, request.run).actor, at))
    return Result(model=model, evidence=document)


def _download(uri: str, objects: ObjectStore) -> dict[str, bytes]:
    key = uri.removeprefix("s3://").partition("/")[2]
    if objects.uri(key) != uri:
        raise ModelPackageError(f"{uri} is not in this stack's bucket")
    size = objects.head(key).bytes
    if size > MAX_TOTAL_BYTES:
        raise UnsafeArchiveError(f"{key} has {size} bytes, the limit is {MAX_TOTAL_BYTES}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tar.gz"
        objects.download(key, path)
        with path.open("rb") as stream:
            return read_archive(stream)


def _answered_probe(model_onnx: bytes, package: Package, scorers: Scorers) -> Probe:
    """Return the probe as this engine answers it; it must be what the job's engine answered."""
    expected, instance = package.probe.prediction, package.probe.instance
    names = {field.name for field in package.signature.fields}
    if set(instance) != names:
        raise ModelPackageError(f"probe.json holds {sorted(instance)}, expected {sorted(names)}")
    scorer = scorers.load(model_onnx, package.signature)
    scores = scorer.score({name: [value] for name, value in instance.items()})
    probabilities = None
    if scores.probabilities is not None:
        probabilities = tuple(float(value) for value in scores.probabilities[0])
    found = Prediction(value=scores.values[0], probabilities=probabilities)
    tolerance = min(package.card.parity.tolerance, MAX_TOLERANCE)
    if not _agree(_numbers(expected), _numbers(found), tolerance):
        raise ModelPackageError(
            "probe.json: the model does not answer here what it answered in the training job"
        )
    return Probe(instance=instance, prediction=found)


def _numbers(prediction: Prediction) -> tuple[float, ...]:
    if prediction.probabilities is not None:
        return prediction.probabilities
    return (float(prediction.value),)


def _agree(one: tuple[float, ...], other: tuple[float, ...], tolerance: float) -> bool:
    return len(one) == len(other) and all(
        abs(left - right) <= tolerance * max(1.0, abs(left))
        for left, right in zip(one, other, strict=True)
    )


def _store_document(request: Request, model: str, card: Card, evidence: EvidenceStore) -> Evidence:
    document = TrainingDocument(
        project=request.project, run=request.run, model=model, job_name=request.job_name, card=card
    )
    return evidence.put(request.project, request.run, "training.json", canonical_json(document))


def _record(request: Request, spec: ProjectSpec, card: Card, model: str, at: str) -> ModelRecord:
    metric = judging_metric(spec)
    return ModelRecord(
        project=request.project,
        model=model,
        run=request.run,
        dataset=request.dataset,
        spec=request.spec,
        code=request.code,
        registered_at=at,
        metric=metric,
        metric_value=card.metrics.get(metric),
    )


def _edges(request: Request, model: str, at: str) -> list[Edge]:
    source = Node(project=request.project, kind="model", id=model)
    targets: Mapping[Relation, Node] = {
        "trained_on": Node(project=request.project, kind="dataset", id=request.dataset),
        "trained_with": Node(project=request.project, kind="code", id=request.code),
        "described_by": Node(project=request.project, kind="spec", id=request.spec),
        "produced_by": Node(project=request.project, kind="run", id=request.run),
    }
    return [
        Edge(source=source, relation=relation, target=target, at=at)
        for relation, target in targets.items()
    ]


def _event(request: Request, model: str, actor: str, at: str) -> Event:
    return Event(
        name="CandidateTrained",
        project=request.project,
        actor=actor,
        at=at,
        detail={
            "run": request.run,
            "model": model,
            "dataset": request.dataset,
            "spec": request.spec,
        },
    )
