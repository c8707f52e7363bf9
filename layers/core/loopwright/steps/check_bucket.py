"""Compare the rows of a dataset version that fell into one hash bucket, over all its batches."""

import tempfile
from pathlib import Path

from loopwright.domain.facts import bucket_key, cross_key
from loopwright.domain.record import Record, canonical_json, digest_of
from loopwright.ports import ObjectStore, SpecStore, Tables
from loopwright.steps.download import download_parts


class Request(Record):
    """One bucket of a dataset version that was profiled in so many batches."""

    run: str
    project: str
    spec: str
    dataset: str
    bucket: int
    batches: int


class Result(Record):
    """Where the facts of the bucket lie."""

    bucket: int
    key: str
    digest: str


def check_bucket(
    request: Request, *, objects: ObjectStore, specs: SpecStore, tables: Tables
) -> Result:
    """Compare the records of the bucket; a missing batch is an error of the object store."""
    spec = specs.spec(request.project, request.spec)
    names = (request.project, request.dataset, request.spec)
    keys = [bucket_key(*names, batch, request.bucket) for batch in range(request.batches)]
    with tempfile.TemporaryDirectory() as folder:
        facts = tables.cross_check(download_parts(objects, keys, Path(folder)), spec)
    body = canonical_json(facts)
    key = cross_key(*names, request.bucket)
    objects.write(key, body)
    return Result(bucket=request.bucket, key=key, digest=digest_of(body))
