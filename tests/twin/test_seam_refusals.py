"""What the twin cannot carry out ends the deployment by name; and a twin leaves nothing."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto.cloudformation import parsing

from infra.twin.errors import UndeployableError
from infra.twin.twin import Twin
from tests.twin.mini_stack import running_mini


def deploy(folder: Path, resources: Mapping[str, object], outputs: Mapping[str, object]) -> None:
    """Deploy a template of these resources on a twin of its own."""
    template = {"Resources": resources, "Outputs": outputs}
    path = folder / "template.yaml"
    path.write_text(json.dumps(template))
    with Twin(bridges=()) as twin:
        twin.up(path)


def test_an_unknown_type_is_refused(tmp_path: Path) -> None:
    """Where moto itself would warn and call the stack complete."""
    with pytest.raises(UndeployableError, match=r"Feed \(AWS::Kinesis::Stream\)"):
        deploy(tmp_path, {"Feed": {"Type": "AWS::Kinesis::Stream"}}, {})


def test_a_property_that_would_be_dropped_is_refused(tmp_path: Path) -> None:
    """Unless the table of pretended properties says what that means."""
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"WebsiteConfiguration": {}}}

    with pytest.raises(UndeployableError, match=r"Site .*WebsiteConfiguration"):
        deploy(tmp_path, {"Site": bucket}, {})


def test_all_refusals_are_told_at_once(tmp_path: Path) -> None:
    """As notes of the first."""
    resources = {name: {"Type": "AWS::Kinesis::Stream"} for name in ("One", "Two")}
    with pytest.raises(UndeployableError) as refused:
        deploy(tmp_path, resources, {})

    assert "Two" in refused.value.__notes__[0]


def test_a_creation_that_fails_names_the_resource(tmp_path: Path) -> None:
    """Not an opaque error 500 of the server."""
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": "nowhere", "PolicyDocument": {}},
    }

    with pytest.raises(UndeployableError, match=r"Policy .*NoSuchBucket"):
        deploy(tmp_path, {"Policy": policy}, {})


def test_an_attribute_that_the_twin_does_not_make_is_named(tmp_path: Path) -> None:
    """An output with a hole would be found much later."""
    outputs = {"X": {"Value": {"Fn::GetAtt": ["Letters", "Colour"]}}}

    with pytest.raises(UndeployableError, match=r"Letters .*Colour"):
        deploy(tmp_path, {"Letters": {"Type": "AWS::SQS::Queue"}}, outputs)


def test_a_substitution_that_is_missing_is_named(tmp_path: Path) -> None:
    """Step Functions would try to call a function named ${X}."""
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": "arn:aws:iam::123456789012:role/r",
            "DefinitionString": '{"StartAt": "${X}"}',
        },
    }

    with pytest.raises(UndeployableError, match="no substitution for X"):
        deploy(tmp_path, {"Machine": machine}, {})


def test_a_twin_leaves_nothing_behind() -> None:
    """No thread, no patch of moto, no state."""
    original = parsing.get_model_map
    before = set(threading.enumerate())
    with running_mini() as mini:
        mini.invoke("EchoArn", {})
        endpoint = mini.twin.endpoint_url
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )

    assert parsing.get_model_map is original
    assert set(threading.enumerate()) <= before
    with pytest.raises(EndpointConnectionError):
        client.list_buckets()
