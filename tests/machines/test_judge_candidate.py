"""Every way through judge_candidate."""

import json
from typing import Any

import pytest

from tests.machines.machine_harness import (
    Breaks,
    Case,
    Does,
    Interpreter,
    World,
    definition,
    transitions,
)

MACHINE = "judge_candidate"
INPUT = {"run": "run-1", "project": "employment", "spec": "s", "dataset": "d", "model": "m"}
EVALUATION = {"name": "evaluation.json", "key": "runs/employment/run-1/evaluation.json"}
AUDIT = {"name": "model_audit.json", "key": "runs/employment/run-1/model_audit.json"}
DECISION = {"name": "decision.json", "key": "runs/employment/run-1/decision.json"}
REASON = {"code": "group_worse", "message": "recall fell by 0.08 for group 2"}


def decided(outcome: str, *, timeout_seconds: int = 60) -> dict[str, Any]:
    """What DecidePromotion answers."""
    return {
        "outcome": outcome,
        "reasons": [] if outcome == "promote" else [REASON],
        "evidence": DECISION,
        "approval_timeout_seconds": timeout_seconds,
    }


def says(decision: str) -> Does:
    """AwaitApproval, with a person who decides at once."""

    def decide(world: World, payload: Any) -> Any:
        output = {"decision": decision, "actor": "arn:user/ada", "reason": "I looked at it"}
        world.loop.client("stepfunctions").send_task_success(
            taskToken=payload["token"], output=json.dumps(output)
        )
        return {"run": payload["run"]}

    return Does(decide)


def case(ends: str, **changed: Any) -> Case:
    """A case that differs by these answers from a candidate that is promoted."""
    usual = {
        "EvaluateModel": {"champion": "old", "evidence": EVALUATION},
        "AuditModel": {"verdict": "pass", "findings": 0, "evidence": AUDIT},
        "DecidePromotion": decided("promote"),
    }
    return Case(ends, INPUT, {name: [answer] for name, answer in {**usual, **changed}.items()})


HOLD = decided("hold")
HOLD_FOR_A_SECOND = decided("hold", timeout_seconds=1)
CASES = {
    "every gate passes": case("CandidateApproved"),
    "a gate rejects": case("CandidateRejected", DecidePromotion=decided("reject")),
    "a person approves": case(
        "CandidateApproved", DecidePromotion=HOLD, AwaitApproval=says("approved")
    ),
    "a person refuses": case(
        "ApprovalRefused", DecidePromotion=HOLD, AwaitApproval=says("refused")
    ),
    "nobody decides": case(
        "ApprovalExpired", DecidePromotion=HOLD_FOR_A_SECOND, AwaitApproval={"run": "run-1"}
    ),
    "EvaluateModel breaks": case("JudgementBroken", EvaluateModel=Breaks()),
    "AuditModel breaks": case("JudgementBroken", AuditModel=Breaks()),
    "DecidePromotion breaks": case("JudgementBroken", DecidePromotion=Breaks()),
    "AwaitApproval breaks": case("JudgementBroken", DecidePromotion=HOLD, AwaitApproval=Breaks()),
}
OUTCOMES = {
    "CandidateApproved": "approved",
    "CandidateRejected": "candidate_rejected",
    "ApprovalRefused": "approval_refused",
    "ApprovalExpired": "approval_expired",
}


@pytest.mark.parametrize("name", CASES)
def test_it_ends_where_it_should(interpreter: Interpreter, name: str) -> None:
    """A refusal is an outcome; it names the champion that the candidate was compared with."""
    run = interpreter.run(MACHINE, name, CASES[name])

    assert run.last_state == CASES[name].ends
    if run.last_state == "JudgementBroken":
        assert (run.status, run.error) == ("FAILED", "BrokenError")
    else:
        assert run.output["outcome"] == OUTCOMES[run.last_state]
        assert run.output["champion"] == "old"


@pytest.mark.parametrize("name", ["a person approves", "a person refuses"])
def test_a_decision_keeps_who_made_it_and_why(interpreter: Interpreter, name: str) -> None:
    """They go into the champion pointer, or into the report."""
    run = interpreter.run(MACHINE, name, CASES[name])

    assert run.output["actor"] == "arn:user/ada"
    assert run.output["reason"] == "I looked at it"
    assert run.output["reasons"] == [REASON]


def test_the_first_candidate_has_no_champion_to_name(interpreter: Interpreter) -> None:
    """The pointer is then written only if there is none."""
    first = case("CandidateApproved", EvaluateModel={"champion": None, "evidence": EVALUATION})
    run = interpreter.run(MACHINE, "the first candidate", first)

    assert run.output["champion"] is None
    assert run.world.payloads["DecidePromotion"][0]["champion"] is None


def test_the_approver_gets_the_evidence_that_was_decided_on(interpreter: Interpreter) -> None:
    """Its digest is what an approver approves."""
    run = interpreter.run(MACHINE, "a person approves", CASES["a person approves"])
    request = run.world.payloads["AwaitApproval"][0]

    assert request["evidence"] == DECISION
    assert request["timeout_seconds"] == 60
    assert run.world.payloads["DecidePromotion"][0]["evaluation"] == EVALUATION
    assert run.world.payloads["DecidePromotion"][0]["audit"] == AUDIT


def test_every_transition_is_taken(interpreter: Interpreter) -> None:
    """No branch and no Catch of the deployed file is left untried."""
    assert interpreter.steps(MACHINE, CASES) == transitions(definition(MACHINE)["States"])
