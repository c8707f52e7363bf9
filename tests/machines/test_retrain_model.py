"""Every way through retrain_model."""

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

MACHINE = "retrain_model"
INPUT = {"project": "employment", "trigger": "drift", "actor": "assess_drift", "reason": "AGEP"}
REASON = {"code": "cooling_down", "message": "the last retraining was an hour ago"}
EVENT = {"schema_version": 1, "name": "RetrainingRefused", "project": "employment"}
RETRAIN: dict[str, Any] = {
    "verdict": "retrain",
    "reasons": [],
    "champion": "old",
    "dataset": "d" * 64,
    "labelled_rows": 900,
    "event": None,
}
REFUSE: dict[str, Any] = {**RETRAIN, "verdict": "refuse", "reasons": [REASON], "event": EVENT}
ASSEMBLED = {"key": "assembled/employment/r.parquet", "parents": ["d" * 64], "rows": 5000}
RELEASED = {"run": "r", "project": "employment", "outcome": "model_promoted"}


def lease(world: World, owner: str, expires_at: int) -> None:
    """Store a lease that somebody else holds."""
    item = {
        "pk": {"S": "PROJECT#employment"},
        "sk": {"S": "LEASE"},
        "owner": {"S": owner},
        "expires_at": {"N": str(expires_at)},
    }
    world.loop.client("dynamodb").put_item(TableName=world.table, Item=item)


def held(world: World) -> None:
    """Another retraining runs."""
    lease(world, "another", 4_000_000_000)


def abandoned(world: World) -> None:
    """Another retraining never gave its lease back."""
    lease(world, "another", 1_000_000_000)


def loses_the_lease(world: World, payload: Any) -> Any:
    """Somebody took the lease meanwhile."""
    held(world)
    return RETRAIN


def loses_the_catalog(world: World, payload: Any) -> Any:
    """The catalog goes away meanwhile."""
    world.drop_table()
    return RETRAIN


def case(ends: str, *, release: Any = RELEASED, before: Any = None, **changed: Any) -> Case:
    """A case that differs by these answers from a retraining that is released."""
    usual = {"AssessRetraining": RETRAIN, "AssembleDataset": ASSEMBLED}
    answers = {name: [answer] for name, answer in {**usual, **changed}.items()}
    return Case(ends, INPUT, answers, {"ReleaseModel": release}, before=before)


CASES = {
    "retraining is allowed": case("RetrainingFinished"),
    "an abandoned lease has run out": case("RetrainingFinished", before=abandoned),
    "the governor refuses": case("RetrainingRefused", AssessRetraining=REFUSE),
    "another retraining runs": case("RetrainingAlreadyRunning", before=held),
    "the lease is lost meanwhile": case(
        "RetrainingFinished", AssessRetraining=Does(loses_the_lease)
    ),
    "the lease cannot be taken": Case(
        "RetrainingBroken", INPUT, missing=frozenset({"CatalogTableName"})
    ),
    "the lease cannot be released": case(
        "RetrainingBroken", AssessRetraining=Does(loses_the_catalog)
    ),
    "AssessRetraining breaks": case("RetrainingBroken", AssessRetraining=Breaks()),
    "AssembleDataset breaks": case("RetrainingBroken", AssembleDataset=Breaks()),
    "the release breaks": case("RetrainingBroken", release=Breaks()),
    "the refusal cannot be announced": Case(
        "RetrainingBroken",
        INPUT,
        {"AssessRetraining": [REFUSE]},
        missing=frozenset({"EventBusName"}),
    ),
}
LEFT_BEHIND = {"the lease is lost meanwhile", "another retraining runs"}
WITHOUT_A_CATALOG = {"the lease cannot be taken", "the lease cannot be released"}


@pytest.mark.parametrize("name", CASES)
def test_it_ends_where_it_should(interpreter: Interpreter, name: str) -> None:
    """A refusal is an outcome."""
    run = interpreter.run(MACHINE, name, CASES[name])

    assert run.last_state == CASES[name].ends
    assert run.status == ("FAILED" if run.last_state == "RetrainingBroken" else "SUCCEEDED")


@pytest.mark.parametrize("name", sorted(set(CASES) - LEFT_BEHIND - WITHOUT_A_CATALOG))
def test_the_lease_is_released_however_it_ends(interpreter: Interpreter, name: str) -> None:
    """Or the next drift would find it taken."""
    run = interpreter.run(MACHINE, name, CASES[name])

    assert run.world.items() == []


@pytest.mark.parametrize("name", sorted(LEFT_BEHIND))
def test_a_lease_of_another_is_left_alone(interpreter: Interpreter, name: str) -> None:
    """Only its owner may release it."""
    run = interpreter.run(MACHINE, name, CASES[name])

    assert [item["owner"]["S"] for item in run.world.items()] == ["another"]


def test_the_lease_names_its_execution_and_an_end(interpreter: Interpreter) -> None:
    """Later than the longest execution, and not for ever."""
    seen: list[Any] = []

    def looks(world: World, payload: Any) -> Any:
        seen.extend(world.items())
        return RETRAIN

    watched = case("RetrainingFinished", AssessRetraining=Does(looks))
    run = interpreter.run(MACHINE, "the lease is watched", watched)
    now = run.world.loop.context.clock.now().timestamp()
    left = int(seen[0]["expires_at"]["N"]) - now

    assert seen[0]["owner"]["S"] == run.execution
    assert definition(MACHINE)["TimeoutSeconds"] < left < 40 * 86_400


def test_a_release_gets_what_was_assembled(interpreter: Interpreter) -> None:
    """As release_model's input wants it."""
    run = interpreter.run(MACHINE, "retraining is allowed", CASES["retraining is allowed"])

    assert run.output == RELEASED
    assert run.world.payloads["AssembleDataset"][0] == {
        "project": "employment",
        "run": run.execution.rsplit(":", 1)[1],
        "champion": "old",
        "dataset": "d" * 64,
    }


def test_a_refusal_ends_with_its_reasons(interpreter: Interpreter) -> None:
    """They say why nothing was retrained."""
    run = interpreter.run(MACHINE, "the governor refuses", CASES["the governor refuses"])

    assert run.output["outcome"] == "retraining_refused"
    assert run.output["reasons"] == [REASON]


def test_every_transition_is_taken(interpreter: Interpreter) -> None:
    """No branch and no Catch of the deployed file is left untried."""
    assert interpreter.steps(MACHINE, CASES) == transitions(definition(MACHINE)["States"])
