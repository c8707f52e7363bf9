from typing import Any

import pytest

from loopwright.domain.run import Approval
from loopwright.errors import ConflictError, NotWaitingError, RequestError
from loopwright.steps.record_decision import Request, Result, read_request, record_decision
from tests.fakes import InMemoryTaskTokens
from tests.fakes.serving import PROJECT, LoanDesk

DIGEST = "d" * 64


def a_desk() -> LoanDesk:
    """Return a desk whose run-2 waits for an hour."""
    desk = LoanDesk()
    desk.ledger.request_approval(
        Approval(
            run="run-2",
            project=PROJECT,
            model=desk.second,
            evidence=DIGEST,
            token="token",
            requested_at=desk.now,
            expires_at="2026-01-05T13:00:00+00:00",
        )
    )
    return desk


def decide(desk: LoanDesk, tokens: InMemoryTaskTokens, **changes: Any) -> Result:
    """Decide."""
    request = {
        "project": PROJECT,
        "run": "run-2",
        "decision": "approved",
        "reason": "reviewed",
        "evidence": DIGEST,
        "actor": "bob",
    }
    return record_decision(
        Request.model_validate({**request, **changes}),
        ledger=desk.ledger,
        task_tokens=tokens,
        clock=desk.clock,
    )


@pytest.mark.parametrize("decision", ["approved", "refused"])
def test_a_decision_is_recorded_and_the_machine_goes_on(decision: str) -> None:
    """The machine learns who decided, and why."""
    desk, tokens = a_desk(), InMemoryTaskTokens("token")
    result = decide(desk, tokens, decision=decision)
    stored = desk.ledger.approval(PROJECT, "run-2")

    assert (result.decision, result.model) == (decision, desk.second)
    assert (stored.decision, stored.actor, stored.decided_at) == (decision, "bob", desk.now)
    assert tokens.answers["token"] == {"decision": decision, "actor": "bob", "reason": "reviewed"}


def test_a_run_that_does_not_wait_cannot_be_decided() -> None:
    """The message names it."""
    with pytest.raises(NotWaitingError, match="run 'other'"):
        decide(a_desk(), InMemoryTaskTokens(), run="other")


def test_a_decision_on_other_evidence_is_refused() -> None:
    """What was read must be what is approved."""
    desk = a_desk()

    with pytest.raises(ConflictError, match=f"on the evidence {DIGEST}, not e"):
        decide(desk, InMemoryTaskTokens("token"), evidence="e")
    assert desk.ledger.approval(PROJECT, "run-2").decision is None


def test_a_decision_that_comes_too_late_is_refused() -> None:
    """The machine has gone on without it."""
    desk = a_desk()
    desk.clock.advance(hours=1)

    with pytest.raises(NotWaitingError, match="waited until 2026-01-05T13:00:00"):
        decide(desk, InMemoryTaskTokens("token"))


def test_a_second_decision_cannot_change_the_first() -> None:
    """It is refused with who decided."""
    desk, tokens = a_desk(), InMemoryTaskTokens("token")
    decide(desk, tokens)

    with pytest.raises(NotWaitingError, match="already approved by bob"):
        decide(desk, tokens, decision="refused", actor="eve")


def test_the_body_names_decision_reason_and_evidence() -> None:
    """Anything else is refused with its field."""
    body = b'{"decision": "refused", "reason": "too few rows", "evidence": "d"}'
    request = read_request(PROJECT, "run-2", body, "bob")

    assert (request.run, request.decision, request.actor) == ("run-2", "refused", "bob")
    with pytest.raises(RequestError, match="field 'decision'"):
        read_request(PROJECT, "run-2", body.replace(b"refused", b"maybe"), "bob")
