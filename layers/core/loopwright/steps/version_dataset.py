"""Make one immutable dataset version of the batches that were read."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from loopwright.domain.bins import Bins
from loopwright.domain.catalog import version_entry
from loopwright.domain.counting import bins_document
from loopwright.domain.dataset import Manifest
from loopwright.domain.events import Event
from loopwright.domain.external_table import ExternalTable, external_table, folder_of
from loopwright.domain.gate import Reason
from loopwright.domain.lineage import Edge, Node, NodeKind, Relation
from loopwright.domain.profile_summary import Summary, bins_of, merge
from loopwright.domain.reading import (
    MAX_KEPT,
    QuarantinedRow,
    is_unreadable,
    read_quarantine,
    unreadable_reasons,
)
from loopwright.domain.record import Record, canonical_json
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.staging import (
    Layout,
    PlacedPart,
    ReadingPlan,
    StagedBatch,
    StoredDocument,
    copies,
    in_order,
    lay_out,
    manifest_of,
    version_digest,
)
from loopwright.domain.upload_reasons import no_rows
from loopwright.errors import WriteOnceError
from loopwright.ports import (
    Catalog,
    Clock,
    DatasetStore,
    EventBus,
    ExternalTables,
    Ledger,
    Lineage,
    ObjectStore,
    SpecStore,
)
from loopwright.steps.documents import get_document
from loopwright.steps.registration import Registration, registered, rejected

MAX_REASONS = 20
REQUESTS_AT_ONCE = 8


class ReadBatch(Record):
    """What a ReadPart child returned."""

    batch: int
    key: str
    digest: str


class Request(Record):
    """The plan of a run, and what its batches gave."""

    run: str
    project: str
    plan: StoredDocument
    parts: tuple[ReadBatch, ...]


class Result(Registration):
    """The dataset version to go on with, or why there is none."""


@dataclass(frozen=True)
class _Given:
    """What one call works on: the plan, its spec, the batches, the time and the stores."""

    plan: ReadingPlan
    spec: ProjectSpec
    staged: tuple[StagedBatch, ...]
    at: str
    objects: ObjectStore
    datasets: DatasetStore

    @property
    def project(self) -> str:
        """Return the project's name."""
        return self.plan.record.project


def version_dataset(  # noqa: PLR0913 - the collaborators of a step that also fills the catalog
    request: Request,
    *,
    objects: ObjectStore,
    specs: SpecStore,
    datasets: DatasetStore,
    ledger: Ledger,
    catalog: Catalog,
    lineage: Lineage,
    events: EventBus,
    clock: Clock,
    external_tables: ExternalTables | None = None,
) -> Result:
    """Lay out, copy and list the version that the batches make, unless too few rows can be read.

    With `external_tables`, the project's table is pointed at it, unless a newer one is there.
    """
    plan = get_document(objects, request.plan, ReadingPlan)
    spec = specs.spec(request.project, plan.record.spec)
    staged = in_order(plan, _documents(request.parts, objects))
    given = _Given(plan, spec, staged, clock.now().isoformat(), objects, datasets)
    reasons = _refusals(given)
    if reasons:
        found = rejected(plan.run, given.project, reasons, spec=spec, record=plan.record)
        return _result(found)
    manifest = _version(given)
    ledger.add_dataset(manifest)
    catalog.add_version(given.project, version_entry(manifest))
    lineage.record(_edges(given, manifest.digest))
    if external_tables is not None:
        external_tables.point(_external_table(given, manifest))
    if manifest.run == plan.run:
        events.publish(_event(plan, manifest))
    return _result(
        registered(plan.run, spec, plan.record, manifest, ledger=ledger, objects=objects)
    )


def _result(registration: Registration) -> Result:
    return Result.model_validate(registration.model_dump())


def _documents(parts: Sequence[ReadBatch], objects: ObjectStore) -> list[StagedBatch]:
    stored = [StoredDocument(key=part.key, digest=part.digest) for part in parts]
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        return list(pool.map(lambda one: get_document(objects, one, StagedBatch), stored))


def _refusals(given: _Given) -> tuple[Reason, ...]:
    """Return why files cannot be used, else why there are no rows, or too many unreadable ones."""
    reasons = [reason for batch in given.staged for reason in batch.reasons]
    if reasons:
        return tuple(reasons[:MAX_REASONS])
    rows = sum(batch.rows for batch in given.staged)
    count = sum(batch.quarantined_rows for batch in given.staged)
    if not rows and not count:
        return (no_rows(given.plan.key),)
    limit = given.spec.rows.max_unreadable_share
    if not is_unreadable(rows, count, limit=limit):
        return ()
    return unreadable_reasons(rows, count, _quarantined(given), limit=limit)


def _quarantined(given: _Given) -> list[QuarantinedRow]:
    """Return the first rows that were kept out, to say what is wrong with them."""
    found: list[QuarantinedRow] = []
    for batch in given.staged:
        if batch.quarantine_key is not None and len(found) < MAX_KEPT:
            found += read_quarantine(given.objects.read(batch.quarantine_key))
    return found[:MAX_KEPT]


def _version(given: _Given) -> Manifest:
    """Store the version, the manifest last; of parallel runs the first layout decides."""
    digest = version_digest(given.spec, given.staged)
    if not given.datasets.has(given.project, digest):
        layout = _layout(given, digest)
        _copy(copies(layout, given.staged), given.objects)
        version = f"datasets/{given.project}/{digest}"
        given.objects.write(f"{version}/bins.json", bins_document(layout.bins))
        given.datasets.put_manifest(
            manifest_of(given.plan, given.spec, given.staged, layout, digest=digest, at=given.at)
        )
    return given.datasets.manifest(given.project, digest)


def _layout(given: _Given, digest: str) -> Layout:
    key = f"datasets/{given.project}/{digest}/layout.json"
    ours = lay_out(given.plan, given.staged, digest, _bins(given))
    try:
        given.objects.write(key, canonical_json(ours))
    except WriteOnceError:
        return Layout.model_validate_json(given.objects.read(key))
    return ours


def _bins(given: _Given) -> dict[str, Bins]:
    stored = [batch.summary for batch in given.staged if batch.summary is not None]
    summaries = (get_document(given.objects, one, Summary) for one in stored)
    return bins_of(merge(summaries), given.spec)


def _copy(placed: Sequence[PlacedPart], objects: ObjectStore) -> None:
    def copy(one: PlacedPart) -> None:
        objects.copy(one.staged, one.part.key, digest=one.part.digest)

    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        list(pool.map(copy, placed))


def _external_table(given: _Given, manifest: Manifest) -> ExternalTable:
    location = given.objects.uri(folder_of(manifest))
    spec_digest = given.plan.record.spec
    return external_table(manifest, given.spec, spec_digest=spec_digest, location=location)


def _event(plan: ReadingPlan, manifest: Manifest) -> Event:
    return Event(
        name="DatasetRegistered",
        project=manifest.project,
        actor=plan.actor,
        at=manifest.registered_at,
        reason=plan.reason,
        detail={
            "run": plan.run,
            "dataset": manifest.digest,
            "rows": manifest.rows,
            "quarantined_rows": manifest.quarantined_rows,
        },
    )


def _edges(given: _Given, digest: str) -> list[Edge]:
    plan = given.plan
    targets: list[tuple[Relation, NodeKind, str]] = [
        ("registered_from", "upload", f"{plan.key}@{plan.version_id or 'newest'}"),
        ("described_by", "spec", plan.record.spec),
        ("produced_by", "run", plan.run),
    ]
    for parent in plan.parents:
        kind: NodeKind = "receipt" if parent.startswith("labelled-receipts:") else "dataset"
        targets.append(("derived_from", kind, parent))
    dataset = Node(project=given.project, kind="dataset", id=digest)
    return [
        Edge(
            source=dataset,
            relation=relation,
            target=Node(project=given.project, kind=kind, id=identity),
            at=given.at,
        )
        for relation, kind, identity in targets
    ]
