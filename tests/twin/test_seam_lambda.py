"""Functions really run: sandboxes behind moto's Lambda, their errors, their logs, their retries."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from moto.awslambda.models import LambdaBackend, LambdaFunction

from infra.twin.seams import parameters_of
from tests.twin.mini_stack import Mini, running_mini


@pytest.fixture(scope="module", params=["awslambdaric", "plain"])
def mini(request: pytest.FixtureRequest) -> Iterator[Mini]:
    """The mini stack under both runtimes: they must not differ."""
    with running_mini(request.param) as running:
        yield running


def messages(mini: Mini, group: str) -> list[str]:
    """Every line of a log group."""
    logs = mini.client("logs")
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    events = [
        logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
        for stream in streams
    ]
    return [event["message"] for each in events for event in each]


def test_moto_still_invokes_functions_where_the_twin_does() -> None:
    """The seams: the runner that would start Docker, and the way in."""
    assert parameters_of(LambdaFunction._invoke_lambda) == ("self", "event")
    assert parameters_of(LambdaFunction.invoke) == (
        "self",
        "body",
        "request_headers",
        "response_headers",
    )
    assert parameters_of(LambdaBackend.invoke) == (
        "self",
        "function_name",
        "qualifier",
        "body",
        "headers",
        "response_headers",
    )


def test_a_function_sees_its_event_its_environment_and_its_layer(mini: Mini) -> None:
    """All as the template says, nested outputs included."""
    answer, error = mini.invoke("EchoArn", {"a": [1, None, "ä"]})

    assert error is None
    assert answer["event"] == {"a": [1, None, "ä"]}
    assert answer["greeting"] == "from the layer"
    assert (answer["stage"], answer["table"]) == ("test", mini.twin.outputs["TableName"])
    assert answer["bucket_uri"] == f"s3://{mini.twin.outputs['BucketName']}/incoming/"


def test_a_warm_process_is_used_again(mini: Mini) -> None:
    """One after the other: one process."""
    processes = {mini.invoke("EchoArn", {})[0]["process"] for _ in range(3)}

    assert len(processes) == 1
    assert os.getpid() not in processes


def test_calls_at_the_same_time_run_in_processes_of_their_own(mini: Mini) -> None:
    """As Lambda gives each event an environment of its own."""
    event = {"misdeed": "nap"}
    with ThreadPoolExecutor(3) as callers:
        answers = list(callers.map(lambda _: mini.invoke("MisbehaveArn", event)[0], range(3)))

    assert len({answer["process"] for answer in answers}) == 3


def test_an_exception_is_the_functions_error(mini: Mini) -> None:
    """Its class is the errorType, which is what state machines catch."""
    answer, error = mini.invoke("MisbehaveArn", {"misdeed": "raise"})

    assert error == "Unhandled"
    assert (answer["errorType"], answer["errorMessage"]) == ("MeasureError", "row 3 has no key")
    assert "handler.py" in "".join(answer["stackTrace"])


@pytest.mark.parametrize(
    ("misdeed", "error_type", "message"),
    [
        ("exit", "Runtime.ExitError", "exit status 7"),
        ("sleep", "Sandbox.Timedout", "Task timed out after 2.00 seconds"),
        ("eat", "Runtime.OutOfMemory", "signal: killed"),
    ],
)
def test_what_ends_the_process_is_an_error_of_the_platform(
    mini: Mini, misdeed: str, error_type: str, message: str
) -> None:
    """And the next event is served by a new process."""
    answer, error = mini.invoke("MisbehaveArn", {"misdeed": misdeed})
    after, no_error = mini.invoke("MisbehaveArn", {"misdeed": "fine"})

    assert (error, answer["errorType"]) == ("Unhandled", error_type)
    assert message in answer["errorMessage"]
    assert (after["misdeed"], no_error) == ("fine", None)


def test_the_remaining_time_counts_down_from_the_templates_timeout(mini: Mini) -> None:
    """Two seconds here."""
    answer, _ = mini.invoke("MisbehaveArn", {"misdeed": "fine"})

    assert 0 < answer["remaining_ms"] <= 2000


def test_every_line_is_in_the_log_group(mini: Mini) -> None:
    """However fast a function talks, nothing is lost, and the report ends it."""
    mini.invoke("MisbehaveArn", {"misdeed": "talk", "lines": 2000})
    name = mini.twin.outputs["MisbehaveArn"].split(":")[6]
    lines = messages(mini, f"/aws/lambda/{name}")
    said = [line for line in lines if line.startswith("line ")]

    assert said == [f"line {index}" for index in range(2000)]
    assert any(line.startswith("REPORT RequestId:") for line in lines)


def test_a_function_may_name_its_log_group(mini: Mini) -> None:
    """LoggingConfig, which moto drops."""
    mini.invoke("EchoArn", {})

    assert any(
        "echo was called" in line for line in messages(mini, mini.twin.outputs["EchoLogGroup"])
    )


def test_an_asynchronous_failure_is_tried_three_times_and_then_kept(mini: Mini) -> None:
    """One attempt and two retries, and the failure destination gets event and error."""
    arn = mini.twin.outputs["MisbehaveArn"]
    event = {"misdeed": "raise", "from": "later"}
    accepted = mini.client("lambda").invoke(
        FunctionName=arn, InvocationType="Event", Payload=json.dumps(event).encode()
    )
    mini.twin.drain(20)
    (letter,) = mini.dead_letters()
    record = json.loads(letter["Body"])

    assert accepted["StatusCode"] == 202
    assert record["requestPayload"] == event
    assert record["requestContext"]["functionArn"] == arn
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["responsePayload"]["errorType"] == "MeasureError"


def test_an_asynchronous_success_leaves_no_letter(mini: Mini) -> None:
    """The caller does not wait, the twin's drain does."""
    mini.client("lambda").invoke(
        FunctionName=mini.twin.outputs["MisbehaveArn"],
        InvocationType="Event",
        Payload=b'{"misdeed": "nap"}',
    )
    was_still_running = not mini.twin.is_idle()
    mini.twin.drain(20)

    assert was_still_running
    assert mini.dead_letters() == []


def test_a_tail_of_the_log_comes_with_the_answer(mini: Mini) -> None:
    """LogType Tail, as the console and the CLI of AWS use it."""
    answer: dict[str, Any] = mini.client("lambda").invoke(
        FunctionName=mini.twin.outputs["EchoArn"], LogType="Tail", Payload=b"{}"
    )

    assert "LogResult" in answer
