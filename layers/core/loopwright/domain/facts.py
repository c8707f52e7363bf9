"""What a table holds that a merged profile cannot tell: exact counts of broken limits and keys."""

from typing import Literal

from loopwright.domain.record import Record

Check = Literal["missing", "below_min", "above_max", "unknown_category", "duplicate_key"]


class Broken(Record):
    """How many rows break one check of one column, with a few of their values."""

    column: str
    check: Check
    rows: int
    examples: tuple[str, ...] = ()


class TableFacts(Record):
    """Exact facts about all rows of a dataset version."""

    rows: int
    target_values: int
    broken: tuple[Broken, ...]
