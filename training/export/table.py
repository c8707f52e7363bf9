"""A table inside an ONNX graph: matrices of numbers and columns of category codes, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.kinds import CategoryValue
from training.errors import UnsupportedEstimatorError
from training.export.graph import Graph


@dataclass(frozen=True)
class Piece:
    """A double matrix (rows, width); with `categories`, one column of int64 codes.

    A code is the position in `categories`; a negative one is missing or unknown. An estimator sees
    both as missing, which is what pandas makes of a value outside a column's categories.
    """

    tensor: str
    width: int = 1
    categories: tuple[CategoryValue, ...] | None = None


Table = tuple[Piece, ...]


def width_of(table: Table) -> int:
    """Return the number of columns."""
    return sum(piece.width for piece in table)


def single_columns(graph: Graph, table: Table) -> Table:
    """Return the same table as pieces of one column each."""
    return tuple(column for piece in table for column in _split(graph, piece))


def select(graph: Graph, table: Table, positions: Sequence[int]) -> Table:
    """Return the columns at the positions, in their order."""
    if list(positions) == list(range(width_of(table))):
        return table
    columns = single_columns(graph, table)
    return tuple(columns[position] for position in positions)


def matrix(graph: Graph, table: Table) -> str:
    """Return the whole table as one double matrix; numeric categories become their numbers."""
    return graph.concat([_numbers(graph, piece).tensor for piece in table])


def lookup(graph: Graph, piece: Piece, rows: NDArray[Any]) -> Piece:
    """Replace category codes by rows of a table: row 0 for a missing one, then one per category."""
    index = _row_index(graph, piece)
    gathered = graph.node("Gather", graph.constant(rows.astype(np.float64)), index, axis=0)
    return Piece(gathered, rows.shape[1])


def recode(
    graph: Graph, piece: Piece, codes: Sequence[int], categories: tuple[CategoryValue, ...]
) -> Piece:
    """Replace category codes by codes of other categories: codes[0] for a missing one."""
    index = _row_index(graph, piece)
    table = graph.constant(np.array(codes, dtype=np.int64).reshape(-1, 1))
    return Piece(graph.node("Gather", table, index, axis=0), 1, categories)


def _row_index(graph: Graph, piece: Piece) -> str:
    known = graph.node("Max", piece.tensor, graph.constant(np.array([[-1]], dtype=np.int64)))
    shifted = graph.node("Add", known, graph.constant(np.array([[1]], dtype=np.int64)))
    return graph.node("Squeeze", shifted, graph.constant(np.array([1], dtype=np.int64)))


def _split(graph: Graph, piece: Piece) -> Table:
    if piece.width == 1:
        return (piece,)
    positions = (graph.constant(np.array([at], dtype=np.int64)) for at in range(piece.width))
    return tuple(Piece(graph.node("Gather", piece.tensor, at, axis=1)) for at in positions)


def _numbers(graph: Graph, piece: Piece) -> Piece:
    if piece.categories is None:
        return piece
    if any(isinstance(category, str) for category in piece.categories):
        raise UnsupportedEstimatorError(
            f"a category column of text ({piece.tensor!r}) reaches a step that takes numbers; "
            "encode it first, with OneHotEncoder, OrdinalEncoder or TargetEncoder"
        )
    numbers = [np.nan, *(float(category) for category in piece.categories)]
    return lookup(graph, piece, np.array(numbers).reshape(-1, 1))
