"""Record a person's decision about a candidate, and let the waiting machine go on."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from loopwright.domain.record import Record
from loopwright.domain.requests_json import read_document
from loopwright.errors import ConflictError, NotWaitingError
from loopwright.ports import Clock, Ledger, TaskTokens

MAX_BODY_BYTES = 10_000


class Body(Record):
    """The body of POST /projects/{project}/runs/{run}/decision."""

    decision: Literal["approved", "refused"]
    reason: str = Field(min_length=3)
    evidence: str


class Request(Record):
    """Who decides what about which run; `evidence` is the digest of what was decided on."""

    project: str
    run: str
    decision: Literal["approved", "refused"]
    reason: str
    evidence: str
    actor: str


class Result(Record):
    """The decision as it was recorded."""

    project: str
    run: str
    model: str
    decision: Literal["approved", "refused"]
    actor: str


def read_request(project: str, run: str, body: bytes, actor: str) -> Request:
    """Read the body of a caller; RequestError names what is wrong in it."""
    sent = read_document(body, Body, max_body_bytes=MAX_BODY_BYTES)
    return Request(project=project, run=run, actor=actor, **sent.model_dump())


def record_decision(
    request: Request, *, ledger: Ledger, task_tokens: TaskTokens, clock: Clock
) -> Result:
    """Store the decision once, for the evidence that the run waits with, and answer its task."""
    approval = ledger.approval(request.project, request.run)
    now = clock.now()
    if now >= datetime.fromisoformat(approval.expires_at):
        message = f"run {request.run!r} waited until {approval.expires_at} and does not any more"
        raise NotWaitingError(message)
    if request.evidence != approval.evidence:
        message = (
            f"run {request.run!r} waits for a decision on the evidence {approval.evidence}, "
            f"not {request.evidence}: read that evidence and decide again"
        )
        raise ConflictError(message)
    decided = {
        "decision": request.decision,
        "actor": request.actor,
        "reason": request.reason,
        "decided_at": now.isoformat(),
    }
    ledger.decide_approval(approval.model_copy(update=decided))
    task_tokens.answer(
        approval.token,
        {"decision": request.decision, "actor": request.actor, "reason": request.reason},
    )
    return Result(
        project=request.project,
        run=request.run,
        model=approval.model,
        decision=request.decision,
        actor=request.actor,
    )
