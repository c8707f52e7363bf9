"""Receipts, labels and live counts in memory."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from loopwright.domain.receipt import Labels, Receipt
from loopwright.domain.window import LiveCounts, OpenWindow
from loopwright.errors import ConflictError, NotFoundError


class InMemoryReceipts:
    """Receipts and their labels."""

    def __init__(self) -> None:
        """Start with no receipts."""
        self.receipts: dict[tuple[str, str], Receipt] = {}
        self._labels: dict[tuple[str, str], Labels] = {}

    def put(self, receipt: Receipt) -> None:
        """Store a receipt."""
        self.receipts[receipt.project, receipt.id] = receipt

    def get(self, project: str, receipt: str) -> Receipt:
        """Return a receipt."""
        if (project, receipt) not in self.receipts:
            message = f"project {project!r} has no receipt {receipt!r}"
            raise NotFoundError(message)
        return self.receipts[project, receipt]

    def decode(self, image: Mapping[str, Any]) -> Receipt:
        """Return the receipt of a stream image."""
        return Receipt.model_validate_json(image["document"]["S"])

    def labels(self, project: str, receipt: str) -> Labels | None:
        """Return the labels of a receipt."""
        return self._labels.get((project, receipt))

    def put_labels(self, labels: Labels, *, previous: Labels | None) -> None:
        """Store merged labels if `previous` is still what is stored."""
        identity = (labels.project, labels.receipt)
        if self._labels.get(identity) != previous:
            message = f"the labels of receipt {labels.receipt} were changed meanwhile"
            raise ConflictError(message)
        self._labels[identity] = labels

    def labelled(self, project: str) -> Iterable[tuple[Receipt, Labels]]:
        """Return every receipt that has labels, with them, oldest labels first."""
        chosen = [labels for labels in self._labels.values() if labels.project == project]
        for labels in sorted(chosen, key=lambda labels: labels.at):
            yield self.get(project, labels.receipt), labels


class InMemoryWindows:
    """Counts, checkpoints and windows."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self.checkpoints: dict[str, str] = {}
        self.counts: dict[tuple[str, str, int], list[LiveCounts]] = {}
        self.sequences: dict[tuple[str, str], int] = {}
        self._verdicts: list[dict[str, Any]] = []

    def checkpoint(self, shard: str) -> str | None:
        """Return the last sequence number that was counted."""
        return self.checkpoints.get(shard)

    def add(
        self,
        shard: str,
        sequence: str,
        counts: Sequence[LiveCounts],
        *,
        previous: str | None,
    ) -> None:
        """Store counts and move the checkpoint in one step."""
        if self.checkpoints.get(shard) != previous:
            message = f"shard {shard} was counted up to {self.checkpoints.get(shard)} meanwhile"
            raise ConflictError(message)
        self.checkpoints[shard] = sequence
        for live in counts:
            number = self.sequences.get((live.project, live.model), 0)
            self.counts.setdefault((live.project, live.model, number), []).append(live)

    def open_rows(self, project: str, model: str) -> int:
        """Return the rows counted since the last assessed window."""
        return sum(live.counts.rows for live in self._open(project, model))

    def open_window(self, project: str, model: str) -> OpenWindow | None:
        """Return what was counted since the last assessed window."""
        batches = self._open(project, model)
        if not batches:
            return None
        return OpenWindow(
            project=project,
            model=model,
            sequence=self.sequences.get((project, model), 0),
            opened_at=min(live.first_at for live in batches),
            batches=tuple(batches),
        )

    def close_window(self, window: OpenWindow, verdict: Mapping[str, Any]) -> bool:
        """Store the window's verdict and open the next one, once."""
        identity = (window.project, window.model)
        if self.sequences.get(identity, 0) > window.sequence:
            return False
        if self.open_rows(*identity) != window.rows:
            message = f"rows were counted for window {window.sequence} of {window.model} meanwhile"
            raise ConflictError(message)
        self.sequences[identity] = window.sequence + 1
        self._verdicts.append(dict(verdict))
        return True

    def verdicts(self, project: str, *, limit: int = 20) -> list[dict[str, Any]]:
        """Return the verdicts, newest first."""
        chosen = [verdict for verdict in self._verdicts if verdict.get("project") == project]
        return chosen[::-1][:limit]

    def _open(self, project: str, model: str) -> list[LiveCounts]:
        number = self.sequences.get((project, model), 0)
        return self.counts.get((project, model, number), [])
