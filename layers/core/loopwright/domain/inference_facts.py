"""What a table without a contract holds: the facts from which a `project.yaml` is drafted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loopwright.domain.spec import Dialect

MOST_VALUES = 200


@dataclass(frozen=True)
class Reads:
    """How a column reads as a type: rows that do not, rows without a value, and the ends."""

    unreadable: int
    missing: int
    low: str | None = None
    high: str | None = None


@dataclass(frozen=True)
class ColumnSketch:
    """One column, read as text.

    `values` holds the commonest texts with their rows, at most `MOST_VALUES` and one more. `reads`
    tells of integer, number, boolean and timestamp. `shape` is the one shape of all texts (letters
    A and a, digits 9), and `loose_shape` the same with runs of any length; None: there are several.
    `absent` counts texts that may stand for no value, `commas` numbers with a decimal comma.
    """

    name: str
    missing: int
    distinct: int
    values: tuple[tuple[str, int], ...]
    reads: Mapping[str, Reads]
    padded: int = 0
    longest: int = 0
    shape: str | None = None
    loose_shape: str | None = None
    bad_examples: tuple[str, ...] = ()
    absent: Mapping[str, int] = field(default_factory=dict)
    commas: int = 0

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the commonest texts."""
        return tuple(text for text, _ in self.values)


@dataclass(frozen=True)
class TableSketch:
    """A whole file: its readable rows, those that cannot be read, its columns and its dialect."""

    file: str
    rows: int
    unreadable_rows: int
    columns: tuple[ColumnSketch, ...]
    dialect: Dialect = field(default_factory=Dialect)
    sniffed: Mapping[str, str] = field(default_factory=dict)
