"""Approval by a person on the whole stack: approved, refused, expired, or never asked for."""

import time
from datetime import timedelta
from typing import Any  # JSON documents

import pytest

from infra.twin.twin import SECOND_USER
from loopwright import bootstrap
from loopwright.domain.run import Approval, Run
from tests.twin.loop_stack import DIABETES, LoopStack, instance_of, patients, write_project

DATA = DIABETES / "data" / "diabetes.csv"


def waiting_run(stack: LoopStack, name: str, **changes: Any) -> Run:
    """Push a project that asks for approval, and its data; the run as it waits."""
    wanted = {"promotion.approval": True} | {
        key.replace("__", "."): value for key, value in changes.items()
    }
    stack.push_project(write_project(stack.folder, name, changes=wanted))
    stack.as_json("data", "push", name, DATA, "--no-wait")
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if "ApprovalRequested" in stack.event_names(name):
            return bootstrap.ledger().runs(name)[0]
        if "RunFinished" in stack.event_names(name):
            pytest.fail(f"the run of {name} ended: {bootstrap.ledger().runs(name)[0].outcome}")
        time.sleep(0.2)
    pytest.fail(f"the run of {name} did not come to wait")


def decide(
    stack: LoopStack, run: Run, approval: Approval, user: str = SECOND_USER, **changes: str
) -> tuple[int, Any]:
    """Decide through the API; the status and the answer."""
    body = {"decision": "approved", "reason": "looked at it", "evidence": approval.evidence}
    path = f"/projects/{run.project}/runs/{run.id}/decision"
    return stack.request("POST", path, body | changes, user=user)


def test_a_candidate_is_promoted_when_a_second_person_approves_its_evidence(
    stack: LoopStack,
) -> None:
    """Until then the run waits, nobody answers predictions, and other evidence is refused."""
    run = waiting_run(stack, "approved")
    approval = bootstrap.ledger().approval("approved", run.id)
    unanswered = stack.request(
        "POST", "/projects/approved/predictions", {"instances": [instance_of(patients()[0])]}
    )
    other = decide(stack, run, approval, evidence="0" * 64)
    hasty = decide(stack, run, approval, reason="")
    undecided = decide(stack, run, approval, decision="perhaps")
    words = ("approve", run.id[:12], "--reason", "the errors are acceptable")
    said = stack.as_json(*words, user=SECOND_USER)
    stack.twin.drain(timeout_s=300)
    ended = stack.run_of(run.id)
    late = stack.run_command("reject", run.id, "--reason", "changed my mind")
    champion = bootstrap.ledger().champion("approved")

    assert (run.outcome, unanswered[0]) == (None, 404)
    assert (other[0], hasty[0], undecided[0]) == (409, 400, 400)
    assert "read that evidence and decide again" in other[1]["detail"]
    assert said["decision"] == "approved"
    assert said["actor"].endswith(f"user/{SECOND_USER}")
    assert ended.outcome == "model_promoted"
    assert champion is not None
    assert champion.model == approval.model == ended.model
    assert "the errors are acceptable" in stack.report(ended)
    assert SECOND_USER in stack.report(ended)
    assert late.code == 1
    assert "already approved" in late.text
    assert stack.event_names("approved")[-2:] == ["ModelPromoted", "RunFinished"]


def test_a_candidate_that_a_person_rejects_is_never_champion(stack: LoopStack) -> None:
    """The run ends as a refusal that names the person and the reason."""
    run = waiting_run(stack, "refused")
    rejected = stack.run_command(
        "reject", run.id, "--reason", "too few old patients", user=SECOND_USER
    )
    stack.twin.drain(timeout_s=300)
    ended = stack.run_of(run.id)
    watched = stack.run_command("runs", "watch", run.id)
    again = stack.push_project(stack.folder / "refused")
    same = stack.release("release", "refused")

    assert rejected.code == 0
    assert ended.outcome == "approval_refused"
    assert ended.reasons[0].code == "refused"
    assert "too few old patients" in ended.reasons[0].message
    assert SECOND_USER in stack.report(ended)
    assert watched.code == 3
    assert bootstrap.ledger().champion("refused") is None
    assert bootstrap.ledger().model("refused", ended.model or "").status == "rejected"
    assert again["spec"] == ended.spec
    assert same.outcome == "nothing_new"
    assert ended.id in same.reasons[0].message


def test_a_candidate_that_nobody_decides_on_expires(stack: LoopStack) -> None:
    """After the hours of the spec; a later decision is told that it comes too late."""
    run = waiting_run(stack, "expired", promotion__approval_timeout_hours=1)
    approval = bootstrap.ledger().approval("expired", run.id)
    stack.twin.clock.advance(timedelta(minutes=61))
    deadline = time.monotonic() + 120
    while stack.run_of(run.id).outcome is None and time.monotonic() < deadline:
        time.sleep(0.2)
    stack.twin.drain(timeout_s=300)
    ended = stack.run_of(run.id)
    late = decide(stack, run, approval)

    assert ended.outcome == "approval_expired"
    assert ended.reasons[0].code == "not_decided"
    assert "approve or reject the candidate in time" in ended.reasons[0].advice
    assert bootstrap.ledger().champion("expired") is None
    assert late[0] == 409
    assert "does not any more" in late[1]["detail"]
    assert "nobody decided" in stack.report(ended)


def test_a_run_that_waits_for_nobody_cannot_be_approved(stack: LoopStack) -> None:
    """The command and the API say so, and name an unknown run."""
    stack.push_project(write_project(stack.folder, "unasked"))
    empty = stack.folder / "empty.csv"
    empty.write_bytes(b"")
    run = stack.push_data("unasked", empty)
    command = stack.run_command("approve", run.id, "--reason", "why not")
    status, problem = stack.request(
        "POST",
        f"/projects/unasked/runs/{run.id}/decision",
        {"decision": "approved", "reason": "why not", "evidence": "0" * 64},
    )
    unknown = stack.run_command("approve", "no-such-run", "--reason", "why not")

    assert (command.code, status, unknown.code) == (1, 409, 1)
    assert "does not wait" in command.text
    assert problem["type"] == "urn:loopwright:problem:not-waiting"
    assert "no run with the id 'no-such-run'" in unknown.text
