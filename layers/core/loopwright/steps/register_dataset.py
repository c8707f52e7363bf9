"""Open a run, and plan how its upload is read; or take the version that was asked for."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from loopwright.domain.dataset import Source
from loopwright.domain.gate import Reason
from loopwright.domain.record import Record
from loopwright.domain.run import ProjectRecord, Run, Trigger
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.staging import ReadingPlan, reading_batches
from loopwright.domain.training_plan import importing, training_image
from loopwright.domain.upload_reasons import too_large
from loopwright.domain.uploads import (
    folder_of,
    missing_upload,
    project_of,
    table_keys,
    unknown_dataset,
    unknown_project,
)
from loopwright.domain.validation import column_reasons
from loopwright.errors import NotFoundError, ObjectMissingError
from loopwright.ports import Clock, DatasetStore, Ledger, ObjectInfo, ObjectStore, SpecStore
from loopwright.steps.documents import put_document
from loopwright.steps.registration import Registration, registered, rejected

MAX_FILE_BYTES = 5_000_000_000
REQUESTS_AT_ONCE = 8


class Request(Record):
    """What triggered the run: an upload's key, or a project with an optional dataset version.

    `imported` is the sha256 of a model's archive that is judged in place of training one.
    """

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
    imported: str | None = None


class Result(Registration):
    """The batches to read, the version that was asked for, or why there is neither."""


@dataclass(frozen=True)
class _Given:
    """The request, its project, and the collaborators of one call."""

    request: Request
    project: str
    objects: ObjectStore
    datasets: DatasetStore
    ledger: Ledger


def register_dataset(
    request: Request,
    *,
    objects: ObjectStore,
    specs: SpecStore,
    datasets: DatasetStore,
    ledger: Ledger,
    clock: Clock,
) -> Result:
    """Open the run, find the project's spec and the uploaded files, and plan the batches."""
    project = request.project or project_of(request.key or "")
    given = _Given(request, project, objects, datasets, ledger)
    _open_run(given, clock.now().isoformat())
    try:
        record = ledger.project(project)
    except NotFoundError as error:
        reasons = (unknown_project(project, str(error)),)
        return _result(rejected(request.run, project, reasons))
    if request.imported is not None:
        record = importing(record, request.imported)
    spec = specs.spec(project, record.spec)
    known = {"spec": record.spec, "code": record.code, "image": training_image(spec, record)}
    ledger.update_run(request.run, project, known)
    if request.key is None:
        return _result(_existing(given, spec, record))
    return _result(_planned(given, request.key, spec, record))


def _result(registration: Registration) -> Result:
    return Result.model_validate(registration.model_dump())


def _open_run(given: _Given, at: str) -> None:
    request = given.request
    given.ledger.open_run(
        Run(
            id=request.run,
            project=given.project,
            execution=request.execution,
            trigger=request.trigger,
            actor=request.actor,
            reason=request.reason,
            started_at=at,
            key=request.key,
            version_id=request.version_id,
        )
    )


def _existing(given: _Given, spec: ProjectSpec, record: ProjectRecord) -> Registration:
    """Return the version that was asked for, else the newest, if it fits the spec of today."""
    run, project = given.request.run, given.project
    known = given.ledger.datasets(project)
    wanted = given.request.dataset or (known[0] if known else None)
    if wanted is None or not given.datasets.has(project, wanted):
        unknown = unknown_dataset(project, given.request.dataset, known)
        return rejected(run, project, (unknown,), spec=spec, record=record)
    manifest = given.datasets.manifest(project, wanted)
    reasons = column_reasons(spec, manifest)
    if reasons:
        return rejected(run, project, reasons, spec=spec, record=record)
    return registered(run, spec, record, manifest, ledger=given.ledger, objects=given.objects)


def _planned(given: _Given, key: str, spec: ProjectSpec, record: ProjectRecord) -> Registration:
    """Plan the batches of an upload, and keep the plan: the state passes its key only."""
    request = given.request
    found = _describe(key, request.version_id, given.objects)
    reasons = _refusals(key, found)
    if reasons:
        return rejected(request.run, given.project, reasons, spec=spec, record=record)
    sources = tuple(
        Source(key=info.key, version_id=info.version_id, bytes=info.bytes) for info in found
    )
    plan = ReadingPlan(
        run=request.run,
        key=key,
        version_id=request.version_id,
        record=record,
        sources=sources,
        batches=reading_batches(sources),
        parents=request.parents,
        actor=request.actor,
        reason=request.reason,
    )
    prefix = f"staging/{given.project}/{request.run}/plan"
    return Registration(
        outcome="to_read",
        run=request.run,
        project=given.project,
        spec=record.spec,
        code=record.code,
        image=training_image(spec, record),
        plan=put_document(given.objects, prefix, plan),
        reading=tuple(batch.index for batch in plan.batches),
    )


def _refusals(key: str, found: list[ObjectInfo]) -> tuple[Reason, ...]:
    if not found:
        return (missing_upload(key),)
    large = [info for info in found if info.bytes > MAX_FILE_BYTES]
    return tuple(too_large(info.key, MAX_FILE_BYTES) for info in large)


def _describe(key: str, version_id: str | None, objects: ObjectStore) -> list[ObjectInfo]:
    folder = folder_of(key)
    try:
        if folder is None:
            return [objects.head(key, version_id=version_id)]
    except ObjectMissingError:
        return []
    keys = table_keys(objects.keys(folder))
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        return list(pool.map(objects.head, keys))
