"""Columns as arrays: numbers as float64 with NaN, others as objects with None."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loopwright.engines.tables_sql import quoted

STRATA = 20


def stratum_of(name: str, *, numeric: bool) -> str:
    """Return an expression for the stratum of a row: its value, of a number the twentieth."""
    column = quoted(name)
    return f"ntile({STRATA}) OVER (ORDER BY {column})" if numeric else column


def picked_column(name: str, *, numeric: bool) -> str:
    """Return what is selected of a column."""
    column = quoted(name)
    return f"CAST({column} AS DOUBLE) AS {column}" if numeric else column


def plain_array(found: NDArray[Any], *, numeric: bool) -> NDArray[Any]:
    """Return a fetched column without a mask: NaN or None stands where a value is missing."""
    absent = np.ma.getmaskarray(found)
    plain = np.ma.getdata(found).astype(np.float64 if numeric else object)
    plain[absent] = np.nan if numeric else None
    return plain
