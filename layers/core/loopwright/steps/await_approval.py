"""Ask a person to decide about a candidate; the machine waits for the task's token."""

from datetime import timedelta

from loopwright.domain.events import Event
from loopwright.domain.gate import Evidence
from loopwright.domain.record import Record
from loopwright.domain.run import Approval
from loopwright.ports import Clock, EventBus, Ledger


class Request(Record):
    """The candidate, the evidence to decide on, and the token of the waiting task."""

    run: str
    project: str
    model: str
    evidence: Evidence
    token: str
    timeout_seconds: int


class Result(Record):
    """The run that waits."""

    run: str
    expires_at: str


def await_approval(
    request: Request, *, ledger: Ledger, event_bus: EventBus, clock: Clock
) -> Result:
    """Store the request for approval, and announce it."""
    now = clock.now()
    expires_at = (now + timedelta(seconds=request.timeout_seconds)).isoformat()
    approval = Approval(
        run=request.run,
        project=request.project,
        model=request.model,
        evidence=request.evidence.digest,
        token=request.token,
        requested_at=now.isoformat(),
        expires_at=expires_at,
    )
    ledger.request_approval(approval)
    event_bus.publish(
        Event(
            name="ApprovalRequested",
            project=request.project,
            actor="await_approval",
            at=approval.requested_at,
            reason=f"run {request.run} waits for a decision until {expires_at}",
            detail={
                "run": request.run,
                "model": request.model,
                "evidence": request.evidence.model_dump(mode="json"),
                "expires_at": expires_at,
            },
        )
    )
    return Result(run=request.run, expires_at=expires_at)
