"""Count the columns of one batch of parts over the frozen bins of their dataset version."""

import tempfile
from pathlib import Path

from loopwright.domain.counting import ProfileDocument, read_bins
from loopwright.domain.record import Record, canonical_json, digest_of
from loopwright.ports import DatasetStore, ObjectStore, Tables
from loopwright.steps.download import download_parts


class Request(Record):
    """One batch of a dataset version."""

    run: str
    project: str
    dataset: str
    batch: int


class Result(Record):
    """Where the counts of the batch lie."""

    batch: int
    key: str
    digest: str


def profile_part(
    request: Request, *, objects: ObjectStore, datasets: DatasetStore, tables: Tables
) -> Result:
    """Count the batch and store the counts; a second time stores the same bytes."""
    version = f"datasets/{request.project}/{request.dataset}"
    bins = read_bins(objects.read(f"{version}/bins.json"))
    batch = datasets.manifest(request.project, request.dataset).batches[request.batch]
    with tempfile.TemporaryDirectory() as folder:
        counts = tables.count(download_parts(objects, batch.keys, Path(folder)), bins)
    body = canonical_json(ProfileDocument(batch=batch.index, keys=batch.keys, counts=counts))
    key = f"{version}/profiles/{batch.index}.json"
    objects.write(key, body)
    return Result(batch=batch.index, key=key, digest=digest_of(body))
