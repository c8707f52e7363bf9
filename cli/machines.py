"""Executions of the state machines: start them, and follow them state by state."""

import json
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import boto3

from cli.failures import CommandError

_POLL_SECONDS = 0.4
_RUNNING = "RUNNING"


@dataclass(frozen=True)
class StateEnded:
    """A task state that ended, how long it took, and how deep its machine is nested."""

    name: str
    seconds: float
    depth: int


@cache
def _states() -> Any:
    return boto3.client("stepfunctions")


def start(machine_arn: str, name: str, body: dict[str, Any]) -> str:
    """Start an execution and return its ARN."""
    answer = _states().start_execution(
        stateMachineArn=machine_arn, name=name, input=json.dumps(body)
    )
    return str(answer["executionArn"])


def execution_arn(machine_arn: str, name: str) -> str:
    """Return the ARN of a machine's execution of that name."""
    return f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"


def describe(execution: str) -> dict[str, Any]:
    """Return an execution's status, input and output; CommandError when there is none."""
    try:
        answer: dict[str, Any] = _states().describe_execution(executionArn=execution)
    except _states().exceptions.ExecutionDoesNotExist as error:
        message = f"there is no execution {execution}"
        raise CommandError(message) from error
    return answer


def newest_execution(machine_arn: str, *, since: datetime, marker: str) -> str | None:
    """Return the execution started since then whose input names `marker`, or None."""
    answer = _states().list_executions(stateMachineArn=machine_arn, maxResults=20)
    for found in answer["executions"]:
        if found["startDate"] < since:
            break
        if marker in describe(found["executionArn"])["input"]:
            return str(found["executionArn"])
    return None


def others_of(execution: str) -> list[str]:
    """Return the newest other executions of the same input: an event may come twice."""
    given = describe(execution)
    answer = _states().list_executions(stateMachineArn=given["stateMachineArn"], maxResults=20)
    names = [str(found["executionArn"]) for found in answer["executions"]]
    return [
        name for name in names if name != execution and describe(name)["input"] == given["input"]
    ]


def follow(execution: str) -> Iterator[StateEnded]:
    """Yield each task state as it ends, children's too, until the execution ends."""
    seen: set[tuple[str, int]] = set()
    while True:
        status = describe(execution)["status"]
        yield from _ended(execution, seen, depth=0)
        if status != _RUNNING:
            return
        time.sleep(_POLL_SECONDS)


def _ended(execution: str, seen: set[tuple[str, int]], depth: int) -> Iterator[StateEnded]:
    pages = _states().get_paginator("get_execution_history").paginate(executionArn=execution)
    entered: defaultdict[str, deque[datetime]] = defaultdict(deque)
    for event in (each for page in pages for each in page["events"]):
        child = _child(event)
        if child is not None:
            yield from _ended(child, seen, depth + 1)
        if event["type"] == "TaskStateEntered":
            entered[event["stateEnteredEventDetails"]["name"]].append(event["timestamp"])
        if event["type"] == "TaskStateExited":
            name = event["stateExitedEventDetails"]["name"]
            seconds = (event["timestamp"] - entered[name].popleft()).total_seconds()
            if (execution, event["id"]) not in seen:
                seen.add((execution, event["id"]))
                yield StateEnded(name, seconds, depth)


def _child(event: dict[str, Any]) -> str | None:
    """Return the ARN of the child execution that an event started, or None."""
    details = event.get("taskSubmittedEventDetails", {})
    if details.get("resourceType") != "states":
        return None
    output = json.loads(details.get("output") or "{}")
    found = output.get("ExecutionArn") or output.get("executionArn")
    return None if found is None else str(found)
