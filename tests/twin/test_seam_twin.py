"""The whole twin on the mini stack: one thing sets off another, and then it rests."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.twin.errors import TwinTimeoutError
from infra.twin.twin import SECOND_USER, Twin
from tests.twin.mini_stack import MINI, Mini, has_ended


@pytest.fixture(scope="module")
def mini() -> Iterator[Mini]:
    """The mini stack with the loop's bridges."""
    with Twin() as twin:
        twin.up(MINI / "template.yaml", {"Stage": "test"})
        yield Mini(twin)


def test_an_upload_starts_a_machine_that_calls_a_function(mini: Mini) -> None:
    """S3, EventBridge, Step Functions and Lambda, each the deployed one."""
    mini.client("s3").put_object(
        Bucket=mini.twin.outputs["BucketName"], Key="incoming/a.csv", Body=b"a"
    )
    mini.twin.drain()
    client = mini.client("stepfunctions")
    (execution,) = client.list_executions(stateMachineArn=mini.twin.outputs["MachineArn"])[
        "executions"
    ]
    described = client.describe_execution(executionArn=execution["executionArn"])
    output = json.loads(described["output"])

    assert described["status"] == "SUCCEEDED"
    assert output["event"]["detail"]["object"]["key"] == "incoming/a.csv"
    assert output["stage"] == "test"


def test_a_row_reaches_the_function_that_listens_to_the_stream(mini: Mini) -> None:
    """Asynchronously, so the writer does not wait for the reader."""
    mini.client("dynamodb").put_item(
        TableName=mini.twin.outputs["TableName"], Item={"pk": {"S": "row-1"}}
    )
    mini.twin.drain()
    logs = mini.client("logs")
    events = logs.filter_log_events(logGroupName=mini.twin.outputs["EchoLogGroup"])["events"]

    assert any("echo was called" in event["message"] for event in events)


def test_two_users_are_two_identities(mini: Mini) -> None:
    """Somebody else than the builder approves."""
    sessions = [mini.twin.session(), mini.twin.session(SECOND_USER)]
    keys = {session.get_credentials().access_key for session in sessions}

    assert len(keys) == 2


def test_a_busy_twin_says_what_it_waits_for(mini: Mini) -> None:
    """When it does not come to rest in time."""
    mini.client("lambda").invoke(
        FunctionName=mini.twin.outputs["MisbehaveArn"],
        InvocationType="Event",
        Payload=b'{"misdeed": "nap"}',
    )

    with pytest.raises(TwinTimeoutError, match="LambdaRuntime"):
        mini.twin.drain(timeout_s=0.0)
    mini.twin.drain()


def test_a_twin_ends_with_its_process(tmp_path: Path) -> None:
    """Even when that is killed: the sandboxes and the nursery follow."""
    program = f"""
import os, signal
from pathlib import Path
from infra.twin.twin import Twin
with Twin(bridges=()) as twin:
    twin.up(Path({str(MINI / "template.yaml")!r}))
    client = twin.session().client("lambda")
    answer = client.invoke(FunctionName=twin.outputs["EchoArn"], Payload=b"{{}}")
    Path({str(tmp_path / "answer")!r}).write_bytes(answer["Payload"].read())
    os.kill(os.getpid(), signal.SIGKILL)
"""
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", program], cwd=root, check=False)
    sandbox = json.loads((tmp_path / "answer").read_text())["process"]

    assert has_ended(sandbox)
