"""Lineage: what was made from what."""

from typing import Literal

from loopwright.domain.record import Record

NodeKind = Literal[
    "upload",
    "dataset",
    "spec",
    "code",
    "model",
    "run",
    "evidence",
    "receipt",
    "window",
    "champion",
    "definition",
]
Relation = Literal[
    "registered_from",  # dataset -> upload
    "derived_from",  # dataset -> parent dataset, model or labelled receipts
    "described_by",  # dataset, model -> spec
    "trained_on",  # model -> dataset
    "trained_with",  # model -> code
    "produced_by",  # dataset, model, evidence -> run
    "judged_by",  # model, dataset -> evidence
    "compared_with",  # model -> champion model of that time
    "scored_on",  # model -> dataset whose sealed rows judged it
    "replaced",  # model -> model that it replaced as champion
    "found_in",  # evidence of drift -> window
    "uses",  # spec -> shared column definition
]


class Node(Record):
    """One thing in the lineage of a project."""

    project: str
    kind: NodeKind
    id: str

    def __str__(self) -> str:
        """Return `kind:id`."""
        return f"{self.kind}:{self.id}"


class Edge(Record):
    """`source` relates to `target`: what came later points at what it came from."""

    source: Node
    relation: Relation
    target: Node
    at: str
