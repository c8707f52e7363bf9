"""Export encoders of categories: each is a table with a row per category, taken from itself."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from loopwright.domain.kinds import CategoryValue
from training.errors import UnsupportedEstimatorError
from training.export.graph import Graph
from training.export.table import Piece, Table, lookup, single_columns


def encode_columns(graph: Graph, encoder: Any, table: Table) -> Table:
    """Export a OneHotEncoder, OrdinalEncoder or TargetEncoder, column by column."""
    columns = [
        _as_category(graph, column, encoder.categories_[position])
        for position, column in enumerate(single_columns(graph, table))
    ]
    widths = _widths(encoder)
    ends = np.cumsum(widths)
    return tuple(
        lookup(graph, column, _rows(encoder, columns, position)[:, end - width : end])
        for position, (column, width, end) in enumerate(zip(columns, widths, ends, strict=True))
        if width > 0
    )


def _widths(encoder: Any) -> list[int]:
    """Return how many output columns each input column has."""
    count = len(encoder.categories_)
    if isinstance(encoder, OneHotEncoder):
        return list(encoder._n_features_outs)  # noqa: SLF001 - names are the only public form
    if isinstance(encoder, OrdinalEncoder):
        return [1] * count
    return [len(encoder.classes_) if encoder.target_type_ == "multiclass" else 1] * count


def _as_category(graph: Graph, column: Piece, known: NDArray[Any]) -> Piece:
    """Turn a column of numbers into codes of the categories that the encoder knows."""
    if column.categories is not None:
        return column
    numbers = np.array([value for value in known.tolist() if not _is_missing(value)], dtype=float)
    positions = np.arange(1, len(numbers) + 1, dtype=np.int64).reshape(1, -1)
    equal = graph.cast(
        graph.node("Equal", column.tensor, graph.constant(numbers.reshape(1, -1))), np.int64
    )
    marked = graph.node("Mul", equal, graph.constant(positions))
    axis = graph.constant(np.array([1], dtype=np.int64))
    index = graph.node("ReduceSum", marked, axis, keepdims=1)
    codes = graph.node("Sub", index, graph.constant(np.array([[1]], dtype=np.int64)))
    return Piece(codes, 1, tuple(numbers.tolist()))


def _rows(encoder: Any, columns: Sequence[Piece], position: int) -> NDArray[np.float64]:
    """Return what the encoder makes of a missing value and of each category of one column.

    The other columns hold a known value. A value that the encoder refuses becomes zeros.
    """
    categories = columns[position].categories or ()
    values: list[CategoryValue | None] = [None, *categories]
    known = encoder.categories_
    refused = [encoder_refuses(encoder, value, known[position]) for value in values]
    first = next(iter(known[position].tolist()))
    frame = pd.DataFrame(
        {
            at: _series(
                column.categories or (),
                [first if no else value for value, no in zip(values, refused, strict=True)]
                if at == position
                else [next(iter(known[at].tolist()))] * len(values),
            )
            for at, column in enumerate(columns)
        }
    )
    rows = _transform(encoder, frame)
    rows[np.array(refused)] = 0.0
    return rows


def encoder_refuses(encoder: Any, value: CategoryValue | None, known: NDArray[Any]) -> bool:
    """Tell whether an encoder with handle_unknown="error" would raise for a value."""
    if encoder.__dict__.get("handle_unknown", "ignore") != "error":
        return False
    if value is None:
        return not any(_is_missing(other) for other in known.tolist())
    return value not in known.tolist()


def _series(categories: Sequence[CategoryValue], values: Sequence[Any]) -> Any:
    """Return a column as pandas holds it: of category dtype, missing values as NaN."""
    plain = [None if _is_missing(value) else value for value in values]
    return pd.Series(pd.Categorical(plain, categories=list(categories)))


def _transform(encoder: Any, frame: Any) -> NDArray[np.float64]:
    names = getattr(encoder, "feature_names_in_", None)
    if names is None:
        frame = frame.astype(object).where(frame.notna(), np.nan).to_numpy()
    else:
        frame = frame.set_axis(names, axis=1)
    try:
        rows = encoder.transform(frame)
    except ValueError as error:
        raise UnsupportedEstimatorError(
            f"{type(encoder).__name__} refuses a category of the spec: {error}; "
            'give it handle_unknown="ignore" or "use_encoded_value"'
        ) from error
    dense = rows.toarray() if hasattr(rows, "toarray") else np.asarray(rows)
    return dense.astype(np.float64).copy()


def _is_missing(value: Any) -> bool:
    return value is None or value != value  # noqa: PLR0124 - NaN differs from itself
