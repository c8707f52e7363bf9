"""Register an upload as an immutable dataset version, and open its run."""

from dataclasses import dataclass
from typing import Literal

from loopwright.domain.dataset import Batch, Manifest
from loopwright.domain.events import Event
from loopwright.domain.gate import Reason
from loopwright.domain.lineage import Edge, Node, NodeKind, Relation
from loopwright.domain.record import Record
from loopwright.domain.run import ProjectRecord, Run, RunKey, Trigger
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.training_plan import TrainingPlan, plan_training, training_image
from loopwright.domain.uploads import project_of, unknown_dataset, unknown_project
from loopwright.domain.validation import column_reasons
from loopwright.errors import NotFoundError
from loopwright.ports import (
    Clock,
    DatasetStore,
    EventBus,
    Ledger,
    Lineage,
    ObjectStore,
    SpecStore,
    Tables,
)
from loopwright.steps.registration import Registered, Upload, register_upload


class Request(Record):
    """What triggered the run: an upload's key, or a project with an optional dataset version."""

    run: str
    execution: str
    trigger: Trigger
    project: str | None = None
    key: str | None = None
    version_id: str | None = None
    dataset: str | None = None
    parents: tuple[str, ...] = ()
    actor: str
    reason: str = ""


class Result(Record):
    """The dataset version to go on with, or why there is none."""

    outcome: Literal["registered", "nothing_new", "rejected"]
    run: str
    project: str
    spec: str | None = None
    code: str | None = None
    image: str | None = None
    dataset: str | None = None
    batches: tuple[Batch, ...] = ()
    training: TrainingPlan | None = None
    reasons: tuple[Reason, ...] = ()
    previous_run: str | None = None


@dataclass(frozen=True)
class _Given:
    """The request, the time, and the collaborators of one call."""

    request: Request
    project: str
    at: str
    objects: ObjectStore
    datasets: DatasetStore
    ledger: Ledger
    lineage: Lineage
    events: EventBus
    tables: Tables


def register_dataset(  # noqa: PLR0913 - collaborators are given by keyword
    request: Request,
    *,
    objects: ObjectStore,
    specs: SpecStore,
    datasets: DatasetStore,
    ledger: Ledger,
    lineage: Lineage,
    events: EventBus,
    tables: Tables,
    clock: Clock,
) -> Result:
    """Read, digest, split and store an upload once; a version that is there is used again."""
    project = request.project or project_of(request.key or "")
    at = clock.now().isoformat()
    given = _Given(request, project, at, objects, datasets, ledger, lineage, events, tables)
    _open_run(given)
    try:
        record = ledger.project(project)
    except NotFoundError as error:
        return _rejected(given, (unknown_project(project, str(error)),))
    spec = specs.spec(project, record.spec)
    image = training_image(spec, record)
    known = {"spec": record.spec, "code": record.code, "image": image}
    ledger.update_run(request.run, project, known)
    found = _version(given, spec, record)
    if found.manifest is None or found.reasons:
        return _rejected(given, found.reasons, record.spec, record.code, image)
    ledger.update_run(request.run, project, {"dataset": found.manifest.digest})
    return _decided(given, spec, record, found.manifest)


def _rejected(
    given: _Given,
    reasons: tuple[Reason, ...],
    spec: str | None = None,
    code: str | None = None,
    image: str | None = None,
) -> Result:
    return Result(
        outcome="rejected",
        run=given.request.run,
        project=given.project,
        spec=spec,
        code=code,
        image=image,
        reasons=reasons,
    )


def _open_run(given: _Given) -> None:
    request = given.request
    given.ledger.open_run(
        Run(
            id=request.run,
            project=given.project,
            execution=request.execution,
            trigger=request.trigger,
            actor=request.actor,
            reason=request.reason,
            started_at=given.at,
            key=request.key,
            version_id=request.version_id,
        )
    )


def _version(given: _Given, spec: ProjectSpec, record: ProjectRecord) -> Registered:
    if given.request.key is None:
        return _existing(given, spec)
    upload = Upload(
        project=given.project,
        key=given.request.key,
        version_id=given.request.version_id,
        spec=spec,
        spec_digest=record.spec,
        salt=record.salt,
        parents=given.request.parents,
        actor=given.request.actor,
        at=given.at,
    )
    found = register_upload(
        upload, objects=given.objects, datasets=given.datasets, tables=given.tables
    )
    if found.manifest is not None:
        _announce(given, record, found.manifest)
    return found


def _existing(given: _Given, spec: ProjectSpec) -> Registered:
    """Return the version that was asked for, else the newest, if it fits the spec of today."""
    known = given.ledger.datasets(given.project)
    wanted = given.request.dataset or (known[0] if known else None)
    if wanted is None or not given.datasets.has(given.project, wanted):
        return Registered(reasons=(unknown_dataset(given.project, given.request.dataset, known),))
    manifest = given.datasets.manifest(given.project, wanted)
    return Registered(manifest, column_reasons(spec, manifest))


def _announce(given: _Given, record: ProjectRecord, manifest: Manifest) -> None:
    """List the version and its lineage; its first upload is announced on the bus."""
    request = given.request
    given.ledger.add_dataset(manifest)
    given.lineage.record(_edges(given, record, manifest))
    if (manifest.source.key, manifest.source.version_id) == (request.key, request.version_id):
        given.events.publish(
            Event(
                name="DatasetRegistered",
                project=given.project,
                actor=request.actor,
                at=manifest.registered_at,
                reason=request.reason,
                detail={
                    "run": request.run,
                    "dataset": manifest.digest,
                    "rows": manifest.rows,
                    "quarantined_rows": manifest.quarantined_rows,
                },
            )
        )


def _edges(given: _Given, record: ProjectRecord, manifest: Manifest) -> list[Edge]:
    request = given.request
    targets: list[tuple[Relation, NodeKind, str]] = [
        ("registered_from", "upload", f"{request.key}@{request.version_id or 'newest'}"),
        ("described_by", "spec", record.spec),
        ("produced_by", "run", request.run),
    ]
    for parent in request.parents:
        kind: NodeKind = "receipt" if parent.startswith("labelled-receipts:") else "dataset"
        targets.append(("derived_from", kind, parent))
    dataset = Node(project=given.project, kind="dataset", id=manifest.digest)
    return [
        Edge(
            source=dataset,
            relation=relation,
            target=Node(project=given.project, kind=kind, id=identity),
            at=given.at,
        )
        for relation, kind, identity in targets
    ]


def _decided(given: _Given, spec: ProjectSpec, record: ProjectRecord, manifest: Manifest) -> Result:
    """Go on with the version, unless another run has given this very question its verdict."""
    run, image = given.request.run, training_image(spec, record)
    key = RunKey(dataset=manifest.digest, spec=record.spec, code=record.code, image=image)
    previous = given.ledger.verdict(given.project, key)
    new = previous is None or previous == run
    plan = plan_training(spec, record, run=run, dataset=manifest.digest, uri=given.objects.uri)
    return Result(
        outcome="registered" if new else "nothing_new",
        run=run,
        project=given.project,
        spec=record.spec,
        code=record.code,
        image=image,
        dataset=manifest.digest,
        batches=manifest.batches if new else (),
        training=plan if new else None,
        previous_run=None if new else previous,
    )
