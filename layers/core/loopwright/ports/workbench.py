"""What people do with dataset versions on their own machine."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from loopwright.domain.diff import RowChanges
from loopwright.domain.query import Answer


class Workbench(Protocol):
    """Dataset versions, compared, queried and joined over downloaded parts."""

    def compare(
        self,
        before: Sequence[Path],
        after: Sequence[Path],
        *,
        columns: Sequence[str],
        key: str | None,
    ) -> RowChanges:
        """Match the rows of two versions by a key, or as a whole, and count what changed."""
        ...

    def query(self, text: str, tables: Mapping[str, Sequence[Path]], *, limit: int) -> Answer:
        """Answer one SELECT over tables made of parts; InputError for anything else."""
        ...
