"""Decide whether a candidate may become champion, and record why."""

from loopwright.domain import promotion
from loopwright.domain.evaluation import Evaluation
from loopwright.domain.fairness import Audit
from loopwright.domain.gate import Evidence, Reason
from loopwright.domain.promotion_checks import check_all
from loopwright.domain.record import Record, digest_of
from loopwright.ports import Clock, EvidenceStore, Lineage, ObjectStore, SpecStore
from loopwright.steps.gate_evidence import record_judgement, store_document

LATER_DOCUMENTS = ("decision", "promotion", "report")


class Request(Record):
    """The candidate, the champion it was compared with, and the evidence about it."""

    run: str
    project: str
    spec: str
    model: str
    champion: str | None
    evaluation: Evidence
    audit: Evidence


class Result(Record):
    """Promote, hold for a person's decision, or reject; with the reasons and the document."""

    outcome: promotion.Outcome
    reasons: tuple[Reason, ...]
    evidence: Evidence
    approval_timeout_seconds: int


def decide_promotion(
    request: Request,
    *,
    specs: SpecStore,
    objects: ObjectStore,
    evidence: EvidenceStore,
    lineage: Lineage,
    clock: Clock,
) -> Result:
    """Hold every number against its limit, and store the decision with all it rests on."""
    spec = specs.spec(request.project, request.spec)
    evaluation = Evaluation.model_validate_json(evidence.get(request.evaluation))
    audit = Audit.model_validate_json(evidence.get(request.audit))
    checks = check_all(spec, evaluation, audit)
    decision = promotion.Decision(
        project=request.project,
        run=request.run,
        spec=request.spec,
        dataset=evaluation.dataset,
        model=request.model,
        champion=request.champion,
        metric=evaluation.metric,
        outcome=promotion.decide(spec, checks),
        checks=checks,
        reasons=promotion.reasons_of(checks),
        approval_timeout_seconds=promotion.approval_timeout_seconds(spec),
        evidence=_evidence_of_run(objects, request),
    )
    stored = store_document(evidence, request.project, request.run, "decision", decision)
    record_judgement(lineage, clock, request, ("model", request.model), stored)
    return Result(
        outcome=decision.outcome,
        reasons=decision.reasons,
        evidence=stored,
        approval_timeout_seconds=decision.approval_timeout_seconds,
    )


def _evidence_of_run(objects: ObjectStore, request: Request) -> tuple[Evidence, ...]:
    """Return every document that the gates of the run stored before this decision."""
    prefix = f"runs/{request.project}/{request.run}/"
    names = [key.removeprefix(prefix) for key in objects.keys(prefix)]
    return tuple(
        Evidence(name=name, key=prefix + name, digest=digest_of(objects.read(prefix + name)))
        for name in names
        if not name.startswith(LATER_DOCUMENTS)
    )
