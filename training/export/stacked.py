"""Export what a stacked model hands from its members to the one that decides."""

from collections.abc import Callable
from typing import Any

from sklearn.base import is_classifier

from training.errors import UnsupportedEstimatorError
from training.export.graph import Graph
from training.export.table import Piece, Table, select

Predict = Callable[[Any, Table], str]


def stacked_table(graph: Graph, estimator: Any, table: Table, predict: Predict) -> Table:
    """Return the answers of the members side by side, then the table itself where it is passed on.

    Of two classes the probability of the second one is handed on, of more all of them.
    """
    pieces = [
        _piece(graph, member, how, predict(member, table))
        for member, how in zip(estimator.estimators_, estimator.stack_method_, strict=True)
    ]
    joined = tuple(piece for some in pieces for piece in some)
    return (*joined, *table) if estimator.passthrough else joined


def _piece(graph: Graph, member: Any, how: str, answer: str) -> Table:
    if not is_classifier(member):
        return (Piece(answer),)
    if how != "predict_proba":
        raise UnsupportedEstimatorError(
            f"a stacked model over {type(member).__name__}.{how}; let all members have "
            "probabilities (stack_method='predict_proba')"
        )
    classes = len(member.classes_)
    whole = (Piece(answer, classes),)
    return select(graph, whole, [1]) if classes == 2 else whole  # noqa: PLR2004 - one says both
