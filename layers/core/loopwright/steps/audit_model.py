"""Audit a candidate's answers on the sealed holdout for disparity between protected groups."""

from loopwright.domain.evaluation import Evaluation
from loopwright.domain.events import Event
from loopwright.domain.fairness import Audit
from loopwright.domain.fairness_model import audit_answers
from loopwright.domain.gate import Evidence, Verdict
from loopwright.domain.record import Record
from loopwright.ports import Clock, EventBus, EvidenceStore, Lineage, SpecStore
from loopwright.steps.gate_evidence import record_judgement, store_document


class Request(Record):
    """The candidate and its evaluation, which holds the counts of each group."""

    run: str
    project: str
    spec: str
    dataset: str
    model: str
    evaluation: Evidence


class Result(Record):
    """The verdict, how many findings there are and are violations, and the document."""

    verdict: Verdict
    findings: int
    violations: int
    evidence: Evidence


def audit_model(
    request: Request,
    *,
    specs: SpecStore,
    evidence: EvidenceStore,
    lineage: Lineage,
    events: EventBus,
    clock: Clock,
) -> Result:
    """Audit the counts of the evaluation; publish DisparityDetected when one is a violation."""
    spec = specs.spec(request.project, request.spec)
    evaluation = Evaluation.model_validate_json(evidence.get(request.evaluation))
    audit = audit_answers(spec, evaluation)
    stored = store_document(evidence, request.project, request.run, "model_audit", audit)
    record_judgement(lineage, clock, request, ("model", request.model), stored)
    if audit.violations:
        events.publish(_disparity_detected(request, audit, stored, clock.now().isoformat()))
    return Result(
        verdict=audit.verdict,
        findings=len(audit.findings),
        violations=len(audit.violations),
        evidence=stored,
    )


def _disparity_detected(request: Request, audit: Audit, stored: Evidence, at: str) -> Event:
    return Event(
        name="DisparityDetected",
        project=request.project,
        actor="loopwright",
        at=at,
        reason=f"{len(audit.violations)} findings of the audit are violations",
        detail={
            "run": request.run,
            "model": request.model,
            "dataset": request.dataset,
            "verdict": audit.verdict,
            "evidence": stored.model_dump(mode="json"),
            "violations": [
                {"subject": finding.subject, "measure": finding.measure}
                for finding in audit.violations[:50]
            ],
        },
    )
