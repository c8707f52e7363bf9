"""Join true outcomes to receipts, from the API or from a file under `labels/<project>/`."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from pydantic import Field

from loopwright.domain.labels import (
    Label,
    LabelRow,
    RowResult,
    merge_labels,
    refused,
)
from loopwright.domain.labels_file import LabelsFile, read_labels_file
from loopwright.domain.model import Signature
from loopwright.domain.receipt import Receipt
from loopwright.domain.record import Record, canonical_json, digest_of
from loopwright.domain.requests_json import read_document
from loopwright.errors import (
    ConflictError,
    NotFoundError,
    RequestTooLargeError,
    UnreadableDataError,
)
from loopwright.ports import Clock, ModelStore, ObjectStore, ReceiptStore

MAX_FILE_BYTES = 50_000_000
MAX_LABELS = 10_000
MAX_RECEIPTS = 1_000
MAX_ANSWERED_REFUSALS = 100
ATTEMPTS = 5


class SentLabel(Record):
    """One label of a request's body."""

    receipt: str
    instance: int
    label: Label


class Body(Record):
    """The body of POST /projects/{project}/labels."""

    labels: tuple[SentLabel, ...] = Field(max_length=MAX_LABELS)


class Request(Record):
    """Labels in a body, or the key of a file of labels."""

    project: str
    actor: str
    body: bytes = b""
    key: str | None = None


class Result(Record):
    """How many labels were accepted, were there already, and were refused, with every reason."""

    project: str
    accepted: int = 0
    already: int = 0
    refused: int = 0
    refusals: tuple[RowResult, ...] = ()
    report: str | None = None


def record_labels(
    request: Request,
    *,
    receipts: ReceiptStore,
    models: ModelStore,
    objects: ObjectStore,
    clock: Clock,
    max_body_bytes: int,
) -> Result:
    """Merge labels receipt by receipt; a refused row never stops the others."""
    joiner = _Joiner(request, receipts=receipts, models=models, clock=clock)
    if request.key is None:
        return joiner.result(_sent(request.body, max_body_bytes))
    try:
        found = _file(request.key, objects)
    except UnreadableDataError as error:
        whole = RowResult(row=0, receipt="", instance=None, status="refused", reason=str(error))
        found = LabelsFile(rows=(), refused=(whole,))
    return _reported(request.key, joiner.result(found), objects)


def request_of_file(event: Mapping[str, Any]) -> Request:
    """Return the request of an S3 event "Object Created" under `labels/<project>/`."""
    key = event["detail"]["object"]["key"]
    return Request(project=key.split("/")[1], actor=f"s3:{key}", key=key)


class _Joiner:
    """Merges the labels of one request; signatures are read once per model."""

    def __init__(
        self, request: Request, *, receipts: ReceiptStore, models: ModelStore, clock: Clock
    ) -> None:
        self._request = request
        self._receipts = receipts
        self._models = models
        self._at = clock.now().isoformat()
        self._signatures: dict[str, Signature] = {}

    def result(self, found: LabelsFile) -> Result:
        ordered = sorted(found.rows, key=lambda row: row.receipt)
        results = list(found.refused)
        for receipt, rows in groupby(ordered, key=lambda row: row.receipt):
            results.extend(self._merge(receipt, list(rows)))
        refusals = [result for result in results if result.status == "refused"]
        statuses = [result.status for result in results]
        return Result(
            project=self._request.project,
            accepted=statuses.count("accepted"),
            already=statuses.count("already"),
            refused=statuses.count("refused"),
            refusals=tuple(sorted(refusals, key=lambda result: result.row)),
        )

    def _merge(self, name: str, rows: Sequence[LabelRow]) -> Iterable[RowResult]:
        try:
            receipt = self._receipts.get(self._request.project, name)
        except NotFoundError as error:
            return [refused(row, str(error)) for row in rows]
        for _ in range(ATTEMPTS):
            try:
                return self._store(receipt, rows)
            except ConflictError:  # somebody labelled the same receipt: read again and merge
                continue
        reason = f"the labels of this receipt changed {ATTEMPTS} times meanwhile; send them again"
        return [refused(row, reason) for row in rows]

    def _store(self, receipt: Receipt, rows: Sequence[LabelRow]) -> Iterable[RowResult]:
        previous = self._receipts.labels(receipt.project, receipt.id)
        merge = merge_labels(
            receipt,
            self._signature(receipt.model),
            previous,
            rows,
            at=self._at,
            actor=self._request.actor,
        )
        if merge.labels is not None and merge.labels is not previous:
            self._receipts.put_labels(merge.labels, previous=previous)
        return merge.results

    def _signature(self, model: str) -> Signature:
        if model not in self._signatures:
            body = self._models.file(self._request.project, model, "signature.json")
            self._signatures[model] = Signature.model_validate_json(body)
        return self._signatures[model]


def _sent(body: bytes, max_body_bytes: int) -> LabelsFile:
    sent = read_document(body, Body, max_body_bytes=max_body_bytes).labels
    receipts = len({one.receipt for one in sent})
    if receipts > MAX_RECEIPTS:
        message = (
            f"the labels are of {receipts:,} receipts, the limit is {MAX_RECEIPTS:,}: "
            "send them in several requests, or as a file"
        )
        raise RequestTooLargeError(message)
    rows = tuple(LabelRow(row=row, **one.model_dump()) for row, one in enumerate(sent, start=1))
    return LabelsFile(rows=rows, refused=())


def _file(key: str, objects: ObjectStore) -> LabelsFile:
    size = objects.head(key).bytes
    if size > MAX_FILE_BYTES:
        message = f"{key}: the file has {size:,} bytes, the limit is {MAX_FILE_BYTES:,}: split it"
        raise UnreadableDataError(message)
    return read_labels_file(key, objects.read(key))


def _reported(key: str, result: Result, objects: ObjectStore) -> Result:
    """Keep every refusal of a file in a report, since nobody waits for the answer; return a few."""
    body = canonical_json({"schema_version": 1, "file": key, **result.model_dump(mode="json")})
    report = f"labels-reports/{result.project}/{digest_of(body)}.json"
    objects.write(report, body)
    few = result.refusals[:MAX_ANSWERED_REFUSALS]
    return result.model_copy(update={"report": report, "refusals": few})
