"""Store a gate's document, and point the lineage of what was judged at it."""

from typing import Protocol

from loopwright.domain.gate import Evidence
from loopwright.domain.lineage import Edge, Node, NodeKind
from loopwright.domain.record import Record, canonical_json
from loopwright.errors import WriteOnceError
from loopwright.ports import Clock, EvidenceStore, Lineage


def store_document(
    evidence: EvidenceStore, project: str, run: str, gate: str, document: Record
) -> Evidence:
    """Store a document once as `<gate>.json`; a run that judges again makes `<gate>-2.json`.

    The same bytes again are the same evidence. WriteOnceError after nine different ones.
    """
    body = canonical_json(document)
    for name in (f"{gate}.json", *(f"{gate}-{again}.json" for again in range(2, 9))):
        try:
            return evidence.put(project, run, name, body)
        except WriteOnceError:
            continue
    return evidence.put(project, run, f"{gate}-9.json", body)


class GateRequest(Protocol):
    """What every gate is asked with."""

    @property
    def run(self) -> str:
        """The run that asks."""
        ...

    @property
    def project(self) -> str:
        """The project of the run."""
        ...


def record_judgement(
    lineage: Lineage,
    clock: Clock,
    request: GateRequest,
    judged: tuple[NodeKind, str],
    by: Evidence,
) -> None:
    """Record that a dataset or model was judged by a document, and which run produced it."""
    source = Node(project=request.project, kind=judged[0], id=judged[1])
    document = Node(project=request.project, kind="evidence", id=by.digest)
    run = Node(project=request.project, kind="run", id=request.run)
    at = clock.now().isoformat()
    lineage.record(
        [
            Edge(source=source, relation="judged_by", target=document, at=at),
            Edge(source=document, relation="produced_by", target=run, at=at),
        ]
    )
