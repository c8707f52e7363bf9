"""Every way through prepare_dataset."""

from typing import Any

import pytest

from tests.machines.machine_harness import Breaks, Case, Interpreter, definition, transitions

MACHINE = "prepare_dataset"
INPUT: dict[str, Any] = {
    "run": "run-1",
    "execution": "arn:execution:run-1",
    "trigger": "upload",
    "project": None,
    "key": "incoming/employment/2015.csv",
    "version_id": "v1",
    "dataset": None,
    "parents": [],
    "actor": "123456789012",
    "reason": "upload",
    "imported": None,
}
REASON = {"code": "column_missing", "message": "column AGEP is missing", "advice": "add it"}
PLAN = {"key": "staging/employment/run-1/plan.json", "digest": "p" * 64}
TO_READ: dict[str, Any] = {
    "outcome": "to_read",
    "run": "run-1",
    "project": "employment",
    "spec": "s" * 64,
    "code": "c" * 64,
    "image": "image:1",
    "plan": PLAN,
    "reading": [0, 1, 2],
    "dataset": None,
    "batches": [],
    "buckets": [],
    "training": None,
    "reasons": [],
    "previous_run": None,
}
REGISTERED: dict[str, Any] = {
    **TO_READ,
    "outcome": "registered",
    "plan": None,
    "reading": [],
    "dataset": "d" * 64,
    "batches": [0, 1],
    "buckets": [0],
    "training": {"image": "image:1", "script_uri": None},
}
PASSES: dict[str, Any] = {"verdict": "pass", "reasons": [], "evidence": {}}
REJECTS: dict[str, Any] = {"verdict": "reject", "reasons": [REASON], "evidence": {}}
TOO_LITTLE: dict[str, Any] = {**REJECTS, "verdict": "insufficient_data"}


def answers(**changed: Any) -> dict[str, list[Any]]:
    """What the functions answer on the way to a prepared dataset, with changes."""
    usual = {
        "RegisterDataset": TO_READ,
        "VersionDataset": REGISTERED,
        "ValidateDataset": PASSES,
        "AssessFeasibility": PASSES,
        "AuditDataset": PASSES,
    }
    parts: dict[str, list[Any]] = {
        "ReadPart": [{"batch": n, "key": f"r{n}", "digest": "r"} for n in (0, 1, 2)],
        "ProfilePart": [{"batch": n, "key": f"k{n}", "digest": "p"} for n in (0, 1)],
        "CheckBucket": [{"bucket": 0, "key": "c0", "digest": "c"}],
    }
    usual_answers: dict[str, list[Any]] = {
        name: [answer] for name, answer in {**usual, **changed}.items()
    }
    return {**parts, **usual_answers}


def case(ends: str, **changed: Any) -> Case:
    """A case that differs from the usual one by these answers."""
    return Case(ends, INPUT, answers(**changed))


NEW_NOTHING = {**REGISTERED, "outcome": "nothing_new", "batches": [], "training": None}
REJECTED = {**NEW_NOTHING, "outcome": "rejected", "dataset": None, "reasons": [REASON]}
CASES = {
    "all gates pass": case("DatasetPrepared"),
    "a version that is there is asked for": case("DatasetPrepared", RegisterDataset=REGISTERED),
    "the question had its verdict": case("NothingNew", RegisterDataset=NEW_NOTHING),
    "the rows had their verdict": case("NothingNew", VersionDataset=NEW_NOTHING),
    "there is no upload": case("DatasetRejected", RegisterDataset=REJECTED),
    "the upload cannot be read": case("DatasetRejected", VersionDataset=REJECTED),
    "the contract is broken": case("DatasetRejected", ValidateDataset=REJECTS),
    "nothing can be learned": case("Infeasible", AssessFeasibility=REJECTS),
    "there are too few rows to tell": case("Infeasible", AssessFeasibility=TOO_LITTLE),
    "the audit rejects the data": case("DatasetRejected", AuditDataset=REJECTS),
    "RegisterDataset breaks": case("PreparationBroken", RegisterDataset=Breaks()),
    "ReadPart breaks": Case(
        "PreparationBroken", INPUT, {**answers(), "ReadPart": [Breaks(), Breaks(), Breaks()]}
    ),
    "VersionDataset breaks": case("PreparationBroken", VersionDataset=Breaks()),
    "ProfilePart breaks": Case(
        "PreparationBroken", INPUT, {**answers(), "ProfilePart": [Breaks(), Breaks()]}
    ),
    "CheckBucket breaks": case("PreparationBroken", CheckBucket=Breaks()),
    "a child is killed and called again": Case(
        "DatasetPrepared",
        INPUT,
        {
            **answers(),
            "ReadPart": [Breaks("Sandbox.Timedout"), *answers()["ReadPart"]],
            "ProfilePart": [Breaks("Runtime.OutOfMemory"), *answers()["ProfilePart"]],
            "CheckBucket": [Breaks("Runtime.ExitError"), *answers()["CheckBucket"]],
        },
    ),
    "ValidateDataset breaks": case("PreparationBroken", ValidateDataset=Breaks()),
    "AssessFeasibility breaks": case("PreparationBroken", AssessFeasibility=Breaks()),
    "AuditDataset breaks": case("PreparationBroken", AuditDataset=Breaks()),
}
OUTCOMES = {
    "DatasetPrepared": "prepared",
    "NothingNew": "nothing_new",
    "DatasetRejected": "dataset_rejected",
    "Infeasible": "infeasible",
}


@pytest.mark.parametrize("name", CASES)
def test_it_ends_where_it_should(interpreter: Interpreter, name: str) -> None:
    """A rejection is an outcome, breakage a failure that keeps the error's name."""
    run = interpreter.run(MACHINE, name, CASES[name])

    assert run.last_state == CASES[name].ends
    if run.last_state == "PreparationBroken":
        assert (run.status, run.error) == ("FAILED", "BrokenError")
    else:
        assert (run.status, run.output["outcome"]) == ("SUCCEEDED", OUTCOMES[run.last_state])


def test_a_prepared_dataset_comes_with_all_that_training_needs(interpreter: Interpreter) -> None:
    """The parent reads nothing else."""
    run = interpreter.run(MACHINE, "all gates pass", CASES["all gates pass"])

    assert run.output == {
        "outcome": "prepared",
        "project": "employment",
        "spec": "s" * 64,
        "code": "c" * 64,
        "image": "image:1",
        "dataset": "d" * 64,
        "training": {"image": "image:1", "script_uri": None},
        "reasons": [],
    }


def test_the_merge_is_told_how_many_parts_there_must_be(interpreter: Interpreter) -> None:
    """So that it can refuse an incomplete set; every part has one child."""
    payloads = interpreter.run(MACHINE, "all gates pass", CASES["all gates pass"]).world.payloads

    assert sorted(one["batch"] for one in payloads["ProfilePart"]) == [0, 1]
    assert payloads["ValidateDataset"][0]["expected"] == 2
    assert {part["batch"] for part in payloads["ValidateDataset"][0]["parts"]} == {0, 1}
    assert [one["bucket"] for one in payloads["ValidateDataset"][0]["buckets"]] == [0]
    assert [(one["bucket"], one["batches"]) for one in payloads["CheckBucket"]] == [(0, 2)]


def test_the_registration_is_told_who_asked_for_what(interpreter: Interpreter) -> None:
    """The whole input of the machine, an import included."""
    payloads = interpreter.run(MACHINE, "all gates pass", CASES["all gates pass"]).world.payloads

    assert payloads["RegisterDataset"] == [INPUT]


def test_every_batch_of_the_plan_is_read_and_its_answer_handed_on(
    interpreter: Interpreter,
) -> None:
    """By number and by the key of the plan; the state never holds a list of files."""
    payloads = interpreter.run(MACHINE, "all gates pass", CASES["all gates pass"]).world.payloads

    assert sorted(one["batch"] for one in payloads["ReadPart"]) == [0, 1, 2]
    assert all(one["plan"] == PLAN for one in payloads["ReadPart"])
    assert payloads["VersionDataset"][0]["plan"] == PLAN
    assert {part["batch"] for part in payloads["VersionDataset"][0]["parts"]} == {0, 1, 2}


@pytest.mark.parametrize(
    "name",
    [
        "there is no upload",
        "the upload cannot be read",
        "the contract is broken",
        "nothing can be learned",
    ],
)
def test_a_rejection_keeps_its_reasons(interpreter: Interpreter, name: str) -> None:
    """They are what the report shows, one or many."""
    run = interpreter.run(MACHINE, name, CASES[name])

    assert run.output["reasons"] == [REASON]
    assert run.output["training"] is None


def test_every_transition_is_taken(interpreter: Interpreter) -> None:
    """No branch and no Catch of the deployed file is left untried."""
    assert interpreter.steps(MACHINE, CASES) == transitions(definition(MACHINE)["States"])
