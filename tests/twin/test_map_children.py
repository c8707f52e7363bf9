"""Children of a Map that are really killed: processes that die at their limits, and come again.

The Maps are those of the deployed prepare_dataset, with their own lists of what to try again; a
function that misbehaves stands in the place of theirs.
"""

import json
import time
from collections.abc import Iterator
from typing import Any  # definitions and histories are JSON documents

import pytest

from infra.twin.events import EventRouter
from infra.twin.step_functions.bridge import StepFunctionsBridge
from tests.machines.machine_harness import definition
from tests.twin.loop_harness import ROLE_ARN
from tests.twin.mini_stack import Mini, running_mini

STATES = definition("prepare_dataset")["States"]
MAPS = {"ReadParts": "ReadPart", "ProfileParts": "ProfilePart", "CheckBuckets": "CheckBucket"}
# As often as a child dies: never, once, or as often as it is called.
NEVER, ONCE, ALWAYS = 0, 1, 99
DEATHS = {
    "eat": "Runtime.OutOfMemory",
    "sleep": "Sandbox.Timedout",
    "exit": "Runtime.ExitError",
}


@pytest.fixture(scope="module")
def mini() -> Iterator[Mini]:
    """The mini stack with the interpreter of machines, which waits little before it tries again."""
    router = EventRouter()
    interpreter = StepFunctionsBridge(router, longest_retry_wait_s=0.01)
    with running_mini(bridges=(router, interpreter)) as running:
        yield running


def batch(number: int, *, deaths: int = NEVER, by: str = "eat") -> dict[str, Any]:
    """One item of a Map: its child dies so often, in this way."""
    return {"batch": number, "deaths": deaths, "by": by}


def machine(mini: Mini, name: str) -> dict[str, Any]:
    """Take one Map of the deployed machine with its Catch, and end after it."""
    child = MAPS[name]
    part = STATES[name]["ItemProcessor"]["States"][child]
    dies = "$states.context.State.RetryCount < $states.input.deaths"
    payload = {
        "batch": "{% $states.input.batch %}",
        "misdeed": f"{{% {dies} ? $states.input.by : 'fine' %}}",
    }
    arguments = {"FunctionName": mini.twin.outputs["MisbehaveArn"], "Payload": payload}
    processor = {
        **STATES[name]["ItemProcessor"],
        "States": {child: {**part, "Arguments": arguments}},
    }
    changed = {"Items": "{% $states.input %}", "ItemProcessor": processor, "Next": "Complete"}
    return {
        "QueryLanguage": "JSONata",
        "StartAt": name,
        "States": {
            name: {key: value for key, value in STATES[name].items() if key != "Assign"} | changed,
            "Complete": {"Type": "Succeed"},
            "PreparationBroken": STATES["PreparationBroken"],
        },
    }


def run(mini: Mini, name: str, batches: list[dict[str, Any]]) -> dict[str, Any]:
    """Run one Map over these items to its end, with the kinds of its events."""
    machines = mini.client("stepfunctions")
    created = machines.create_state_machine(
        name=f"{name}-{time.monotonic_ns()}",
        definition=json.dumps(machine(mini, name)),
        roleArn=ROLE_ARN,
    )
    started = machines.start_execution(
        stateMachineArn=created["stateMachineArn"], input=json.dumps(batches)
    )
    mini.twin.drain(60)
    ended: dict[str, Any] = machines.describe_execution(executionArn=started["executionArn"])
    history = machines.get_execution_history(executionArn=started["executionArn"], maxResults=1000)
    failed = [event.get("taskFailedEventDetails") for event in history["events"]]
    return {**ended, "errors": sorted(one["error"] for one in failed if one)}


@pytest.mark.parametrize("name", MAPS)
def test_children_that_are_killed_once_leave_nothing_out(mini: Mini, name: str) -> None:
    """By memory, by time or by themselves: each is called again, and every answer is there."""
    deaths = [batch(n + 1, deaths=ONCE, by=how) for n, how in enumerate(DEATHS)]
    ended = run(mini, name, [batch(0), *deaths, batch(4)])

    assert ended["status"] == "SUCCEEDED"
    assert [answer["batch"] for answer in json.loads(ended["output"])] == [0, 1, 2, 3, 4]
    assert ended["errors"] == sorted(DEATHS.values())


@pytest.mark.parametrize(("how", "error"), DEATHS.items())
def test_a_child_that_is_always_killed_breaks_the_machine_by_its_name(
    mini: Mini, how: str, error: str
) -> None:
    """After three calls, through the Catch of the Map: never as a Map with one answer less."""
    ended = run(mini, "ReadParts", [batch(0), batch(1, deaths=ALWAYS, by=how), batch(2)])

    assert (ended["status"], ended["error"]) == ("FAILED", error)
    assert ended["errors"] == [error] * 3
    assert "output" not in ended
