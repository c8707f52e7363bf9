"""The lineage on the catalog table: every edge lies there twice, once under each of its nodes."""

from collections.abc import Sequence
from itertools import batched

from loopwright.aws.items import Item, Table, item, values
from loopwright.domain.lineage import Edge, Node

_EDGES_PER_TRANSACTION = 50


class DynamoLineage:
    """Edges of all projects in one table."""

    def __init__(self, table: Table) -> None:
        """Keep the edges in `table`."""
        self._table = table

    def record(self, edges: Sequence[Edge]) -> None:
        """Store each edge in both directions in one transaction; again is no error."""
        for chunk in batched(edges, _EDGES_PER_TRANSACTION, strict=False):
            distinct = {_identity(new): new for edge in chunk for new in _both(edge)}
            self._table.write([{"Put": self._table.put_request(new)} for new in distinct.values()])

    def upstream(self, node: Node) -> list[Edge]:
        """Return the edges that start at a node."""
        return self._edges(node, "UP#")

    def downstream(self, node: Node) -> list[Edge]:
        """Return the edges that end at a node."""
        return self._edges(node, "DOWN#")

    def _edges(self, node: Node, prefix: str) -> list[Edge]:
        rows = self._table.query(
            "pk = :pk AND begins_with(sk, :prefix)", values(pk=_pk(node), prefix=prefix)
        )
        return [Edge.model_validate_json(row["document"]["S"]) for row in rows]


def _both(edge: Edge) -> tuple[Item, Item]:
    up = item(_pk(edge.source), f"UP#{edge.relation}#{edge.target}", edge)
    down = item(_pk(edge.target), f"DOWN#{edge.relation}#{edge.source}", edge)
    return up, down


def _identity(new: Item) -> tuple[str, str]:
    return new["pk"]["S"], new["sk"]["S"]


def _pk(node: Node) -> str:
    return f"LINEAGE#{node.project}#{node}"
