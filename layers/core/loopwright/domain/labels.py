"""Join true outcomes to receipts: a label is accepted, already there, or refused with a reason."""

import math
from collections.abc import Iterable
from typing import Literal

from loopwright.domain.kinds import CategoryValue
from loopwright.domain.model import Signature
from loopwright.domain.receipt import Labels, Receipt
from loopwright.domain.record import Record

Label = CategoryValue | float
Status = Literal["accepted", "already", "refused"]
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


class LabelRow(Record):
    """One label as it was sent: `row` counts from 1 in the order of the body or file."""

    row: int
    receipt: str
    instance: int
    label: Label


class RowResult(Record):
    """What became of one label."""

    row: int
    receipt: str
    instance: int | None
    status: Status
    reason: str = ""


class Merge(Record):
    """The labels of a receipt after a merge, None when it has none, and each row's result."""

    labels: Labels | None
    results: tuple[RowResult, ...]


def merge_labels(
    receipt: Receipt,
    signature: Signature,
    previous: Labels | None,
    rows: Iterable[LabelRow],
    *,
    at: str,
    actor: str,
) -> Merge:
    """Add labels to those of a receipt. The same label again is no error, another one is refused.

    When no row is accepted, `labels` is `previous` itself.
    """
    known = {} if previous is None else dict(previous.labels)
    results = tuple(_merge_row(receipt, signature, known, row) for row in rows)
    if all(result.status != "accepted" for result in results):
        return Merge(labels=previous, results=results)
    merged = Labels(receipt=receipt.id, project=receipt.project, labels=known, at=at, actor=actor)
    return Merge(labels=merged, results=results)


def refused(row: LabelRow, reason: str) -> RowResult:
    """Return the refusal of one row."""
    return RowResult(
        row=row.row, receipt=row.receipt, instance=row.instance, status="refused", reason=reason
    )


def fit_label(signature: Signature, label: Label) -> Label | None:
    """Return a label as the type of the signature's classes (a number for a regression), or None.

    Text from a CSV file is read as the class or number that it writes.
    """
    if signature.task == "regression":
        return _number(label)
    exact = [known for known in signature.classes if _same(known, label)]
    if exact:
        return exact[0]
    if not isinstance(label, str):
        return None
    return next((known for known in signature.classes if _writes(label, known)), None)


def _merge_row(
    receipt: Receipt, signature: Signature, known: dict[int, Label], row: LabelRow
) -> RowResult:
    label = fit_label(signature, row.label)
    reason = _refusal(receipt, signature, row, label)
    if reason or label is None:
        return refused(row, reason)
    status: Status = "already" if row.instance in known else "accepted"
    stored = known.setdefault(row.instance, label)
    if not _same(stored, label):
        reason = (
            f"instance {row.instance} is already labelled {stored!r}; "
            f"the other label {label!r} was not stored"
        )
        return refused(row, reason)
    return RowResult(row=row.row, receipt=row.receipt, instance=row.instance, status=status)


def _refusal(receipt: Receipt, signature: Signature, row: LabelRow, label: Label | None) -> str:
    count = len(receipt.instances)
    if receipt.probe:
        return "this receipt is of a probe, which is never labelled"
    if not 0 <= row.instance < count:
        return f"the receipt has the instances 0 to {count - 1}, not {row.instance}"
    if label is None:
        expected = (
            "a finite number"
            if signature.task == "regression"
            else f"one of {', '.join(map(repr, signature.classes))}"
        )
        return (
            f"the label {row.label!r} of {signature.target} was not understood: expected {expected}"
        )
    return ""


def _same(one: Label, other: Label) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _number(label: Label) -> float | None:
    try:
        number = math.nan if isinstance(label, bool) else float(label)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _writes(text: str, known: CategoryValue) -> bool:
    written = text.strip()
    if isinstance(known, bool):
        return _BOOLEANS.get(written.lower()) is known
    if isinstance(known, int):
        return _number(written) == known
    return written == known
