"""The lineage's contract, on the fake and on DynamoDB."""

from loopwright.domain.lineage import Edge, Node
from tests.integration.aws.adapters import Adapters

MODEL = Node(project="loans", kind="model", id="m1")
DATASET = Node(project="loans", kind="dataset", id="d1")


def test_an_edge_is_found_from_both_of_its_ends(adapters: Adapters) -> None:
    """What was it made from, and what was made from it."""
    edge = Edge(source=MODEL, relation="trained_on", target=DATASET, at="2026-01-01")
    adapters.lineage.record([edge, edge])
    adapters.lineage.record([edge])

    assert adapters.lineage.upstream(MODEL) == [edge]
    assert adapters.lineage.downstream(DATASET) == [edge]
    assert adapters.lineage.upstream(DATASET) == []
    assert adapters.lineage.downstream(MODEL) == []


def test_projects_do_not_see_each_others_edges(adapters: Adapters) -> None:
    """The same id in another project is another node."""
    adapters.lineage.record([Edge(source=MODEL, relation="trained_on", target=DATASET, at="t")])

    assert adapters.lineage.upstream(Node(project="homes", kind="model", id="m1")) == []


def test_many_edges_are_recorded_at_once(adapters: Adapters) -> None:
    """More edges than one transaction takes."""
    edges = [
        Edge(source=MODEL, relation="derived_from", target=_dataset(number), at="t")
        for number in range(120)
    ]
    adapters.lineage.record(edges)

    assert len(adapters.lineage.upstream(MODEL)) == len(edges)


def _dataset(number: int) -> Node:
    return Node(project="loans", kind="dataset", id=f"d{number}")
