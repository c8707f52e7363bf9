"""Columns and outcomes as the matrices that scikit-learn takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.intervals import Floats
from loopwright.domain.kinds import Task

MOST_CATEGORIES = 255


@dataclass(frozen=True)
class Matrix:
    """One float matrix, NaN for missing; which of its columns are categories, and their names."""

    values: Floats
    is_category: NDArray[np.bool_]
    names: tuple[str, ...]

    def only(self, columns: NDArray[np.int64] | list[int]) -> "Matrix":
        """Return some of the columns."""
        names = tuple(self.names[place] for place in columns)
        return Matrix(self.values[:, columns], self.is_category[columns], names)


def code_features(features: Mapping[str, NDArray[Any]]) -> Matrix:
    """Return the features as one matrix; categories are coded by the order of their text."""
    coded = [_code_column(column) for column in features.values()]
    return Matrix(
        values=np.column_stack([column for column, _ in coded]),
        is_category=np.array([categories for _, categories in coded]),
        names=tuple(features),
    )


def code_target(target: NDArray[Any], task: Task, positive: Any) -> NDArray[Any]:
    """Return numbers, or classes as places in their order; the positive class comes last."""
    if task == "regression":
        return target.astype(np.float64)
    values = target.tolist()
    kinds = sorted(set(values), key=lambda value: (value == positive, *order(value)))
    codes = {value: place for place, value in enumerate(kinds)}
    return np.array([codes[value] for value in values], dtype=np.int64)


def code_values(values: NDArray[Any]) -> NDArray[np.int64]:
    """Return a place for each value among all that occur, in their order; missing ones are -1."""
    if values.dtype != object:
        places = np.unique(values, return_inverse=True)[1].astype(np.int64)
        return np.where(np.isnan(values), -1, places)
    kinds = sorted({value for value in values.tolist() if value is not None}, key=order)
    codes = {value: place for place, value in enumerate(kinds)}
    return np.array([codes.get(value, -1) for value in values.tolist()], dtype=np.int64)


def order(value: Any) -> tuple[bool, Any]:
    """Order numbers and times by size and texts by letter, texts last."""
    return isinstance(value, str), value


def _code_column(column: NDArray[Any]) -> tuple[Floats, bool]:
    """Code categories, NaN for missing; more than 255 stay numbers."""
    if column.dtype != object:
        return column.astype(np.float64), False
    codes = code_values(column)
    kinds = int(codes.max(initial=-1)) + 1
    return np.where(codes < 0, np.nan, codes), 0 < kinds <= MOST_CATEGORIES
