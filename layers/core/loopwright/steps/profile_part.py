"""Count one batch of parts: its profile, its facts, and what is compared with other batches."""

import tempfile
from pathlib import Path

from loopwright.domain.counting import ClassRows, ProfileDocument, read_bins
from loopwright.domain.facts import bucket_key, profile_key
from loopwright.domain.record import Record, canonical_json, digest_of
from loopwright.ports import DatasetStore, ObjectStore, SpecStore, Tables
from loopwright.steps.download import download_verified


class Request(Record):
    """One batch of a dataset version, by its number."""

    run: str
    project: str
    spec: str
    dataset: str
    batch: int


class Result(Record):
    """Where the counts of the batch lie."""

    batch: int
    key: str
    digest: str


def profile_part(
    request: Request,
    *,
    objects: ObjectStore,
    specs: SpecStore,
    datasets: DatasetStore,
    tables: Tables,
) -> Result:
    """Count the batch and store the counts; a second time stores the same bytes."""
    names = (request.project, request.dataset, request.spec)
    spec = specs.spec(request.project, request.spec)
    bins = read_bins(objects.read(f"datasets/{request.project}/{request.dataset}/bins.json"))
    manifest = datasets.manifest(request.project, request.dataset)
    batch = manifest.batches[request.batch]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys = set(batch.keys)
        chosen = [part for part in manifest.parts if part.key in keys]
        paths = download_verified(objects, chosen, folder)
        parts = dict(zip(batch.keys, paths, strict=True))
        profiled = tables.profile(paths, bins)
        document = ProfileDocument(
            batch=batch.index,
            keys=batch.keys,
            counts=profiled.counts,
            details=profiled.details,
            facts=tables.facts(parts, spec),
            crossed=None if manifest.buckets else tables.compare(parts, spec),
            by_class={
                name: ClassRows.of(bins_of_class)
                for name, bins_of_class in tables.by_class(paths, bins, spec).items()
            },
        )
        if manifest.buckets:
            spread = tables.spread(parts, spec, folder, buckets=manifest.buckets)
            for bucket, path in spread.items():
                objects.upload(bucket_key(*names, batch.index, bucket), path)
    body = canonical_json(document)
    key = profile_key(*names, batch.index)
    objects.write(key, body)
    return Result(batch=batch.index, key=key, digest=digest_of(body))
