from loopwright.domain.gate import Evidence
from loopwright.steps.await_approval import Request, await_approval
from tests.fakes.serving import PROJECT, LoanDesk


def test_the_request_for_approval_is_stored_and_announced() -> None:
    """With the digest of what is to be decided on, and until when."""
    desk = LoanDesk()
    evidence = Evidence(name="decision.json", key="runs/loans/run-2/decision.json", digest="d" * 64)
    request = Request(
        run="run-2",
        project=PROJECT,
        model=desk.second,
        evidence=evidence,
        token="token",
        timeout_seconds=3_600,
    )
    result = await_approval(request, ledger=desk.ledger, event_bus=desk.event_bus, clock=desk.clock)
    stored = desk.ledger.approval(PROJECT, "run-2")

    assert result.expires_at == stored.expires_at == "2026-01-05T13:00:00+00:00"
    assert (stored.token, stored.evidence, stored.decision) == ("token", "d" * 64, None)
    assert desk.event_bus.names == ["ApprovalRequested"]
    assert "token" not in desk.event_bus.events[0].model_dump_json()
