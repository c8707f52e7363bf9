"""Live counts of one model version, and the windows they are assessed in."""

from typing import Literal

from loopwright.domain.bins import Counts
from loopwright.domain.record import Record


class LiveCounts(Record):
    """The counts of one batch of receipts of one model, prediction column included."""

    schema_version: Literal[1] = 1
    project: str
    model: str
    batch: str
    counts: Counts
    first_at: str
    last_at: str


class OpenWindow(Record):
    """What was counted for a model since its last assessed window, oldest batch first."""

    project: str
    model: str
    sequence: int
    opened_at: str
    batches: tuple[LiveCounts, ...]

    @property
    def rows(self) -> int:
        """Return the rows counted so far."""
        return sum(batch.counts.rows for batch in self.batches)
