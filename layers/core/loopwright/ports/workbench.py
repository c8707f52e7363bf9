"""What people do with dataset versions on their own machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from loopwright.domain.diff import RowChanges
    from loopwright.domain.profile_measures import Measure
    from loopwright.domain.query import Answer
    from loopwright.domain.suggestion import Join, KeyMatch


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

    def distances(
        self, before: Sequence[Path], after: Sequence[Path], measured: Mapping[str, Measure]
    ) -> dict[str, float | None]:
        """Return how far the numbers of each column lie apart, in [0, 1]; None without a value."""
        ...

    def query(self, text: str, tables: Mapping[str, Sequence[Path]], *, limit: int) -> Answer:
        """Answer one SELECT over tables made of parts; InputError for anything else."""
        ...

    def match_keys(
        self, asked: tuple[Sequence[Path], str], other: tuple[Sequence[Path], str]
    ) -> KeyMatch:
        """Count the keys, each side given as (parts, column), that occur on both sides."""
        ...

    def join(
        self, asked: Sequence[Path], other: Sequence[Path], join: Join
    ) -> dict[str, NDArray[Any]]:
        """Return sampled rows of one side with what the other side adds to them.

        Integers and numbers are float64 with NaN, others objects with None. With times on both
        sides a row gets what was known at its time: the newest row of its key not newer than it.
        """
        ...
