"""Receipts and labels on the receipts table; a body over the limit lies in the bucket.

| item | pk | sk |
|---|---|---|
| receipt | <project>#<receipt> | RECEIPT; `document`, or `body_key` of a gzip object |
| labels | <project>#<receipt> | LABELS; index labels_by_project: label_project, labelled_at |
"""

import gzip
from collections.abc import Iterator, Mapping
from typing import Any

from loopwright.aws.items import Item, Table, item, values
from loopwright.domain.receipt import Labels, Receipt
from loopwright.domain.record import canonical_json
from loopwright.errors import ConflictError, NotFoundError
from loopwright.ports import Clock, ObjectStore

MAX_ITEM_BYTES = 300_000
_NEW = "attribute_not_exists(pk)"
_SECONDS_PER_DAY = 86_400


class DynamoReceipts:
    """Receipts that are durable when `put` returns."""

    def __init__(self, table: Table, *, objects: ObjectStore, clock: Clock, keep_days: int) -> None:
        """Keep receipts in `table` for `keep_days`, large bodies in `objects`."""
        self._table = table
        self._objects = objects
        self._clock = clock
        self._keep_days = keep_days

    def put(self, receipt: Receipt) -> None:
        """Store a receipt durably; ConflictError when the id names another one."""
        new = self._receipt_item(receipt)
        if not self._table.put(new, _NEW) and self.get(receipt.project, receipt.id) != receipt:
            message = f"receipt {receipt.id} of {receipt.project} already holds another call"
            raise ConflictError(message)

    def get(self, project: str, receipt: str) -> Receipt:
        """Return a receipt; NotFoundError when there is none in this project."""
        found = self._kept(project, receipt)
        if found is None:
            message = f"project {project!r} has no receipt {receipt!r}"
            raise NotFoundError(message)
        return self.decode(found)

    def decode(self, image: Mapping[str, Any]) -> Receipt:
        """Return the receipt of an item or a stream record's new image."""
        if "document" in image:
            return Receipt.model_validate_json(image["document"]["S"])
        return Receipt.model_validate_json(
            gzip.decompress(self._objects.read(image["body_key"]["S"]))
        )

    def labels(self, project: str, receipt: str) -> Labels | None:
        """Return the labels of a receipt, or None."""
        found = self._table.get(_pk(project, receipt), "LABELS")
        return None if found is None else Labels.model_validate_json(found["document"]["S"])

    def put_labels(self, labels: Labels, *, previous: Labels | None) -> None:
        """Store merged labels if `previous` is still what is stored; else ConflictError."""
        new = item(
            _pk(labels.project, labels.receipt),
            "LABELS",
            labels,
            label_project=labels.project,
            labelled_at=labels.at,
            expires_at=self._expiry(),
        )
        if not self._swap(new, previous):
            message = f"the labels of receipt {labels.receipt} were changed meanwhile; send again"
            raise ConflictError(message)

    def labelled(self, project: str) -> Iterator[tuple[Receipt, Labels]]:
        """Yield every receipt that has labels, with them, oldest labels first.

        Labels outlive their receipt, because they came later; those say nothing any more.
        """
        rows: Iterator[Item] = self._table.query(
            "label_project = :project",
            values(project=project),
            IndexName="labels_by_project",
        )
        for row in rows:
            labels = Labels.model_validate_json(row["document"]["S"])
            found = self._kept(project, labels.receipt)
            if found is not None:
                yield self.decode(found), labels

    def _kept(self, project: str, receipt: str) -> Item | None:
        """Return a receipt's item; DynamoDB deletes an expired one only days later."""
        found = self._table.get(_pk(project, receipt), "RECEIPT")
        if found is None or int(found["expires_at"]["N"]) <= self._clock.now().timestamp():
            return None
        return found

    def _receipt_item(self, receipt: Receipt) -> Item:
        pk, body = _pk(receipt.project, receipt.id), canonical_json(receipt)
        if len(body) <= MAX_ITEM_BYTES:
            return item(pk, "RECEIPT", receipt, expires_at=self._expiry())
        body_key = f"receipts/{receipt.project}/{receipt.id}.json.gz"
        self._objects.write(body_key, gzip.compress(body, mtime=0))
        return item(pk, "RECEIPT", body_key=body_key, expires_at=self._expiry())

    def _swap(self, new: Item, previous: Labels | None) -> bool:
        """Put labels if what is stored is still `previous`."""
        if previous is None:
            return self._table.put(new, _NEW)
        found = self._table.get(new["pk"]["S"], "LABELS")
        if found is None or Labels.model_validate_json(found["document"]["S"]) != previous:
            return False
        return self._table.put(new, "document = :document", {":document": found["document"]})

    def _expiry(self) -> int:
        return int(self._clock.now().timestamp()) + self._keep_days * _SECONDS_PER_DAY


def _pk(project: str, receipt: str) -> str:
    return f"{project}#{receipt}"
