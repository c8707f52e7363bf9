"""Assemble a retraining set: the champion's rows and the labelled receipts."""

import tempfile
from pathlib import Path

from loopwright.domain.assembly import assemble
from loopwright.domain.record import Record
from loopwright.domain.validation import column_reasons
from loopwright.errors import ObjectMissingError, UnreadableDataError
from loopwright.ports import (
    Clock,
    DatasetStore,
    Ledger,
    ObjectStore,
    ReceiptStore,
    SpecStore,
    Tables,
)
from loopwright.steps.download import download_parts


class Request(Record):
    """The champion, the dataset version it was trained on, and the retraining run."""

    project: str
    run: str
    champion: str
    dataset: str


class Result(Record):
    """The assembled upload, what it was made from, and how many rows came from where.

    `replaced` labelled predictions gave way to a newer receipt of their key; `misfits` did not
    fit the spec. After a repeated call, which finds the upload there, only `rows` is counted.
    """

    key: str
    parents: tuple[str, ...]
    rows: int
    labelled: int = 0
    replaced: int = 0
    misfits: int = 0


def assemble_dataset(
    request: Request,
    *,
    objects: ObjectStore,
    specs: SpecStore,
    datasets: DatasetStore,
    ledger: Ledger,
    receipts: ReceiptStore,
    tables: Tables,
    clock: Clock,
) -> Result:
    """Write `assembled/<project>/<run>.parquet` once; labels that come later do not change it."""
    key = f"assembled/{request.project}/{request.run}.parquet"
    parents = (request.dataset, f"labelled-receipts:{request.run}")
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "assembled.parquet"
        if _download_existing(objects, key, path):
            return Result(key=key, parents=parents, rows=tables.rows([path]))
        spec = specs.spec(request.project, ledger.project(request.project).spec)
        found = assemble(spec, receipts.labelled(request.project), now=clock.now())
        manifest = datasets.manifest(request.project, request.dataset)
        differ = column_reasons(spec, manifest)
        if differ:
            raise UnreadableDataError("; ".join(reason.message for reason in differ))
        keys = [part.key for part in (*manifest.training, *manifest.holdout)]
        parts = download_parts(objects, keys, Path(name))
        rows = tables.extend(
            parts, found.rows, spec, path, kept_rows=spec.retraining.max_history_rows
        )
        objects.upload(key, path)
    return Result(
        key=key,
        parents=parents,
        rows=rows,
        labelled=len(found.rows),
        replaced=found.replaced,
        misfits=found.misfits,
    )


def _download_existing(objects: ObjectStore, key: str, path: Path) -> bool:
    try:
        objects.download(key, path)
    except ObjectMissingError:
        return False
    return True
