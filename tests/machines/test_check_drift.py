"""Every way through check_drift."""

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

MACHINE = "check_drift"
ONE = {"project": "employment"}
ALL = {"project": None}
QUIET: dict[str, Any] = {
    "project": "employment",
    "verdict": "none",
    "reason": "no column drifted",
    "event": None,
}
EVENT = {
    "schema_version": 1,
    "name": "DriftDetected",
    "project": "employment",
    "actor": "assess_drift",
    "at": "2018-01-01T00:00:00+00:00",
    "reason": "AGEP drifted",
    "detail": {"verdict": "material"},
}
DRIFTED: dict[str, Any] = {**QUIET, "verdict": "material", "reason": "AGEP drifted", "event": EVENT}


def two_projects(world: World) -> None:
    """A catalog that lists two projects, and something else."""
    world.put(pk="PROJECTS", sk="employment")
    world.put(pk="PROJECTS", sk="diabetes")
    world.put(pk="PROJECT#employment", sk="CHAMPION")


def by_project(world: World, payload: Any) -> Any:
    """Employment cannot be assessed; the others are quiet."""
    broken = payload["project"] == "employment"
    return Breaks() if broken else {**QUIET, "project": payload["project"]}


EITHER = [Does(by_project), Does(by_project)]
CASES = {
    "one project, no drift": Case("DriftChecked", ONE, {"AssessDrift": [QUIET]}),
    "one project, drift": Case("DriftChecked", ONE, {"AssessDrift": [DRIFTED]}),
    "no project": Case("DriftChecked", ALL),
    "two projects": Case("DriftChecked", ALL, {"AssessDrift": [QUIET, QUIET]}, before=two_projects),
    "the assessment breaks": Case("DriftCheckBroken", ONE, {"AssessDrift": [Breaks()]}),
    "one of two breaks": Case(
        "DriftCheckBroken", ALL, {"AssessDrift": EITHER}, before=two_projects
    ),
    "the announcement breaks": Case(
        "DriftCheckBroken", ONE, {"AssessDrift": [DRIFTED]}, missing=frozenset({"EventBusName"})
    ),
    "the catalog is gone": Case("DriftCheckBroken", ALL, missing=frozenset({"CatalogTableName"})),
    "an assessment without a verdict": Case("DriftCheckBroken", ONE, {"AssessDrift": [{}]}),
}


@pytest.mark.parametrize("name", CASES)
def test_it_ends_where_it_should(interpreter: Interpreter, name: str) -> None:
    """A drift is no failure; an assessment that breaks is one."""
    run = interpreter.run(MACHINE, name, CASES[name])

    assert run.last_state == CASES[name].ends
    assert run.status == ("FAILED" if run.last_state == "DriftCheckBroken" else "SUCCEEDED")


def test_every_project_of_the_catalog_is_assessed(interpreter: Interpreter) -> None:
    """The schedule names none."""
    run = interpreter.run(MACHINE, "two projects", CASES["two projects"])

    assert {one["project"] for one in run.world.payloads["AssessDrift"]} == {
        "diabetes",
        "employment",
    }
    assert {one["execution"] for one in run.world.payloads["AssessDrift"]} == {run.execution}


def test_a_project_that_breaks_does_not_keep_the_others_from_it(interpreter: Interpreter) -> None:
    """The failure names the project and the error."""
    run = interpreter.run(MACHINE, "one of two breaks", CASES["one of two breaks"])
    cause = run.world.loop.client("stepfunctions").describe_execution(executionArn=run.execution)

    assert len(run.world.payloads["AssessDrift"]) == 2
    assert run.error == "BrokenError"
    assert cause["cause"].startswith("employment: ")


def test_a_drift_is_announced_on_the_stacks_own_bus(interpreter: Interpreter) -> None:
    """With the assessment's own event, unchanged."""
    heard: list[str] = []

    def listens(world: World) -> None:
        url, arn = world.loop.queue()
        heard.append(url)
        pattern = json.dumps({"source": ["loopwright"], "detail-type": ["DriftDetected"]})
        world.loop.rule(EventBusName=world.bus, EventPattern=pattern, target={"Arn": arn})

    listened = Case("DriftChecked", ONE, {"AssessDrift": [DRIFTED]}, before=listens)
    run = interpreter.run(MACHINE, "one project, drift that is heard", listened)
    run.world.loop.settle()
    bodies = [json.loads(one["Body"]) for one in run.world.loop.messages(heard[0])]

    assert [body["detail"] for body in bodies] == [EVENT]


def test_every_transition_is_taken(interpreter: Interpreter) -> None:
    """No branch and no Catch of the deployed file is left untried."""
    assert interpreter.steps(MACHINE, CASES) == transitions(definition(MACHINE)["States"])
