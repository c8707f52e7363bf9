"""Asynchronous invocations: how often, with which id, and where the result goes."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from infra.twin.bridge import Invocation
from infra.twin.errors import SandboxError
from infra.twin.later_invocations import LaterInvocations, LaterTarget
from infra.twin.registry import InvokeConfig

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:f:live"
ERROR = b'{"errorType": "E", "errorMessage": "no"}'


@dataclass
class World:
    """A function that fails a number of times, and what was sent on."""

    failures: int = 0
    calls: list[str] = field(default_factory=list)
    sent: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)

    def invoke(self, _arn: str, _payload: bytes, request_id: str) -> Invocation:
        """Fail while failures are left."""
        self.calls.append(request_id)
        if len(self.calls) <= self.failures:
            return Invocation(ERROR, "Unhandled", request_id, "")
        return Invocation(b'"done"', None, request_id, "")

    def send(self, arn: str, body: str, attributes: Mapping[str, str]) -> None:
        """Keep what was sent."""
        self.sent.append((arn, body, attributes))


def run(world: World, config: InvokeConfig, dead_letter_arn: str | None = None) -> str:
    """Work one event off; its request id."""
    later = LaterInvocations(invoke=world.invoke, send=world.send, retry_delays_s=(0.0, 0.0))
    request_id = later.submit(LaterTarget(ARN, config, dead_letter_arn), b'{"a": 1}')
    while not later.is_idle():
        time.sleep(0.001)
    later.close()
    return request_id


@pytest.mark.parametrize(("failures", "calls"), [(0, 1), (1, 2), (2, 3), (9, 3)])
def test_an_event_is_tried_until_it_succeeds_and_three_times_at_most(
    failures: int, calls: int
) -> None:
    """AWS's two retries."""
    world = World(failures)
    request_id = run(world, InvokeConfig(ARN))

    assert world.calls == [request_id] * calls


def test_a_configuration_may_forbid_retries() -> None:
    """MaximumRetryAttempts 0."""
    world = World(failures=9)
    run(world, InvokeConfig(ARN, max_retry_attempts=0))

    assert len(world.calls) == 1


def test_the_failure_destination_gets_event_and_error() -> None:
    """In the record that Lambda documents."""
    world = World(failures=9)
    request_id = run(world, InvokeConfig(ARN, on_failure_arn="arn:failed", on_success_arn="arn:ok"))
    ((arn, body, _),) = world.sent
    record = json.loads(body)

    assert arn == "arn:failed"
    assert record["requestContext"] == {
        "requestId": request_id,
        "functionArn": ARN,
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert record["requestPayload"] == {"a": 1}
    assert record["responsePayload"] == json.loads(ERROR)
    assert record["responseContext"]["functionError"] == "Unhandled"


def test_the_success_destination_gets_the_answer() -> None:
    """Only when there is one."""
    world = World()
    run(world, InvokeConfig(ARN, on_failure_arn="arn:failed", on_success_arn="arn:ok"))
    ((arn, body, _),) = world.sent

    assert arn == "arn:ok"
    assert json.loads(body)["responsePayload"] == "done"


def test_the_dead_letter_queue_gets_the_event_itself() -> None:
    """With the error in attributes."""
    world = World(failures=9)
    request_id = run(world, InvokeConfig(ARN), dead_letter_arn="arn:letters")

    assert world.sent == [
        (
            "arn:letters",
            '{"a": 1}',
            {"RequestID": request_id, "ErrorCode": "200", "ErrorMessage": "no"},
        )
    ]


def test_an_event_that_cannot_be_run_is_logged_and_given_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A thread must not end in silence, nor keep the twin from draining."""

    class Broken(World):
        def invoke(self, _arn: str, _payload: bytes, _request_id: str) -> Invocation:
            message = "the twin is stopping"
            raise SandboxError(message)

    run(Broken(), InvokeConfig(ARN))

    assert "was lost" in caplog.text
