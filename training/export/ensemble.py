"""Lay trees out as one `TreeEnsemble` operator (ai.onnx.ml 5) in double precision."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import numpy_helper

from training.export.graph import ML_DOMAIN, Graph

LESS_OR_EQUAL, MEMBER = 0, 6
SUM = 1


@dataclass(frozen=True)
class Tree:
    """One tree as arrays over its nodes; a leaf has left == -1 and a weight."""

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    missing_left: NDArray[np.bool_]
    weight: NDArray[np.float64]
    target: int = 0
    sets: dict[int, list[float]] = field(default_factory=dict)


def sum_of_trees(graph: Graph, features: str, trees: Sequence[Tree], targets: int) -> str:
    """Add the operator that sums the leaves of all trees per target."""
    layout = _Layout()
    for tree in trees:
        layout.add(tree)
    return graph.node(
        "TreeEnsemble",
        features,
        domain=ML_DOMAIN,
        aggregate_function=SUM,
        post_transform=0,
        n_targets=targets,
        **layout.attributes(),
    )


class _Layout:
    """The attributes of a TreeEnsemble: inner nodes and leaves in lists of their own."""

    def __init__(self) -> None:
        self._lists: dict[str, list[int]] = {
            name: []
            for name in (
                "tree_roots",
                "nodes_featureids",
                "nodes_truenodeids",
                "nodes_falsenodeids",
                "nodes_trueleafs",
                "nodes_falseleafs",
                "nodes_missing_value_tracks_true",
                "leaf_targetids",
            )
        }
        self._splits: list[float] = []
        self._modes: list[int] = []
        self._weights: list[float] = []
        self._members: list[float] = []

    def add(self, tree: Tree) -> None:
        """Append one tree; a tree that is only a leaf gets a node with it on both sides."""
        leaf = tree.left < 0
        first_node, first_leaf = len(self._splits), len(self._weights)
        self._lists["tree_roots"].append(first_node)
        self._weights.extend(tree.weight[leaf].tolist())
        self._lists["leaf_targetids"].extend([tree.target] * int(leaf.sum()))
        inner = np.flatnonzero(~leaf)
        if len(inner) == 0:
            self._append_root_leaf(first_leaf, tree)
            return
        place = np.where(leaf, first_leaf + leaf.cumsum() - 1, first_node + (~leaf).cumsum() - 1)
        self._append_nodes(tree, inner, leaf, place)

    def _append_root_leaf(self, leaf: int, tree: Tree) -> None:
        # Two equal leaves: onnxruntime 1.26 answers wrongly where both sides are one leaf.
        self._weights.append(self._weights[leaf])
        self._lists["leaf_targetids"].append(tree.target)
        values = (0, leaf, leaf + 1, 1, 1, 1)
        names = list(self._lists)[1:7]
        for name, value in zip(names, values, strict=True):
            self._lists[name].append(value)
        self._splits.append(0.0)
        self._modes.append(LESS_OR_EQUAL)

    def _append_nodes(self, tree: Tree, inner: Any, leaf: Any, place: Any) -> None:
        left, right = tree.left[inner], tree.right[inner]
        columns = {
            "nodes_featureids": tree.feature[inner],
            "nodes_truenodeids": place[left],
            "nodes_falsenodeids": place[right],
            "nodes_trueleafs": leaf[left],
            "nodes_falseleafs": leaf[right],
            "nodes_missing_value_tracks_true": tree.missing_left[inner],
        }
        for name, values in columns.items():
            self._lists[name].extend(values.astype(np.int64).tolist())
        in_set = [node in tree.sets for node in inner.tolist()]
        self._modes.extend(MEMBER if member else LESS_OR_EQUAL for member in in_set)
        self._splits.extend(np.where(in_set, 0.0, tree.threshold[inner]).tolist())
        for node in inner.tolist():
            if node in tree.sets:
                self._members.extend([*tree.sets[node], np.nan])

    def attributes(self) -> dict[str, Any]:
        """Return the attributes of the operator."""
        tensors: dict[str, NDArray[Any]] = {
            "nodes_splits": np.array(self._splits, dtype=np.float64),
            "nodes_modes": np.array(self._modes, dtype=np.uint8),
            "leaf_weights": np.array(self._weights, dtype=np.float64),
        }
        if self._members:
            tensors["membership_values"] = np.array(self._members, dtype=np.float64)
        return {
            **self._lists,
            **{name: numpy_helper.from_array(array, name) for name, array in tensors.items()},
        }
