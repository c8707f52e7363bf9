"""Receipts, labels and live counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from loopwright.domain.receipt import Labels, Receipt
    from loopwright.domain.window import LiveCounts, OpenWindow


class ReceiptStore(Protocol):
    """Receipts and their labels."""

    def put(self, receipt: Receipt) -> None:
        """Store a receipt durably (a body over 300 kB in the bucket first)."""
        ...

    def get(self, project: str, receipt: str) -> Receipt:
        """Return a receipt; NotFoundError when there is none in this project."""
        ...

    def decode(self, image: Mapping[str, Any]) -> Receipt:
        """Return the receipt of a stream record's new image (a large body is fetched)."""
        ...

    def labels(self, project: str, receipt: str) -> Labels | None:
        """Return the labels of a receipt, or None."""
        ...

    def put_labels(self, labels: Labels, *, previous: Labels | None) -> None:
        """Store merged labels if `previous` is still what is stored; else ConflictError."""
        ...

    def labelled(self, project: str) -> Iterable[tuple[Receipt, Labels]]:
        """Return every receipt that has labels, with them, oldest labels first. No probes."""
        ...


class WindowStore(Protocol):
    """Live counts by model, the stream checkpoints, and the open window of each model."""

    def checkpoint(self, shard: str) -> str | None:
        """Return the last sequence number of a shard that was counted, or None."""
        ...

    def add(
        self,
        shard: str,
        sequence: str,
        counts: Sequence[LiveCounts],
        *,
        previous: str | None,
    ) -> None:
        """Store counts and move the checkpoint from `previous` to `sequence` in one transaction.

        ConflictError when the checkpoint is no longer `previous`: nothing was stored.
        """
        ...

    def open_rows(self, project: str, model: str) -> int:
        """Return the rows counted since the last assessed window."""
        ...

    def open_window(self, project: str, model: str) -> OpenWindow | None:
        """Return what was counted since the last assessed window, or None when nothing was."""
        ...

    def close_window(self, window: OpenWindow, verdict: Mapping[str, Any]) -> bool:
        """Store the window's verdict and open the next one, once; False when it was closed before.

        ConflictError when rows were counted since `window` was read: read it again.
        """
        ...

    def verdicts(self, project: str, *, limit: int = 20) -> list[dict[str, Any]]:
        """Return the verdicts of assessed windows, newest first."""
        ...
