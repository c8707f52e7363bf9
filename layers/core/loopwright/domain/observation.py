"""Count receipts over the bins of their model's reference, and know what was counted before."""

from collections.abc import Iterable, Sequence
from typing import Any

from loopwright.domain.bins import ColumnCounts, Counts, NumericBins, Reference
from loopwright.domain.counting import count_values, merge_column
from loopwright.domain.model import Signature
from loopwright.domain.receipt import Prediction, Receipt
from loopwright.domain.window import LiveCounts


def is_counted(sequence: str, checkpoint: str | None) -> bool:
    """Tell whether a stream record lies at or below a checkpoint.

    Sequence numbers are decimal numbers of varying length, so they are compared as integers.
    """
    return checkpoint is not None and int(sequence) <= int(checkpoint)


def prediction_values(signature: Signature, predictions: Iterable[Prediction]) -> list[Any]:
    """Return what the reference's prediction column holds for each prediction.

    Binary: the probability of the favourable (else the last) class; else the value itself.
    """
    if signature.task != "binary":
        return [prediction.value for prediction in predictions]
    wanted = signature.favourable
    position = signature.classes.index(wanted) if wanted in signature.classes else -1
    return [
        None if prediction.probabilities is None else prediction.probabilities[position]
        for prediction in predictions
    ]


def count_receipt(receipt: Receipt, reference: Reference, signature: Signature) -> LiveCounts:
    """Count one receipt. A context column counts only the instances that sent it."""
    columns = {
        name: count_values(bins, _usable(bins, _column(receipt, name, signature)))
        for name, bins in reference.bins.items()
    }
    values = prediction_values(signature, receipt.predictions)
    columns[reference.prediction] = count_values(reference.prediction_bins, values)
    return LiveCounts(
        project=receipt.project,
        model=receipt.model,
        batch=receipt.id,
        counts=Counts(rows=len(values), columns=columns),
        first_at=receipt.at,
        last_at=receipt.at,
    )


def combine(parts: Sequence[LiveCounts], *, batch: str) -> LiveCounts:
    """Add counts of one model into the counts of one batch."""
    return LiveCounts(
        project=parts[0].project,
        model=parts[0].model,
        batch=batch,
        counts=Counts(rows=sum(part.counts.rows for part in parts), columns=total(parts)),
        first_at=min(part.first_at for part in parts),
        last_at=max(part.last_at for part in parts),
    )


def total(batches: Sequence[LiveCounts]) -> dict[str, ColumnCounts]:
    """Add the counts of a window's batches, column by column."""
    names = dict.fromkeys(name for batch in batches for name in batch.counts.columns)
    return {
        name: merge_column(
            batch.counts.columns[name] for batch in batches if name in batch.counts.columns
        )
        for name in names
    }


def _column(receipt: Receipt, name: str, signature: Signature) -> list[Any]:
    if name in signature.context:
        return [row[name] for row in receipt.context if name in row]
    return [row.get(name) for row in receipt.instances]


def _usable(bins: object, values: list[Any]) -> list[Any]:
    """Return the values with text among numbers as missing: only context can hold it."""
    if not isinstance(bins, NumericBins):
        return values
    return [value if isinstance(value, (int, float)) else None for value in values]
