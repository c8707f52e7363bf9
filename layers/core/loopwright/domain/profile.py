"""The profile of a dataset version: what is known of its rows without any row."""

from typing import Literal

from pydantic import Field

from loopwright.domain.bins import Bins, Counts
from loopwright.domain.profile_details import ColumnDetails
from loopwright.domain.record import Record

ByBin = tuple[tuple[int, ...], ...]


class Profile(Record):
    """Bins, counts and details per column.

    `by_class` holds of each feature, bin by bin, the rows of each of `classes`; of a regression
    the classes are the bins of its target. Profiles of schema 1 have neither these nor details.
    """

    schema_version: Literal[1, 2] = 2
    bins: dict[str, Bins]
    counts: Counts
    details: dict[str, ColumnDetails] = Field(default_factory=dict)
    by_class: dict[str, ByBin] = Field(default_factory=dict)
