"""Frozen bins and counts over them: the one record type of every profile and window.

Numeric bins of a column: missing | below the lowest edge | one per interval [e_i, e_i+1) between
neighbouring edges (the last interval closed) | above the highest edge | one per atom. An atom is a
value with at least 5 % of the baseline's rows: its rows are counted there and in no interval.
Categorical bins: missing | new (not in the baseline) | other (in the baseline, not listed) | one
per listed category. Counts are integers, so merging is exact and its order does not matter.
"""

from typing import Literal

from loopwright.domain.kinds import CategoryValue
from loopwright.domain.record import Record

MISSING, BELOW = 0, 1
NEW, OTHER = 1, 2


class NumericBins(Record):
    """Edges (ascending, at least one) and atoms (ascending) of what is measured of a column.

    That is its number, its seconds since 1970, or its length in characters. `common` are the
    commonest values beside the atoms: a profile counts them too, though they are no bins.
    """

    kind: Literal["numeric"] = "numeric"
    measure: Literal["value", "epoch", "length"] = "value"
    edges: tuple[float, ...]
    atoms: tuple[float, ...] = ()
    common: tuple[float, ...] = ()

    @property
    def size(self) -> int:
        """Return the number of bins."""
        return len(self.edges) + 2 + len(self.atoms)


class CategoricalBins(Record):
    """The listed categories of a column, and the baseline's unlisted ones."""

    kind: Literal["categorical"] = "categorical"
    categories: tuple[CategoryValue, ...]
    others: tuple[CategoryValue, ...] = ()

    @property
    def size(self) -> int:
        """Return the number of bins."""
        return len(self.categories) + 3


Bins = NumericBins | CategoricalBins


class ColumnCounts(Record):
    """How many rows fell into each bin of a column."""

    counts: tuple[int, ...]

    @property
    def rows(self) -> int:
        """Return the number of rows counted."""
        return sum(self.counts)


class Counts(Record):
    """The counts of several columns over the same rows."""

    rows: int
    columns: dict[str, ColumnCounts]


class Reference(Record):
    """What live traffic of a model is compared with.

    `columns` holds features and protected context columns over the training data; `prediction` is
    the column name of the model's own output: the probability of the favourable (else the last)
    class of a binary model, the predicted class of a multiclass one, the number of a regression,
    on rows that the model was not fitted on.
    """

    schema_version: Literal[1] = 1
    bins: dict[str, Bins]
    counts: Counts
    prediction: str = "__prediction__"
    prediction_bins: Bins
    prediction_counts: ColumnCounts


def without_common(bins: Bins) -> Bins:
    """Return the bins alone, as live traffic is counted over them."""
    return bins.model_copy(update={"common": ()}) if isinstance(bins, NumericBins) else bins
