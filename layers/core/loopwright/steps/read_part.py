"""Read one batch of uploaded files into typed parts, which wait in `staging/`."""

import tempfile
from pathlib import Path

from loopwright.domain.dataset import Part, Source
from loopwright.domain.reading import Reading, WrittenPart, quarantine_document
from loopwright.domain.record import Record, digest_of
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.staging import ReadingPlan, StagedBatch, StoredDocument
from loopwright.ports import ObjectStore, SpecStore, Tables
from loopwright.steps.documents import get_document, put_document


class Request(Record):
    """One batch of the plan of a run."""

    run: str
    project: str
    plan: StoredDocument
    batch: int


class Result(Record):
    """Where it is said what the batch gave."""

    batch: int
    key: str
    digest: str


def read_part(
    request: Request, *, objects: ObjectStore, specs: SpecStore, tables: Tables
) -> Result:
    """Read the batch and store its parts and its unreadable rows; again stores the same.

    Everything is stored under its digest, so a child that was killed leaves nothing in the way.
    """
    plan = get_document(objects, request.plan, ReadingPlan)
    spec = specs.spec(request.project, plan.record.spec)
    sources = plan.sources_of(request.batch)
    prefix = f"staging/{request.project}/{request.run}/{request.batch}"
    with tempfile.TemporaryDirectory() as name:
        files = _download(sources, objects, Path(name))
        reading = tables.read(files, spec, salt=plan.record.salt, folder=Path(name) / "version")
        summary = _summarised(reading, spec, objects, tables, prefix)
        staged = _stored(request, sources, reading, summary, objects, prefix)
    stored = put_document(objects, prefix, staged)
    return Result(batch=request.batch, key=stored.key, digest=stored.digest)


def _download(sources: tuple[Source, ...], objects: ObjectStore, folder: Path) -> dict[str, Path]:
    files = {}
    for place, source in enumerate(sources):
        files[source.key] = folder / f"upload-{place:05d}"
        objects.download(source.key, files[source.key], version_id=source.version_id)
    return files


def _summarised(
    reading: Reading, spec: ProjectSpec, objects: ObjectStore, tables: Tables, prefix: str
) -> StoredDocument | None:
    """Keep what the bins of the version are frozen from: the first pass over the rows."""
    if not reading.rows or reading.table is None:
        return None
    paths = [part.path for part in (*reading.table.training, *reading.table.holdout)]
    return put_document(objects, f"{prefix}-summary", tables.summarise(paths, spec))


def _stored(
    request: Request,
    sources: tuple[Source, ...],
    reading: Reading,
    summary: StoredDocument | None,
    objects: ObjectStore,
    prefix: str,
) -> StagedBatch:
    table = reading.table
    told = tuple(
        source.model_copy(update={"sniffed": reading.sniffed.get(source.key, {})})
        for source in sources
    )
    return StagedBatch(
        batch=request.batch,
        sources=told,
        reasons=reading.reasons,
        rows=reading.rows,
        digest_sum=f"{0 if table is None else table.digest_sum:064x}",
        columns=() if table is None else table.columns,
        training=() if table is None else _upload(table.training, prefix, objects),
        holdout=() if table is None else _upload(table.holdout, prefix, objects),
        summary=summary,
        quarantined_rows=reading.quarantined_rows,
        quarantine_key=_store_quarantine(request.project, reading, objects),
    )


def _upload(parts: tuple[WrittenPart, ...], prefix: str, objects: ObjectStore) -> tuple[Part, ...]:
    stored = []
    for part in parts:
        key = f"{prefix}/{part.digest}.parquet"
        objects.upload(key, part.path)
        stored.append(Part(key=key, rows=part.rows, bytes=part.bytes, digest=part.digest))
    return tuple(stored)


def _store_quarantine(project: str, reading: Reading, objects: ObjectStore) -> str | None:
    """Keep the unreadable rows under the digest of what is kept; None when there are none."""
    if not reading.quarantined:
        return None
    body = quarantine_document(reading.quarantined)
    key = f"quarantine/{project}/{digest_of(body)}.jsonl"
    objects.write(key, body)
    return key
