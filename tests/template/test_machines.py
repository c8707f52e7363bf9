"""What every machine keeps to: short, patient, and never silent."""

from typing import Any

import pytest

from tests.template.stack import every_state, machines, resources

MAX_STATES = 15
TRANSIENT = {
    "lambda": [
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
        "TransientServiceError",
    ],
}
TASKS = [
    (machine, name, state)
    for machine, definition in machines().items()
    for name, state in every_state(definition)
    if state["Type"] == "Task"
]
NAMES = [f"{machine}.{name}" for machine, name, _ in TASKS]
# The Map around it catches what its item breaks with.
CAUGHT_OUTSIDE = {"ReadPart", "ProfilePart", "CheckBucket"}
# A child of a Map that was killed at its memory or time limit is called again, twice. Its task
# waits as long as the function may run, and may give up first: States.Timeout.
KILLED = [
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Runtime.OutOfMemory",
    "Sandbox.Timedout",
    "States.Timeout",
]


@pytest.mark.parametrize("machine", sorted(machines()))
def test_a_machine_fits_on_a_screen(machine: str) -> None:
    """Ends aside, which do nothing."""
    working = [
        name
        for name, state in machines()[machine]["States"].items()
        if state["Type"] not in {"Succeed", "Fail"}
    ]

    assert len(working) <= MAX_STATES


@pytest.mark.parametrize("machine", sorted(machines()))
def test_a_machine_ends_some_day_and_is_traced_and_logged(machine: str) -> None:
    """An execution without a timeout may last a year."""
    properties = resources("AWS::Serverless::StateMachine")[machine]

    assert machines()[machine]["TimeoutSeconds"] > 0
    assert machines()[machine]["QueryLanguage"] == "JSONata"
    assert properties["Tracing"] == {"Enabled": True}
    assert properties["Logging"]["IncludeExecutionData"] is False


@pytest.mark.parametrize(("machine", "name", "state"), TASKS, ids=NAMES)
def test_a_task_has_a_timeout_a_retry_and_a_catch(
    machine: str, name: str, state: dict[str, Any]
) -> None:
    """The last catch takes everything that can be caught."""
    assert "TimeoutSeconds" in state
    assert state["Retry"]
    assert name in CAUGHT_OUTSIDE or state["Catch"][-1]["ErrorEquals"] == ["States.ALL"]


@pytest.mark.parametrize(("machine", "name", "state"), TASKS, ids=NAMES)
def test_a_retry_is_the_standard_one(machine: str, name: str, state: dict[str, Any]) -> None:
    """Named transient errors, four attempts, full jitter; else only a killed child of a Map."""
    retry, *others = state["Retry"]
    errors = retry["ErrorEquals"]
    killed = [(other["ErrorEquals"], other["MaxAttempts"]) for other in others]

    assert (retry["BackoffRate"], retry["MaxAttempts"], retry["JitterStrategy"]) == (2, 4, "FULL")
    assert not {"States.ALL", "States.TaskFailed", "States.Timeout"} & set(errors)
    assert killed == ([(KILLED, 2)] if name in CAUGHT_OUTSIDE else [])
    if ":lambda:" in state["Resource"]:
        assert errors == TRANSIENT["lambda"]


@pytest.mark.parametrize("machine", sorted(machines()))
def test_a_catch_leads_to_a_failure(machine: str) -> None:
    """Breakage never ends as a success: every Catch of everything reaches the machine's Fail."""
    states = machines()[machine]["States"]
    fails = {name for name, state in states.items() if state["Type"] == "Fail"}
    targets = {
        catcher["Next"]
        for state in states.values()
        for catcher in state.get("Catch", ())
        if catcher["ErrorEquals"] == ["States.ALL"]
    }

    assert len(fails) == 1
    assert all(_reaches(states, target, fails) for target in targets)


def _reaches(states: dict[str, Any], start: str, ends: set[str]) -> bool:
    seen, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name in ends:
            return True
        if name not in seen:
            seen.add(name)
            state = states[name]
            waiting += [state[key] for key in ("Next", "Default") if key in state]
            waiting += [choice["Next"] for choice in state.get("Choices", ())]
    return False


def test_a_child_has_less_time_than_the_task_that_waits_for_it() -> None:
    """Or the parent would give up first, and leave it running."""
    for machine, name, state in TASKS:
        if "startExecution" in state["Resource"]:
            child = machines()[f"{name}Machine"]

            assert child["TimeoutSeconds"] < state["TimeoutSeconds"], (machine, name)
            assert state["TimeoutSeconds"] < machines()[machine]["TimeoutSeconds"]


def test_a_function_has_the_time_that_its_task_waits() -> None:
    """Less would time out twice, more would be cut off."""
    written = resources("AWS::Serverless::Function")
    for _, _, state in TASKS:
        if state["Resource"].endswith(":lambda:invoke"):
            substitution = state["Arguments"]["FunctionName"]
            function = substitution.removeprefix("${").removesuffix("Arn}")

            assert state["TimeoutSeconds"] == written[function].get("Timeout", 60), function
