"""How RegisterDataset turns an upload into the objects of a dataset version."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from loopwright.domain.counting import bins_document
from loopwright.domain.dataset import Manifest, Part, Source
from loopwright.domain.digest import table_digest
from loopwright.domain.gate import Reason
from loopwright.domain.reading import (
    CanonicalTable,
    Reading,
    WrittenPart,
    quarantine_document,
    too_large,
    unreadable_reasons,
)
from loopwright.domain.record import digest_of
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.uploads import folder_of, missing_upload, table_keys
from loopwright.errors import ObjectMissingError
from loopwright.ports import DatasetStore, ObjectInfo, ObjectStore, Tables

MAX_UPLOAD_BYTES = 5_000_000_000


@dataclass(frozen=True)
class Upload:
    """An upload, the spec it is read by, and who brought it."""

    project: str
    key: str
    version_id: str | None
    spec: ProjectSpec
    spec_digest: str
    salt: str
    parents: tuple[str, ...]
    actor: str
    at: str


@dataclass(frozen=True)
class Registered:
    """The version that the upload holds, or the reasons why there is none."""

    manifest: Manifest | None = None
    reasons: tuple[Reason, ...] = ()


def register_upload(
    upload: Upload, *, objects: ObjectStore, datasets: DatasetStore, tables: Tables
) -> Registered:
    """Store an upload as a dataset version: quarantine, parts, bins, and the manifest last."""
    found = _describe(upload, objects)
    size = sum(info.bytes for info in found)
    if not found:
        return Registered(reasons=(missing_upload(upload.key),))
    if size > MAX_UPLOAD_BYTES:
        return Registered(reasons=(too_large(upload.key, MAX_UPLOAD_BYTES),))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = _download(found, objects, folder)
        reading = tables.read(files, upload.spec, salt=upload.salt, folder=folder / "version")
        quarantine = _store_quarantine(upload, reading, objects)
        refused = reading.reasons or unreadable_reasons(
            reading.rows,
            reading.quarantined_rows,
            reading.quarantined,
            limit=upload.spec.rows.max_unreadable_share,
        )
        if reading.table is None or refused:
            return Registered(reasons=refused)
        digest = _digest(upload, reading.table)
        if not datasets.has(upload.project, digest):
            sniffed = next(reversed(reading.sniffed.values()))
            source = Source(
                key=upload.key, version_id=upload.version_id, bytes=size, sniffed=sniffed
            )
            manifest = _store_parts(upload, reading, reading.table, source, quarantine, objects)
            datasets.put_manifest(manifest)
        return Registered(manifest=datasets.manifest(upload.project, digest))


def _digest(upload: Upload, table: CanonicalTable) -> str:
    spec = upload.spec
    share = spec.holdout.share
    return table_digest(
        table.digest_sum, table.rows, table.columns, key=spec.sealed_by, sealed_share=share
    )


def _describe(upload: Upload, objects: ObjectStore) -> list[ObjectInfo]:
    folder = folder_of(upload.key)
    try:
        if folder is None:
            return [objects.head(upload.key, version_id=upload.version_id)]
    except ObjectMissingError:
        return []
    return [objects.head(key) for key in table_keys(objects.keys(folder))]


def _download(found: list[ObjectInfo], objects: ObjectStore, folder: Path) -> dict[str, Path]:
    files = {}
    for place, info in enumerate(found):
        path = folder / f"upload-{place:05d}"
        objects.download(info.key, path, version_id=info.version_id)
        files[info.key] = path
    return files


def _store_quarantine(upload: Upload, reading: Reading, objects: ObjectStore) -> str | None:
    """Keep the unreadable rows under the digest of what is kept; None when there are none."""
    if not reading.quarantined:
        return None
    body = quarantine_document(reading.quarantined)
    key = f"quarantine/{upload.project}/{digest_of(body)}.jsonl"
    objects.write(key, body)
    return key


def _store_parts(
    upload: Upload,
    reading: Reading,
    table: CanonicalTable,
    source: Source,
    quarantine: str | None,
    objects: ObjectStore,
) -> Manifest:
    project, digest = upload.project, _digest(upload, table)
    training = _upload(table.training, f"datasets/{project}/{digest}/train", objects)
    holdout = _upload(table.holdout, f"holdout/{project}/{digest}", objects)
    objects.write(f"datasets/{project}/{digest}/bins.json", bins_document(table.bins))
    return Manifest(
        project=project,
        digest=digest,
        spec=upload.spec_digest,
        columns=table.columns,
        key=upload.spec.key,
        training=training,
        holdout=holdout,
        rows=table.rows,
        training_rows=sum(part.rows for part in training),
        holdout_rows=sum(part.rows for part in holdout),
        quarantined_rows=reading.quarantined_rows,
        quarantine_key=quarantine,
        source=source,
        parents=upload.parents,
        actor=upload.actor,
        registered_at=upload.at,
    )


def _upload(parts: tuple[WrittenPart, ...], prefix: str, objects: ObjectStore) -> tuple[Part, ...]:
    stored = []
    for part in parts:
        key = f"{prefix}/{part.path.name}"
        objects.upload(key, part.path)
        stored.append(Part(key=key, rows=part.rows, bytes=part.bytes, digest=part.digest))
    return tuple(stored)
