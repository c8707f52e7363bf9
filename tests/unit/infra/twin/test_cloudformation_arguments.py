"""Properties as arguments of AWS calls, checked against botocore's model."""

from typing import Any

import boto3
import pytest

from infra.twin.cloudformation.arguments import UnknownPropertyError, call_arguments, truth


def arguments(service: str, operation: str, properties: dict[str, Any]) -> dict[str, Any]:
    """The arguments for a call of this service."""
    client = boto3.client(
        service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    return call_arguments(client, operation, properties)


def test_texts_become_what_the_call_wants() -> None:
    """Parameters of a template are texts."""
    properties = {"FunctionName": "f", "Role": "r", "Code": {}, "Timeout": "5", "MemorySize": "256"}

    assert arguments("lambda", "create_function", properties) == {
        "FunctionName": "f",
        "Role": "r",
        "Code": {},
        "Timeout": 5,
        "MemorySize": 256,
    }


def test_structures_become_json_where_the_call_wants_text() -> None:
    """Policies and event patterns."""
    found = arguments("events", "put_rule", {"Name": "n", "EventPattern": {"source": ["aws.s3"]}})

    assert found["EventPattern"] == '{"source": ["aws.s3"]}'


def test_maps_hold_texts() -> None:
    """Environment variables may be numbers or truth values in a template."""
    variables = {"A": 1, "B": True, "C": "x"}
    properties = {"Environment": {"Variables": variables}}
    found = arguments("lambda", "update_function_configuration", properties)

    assert found["Environment"]["Variables"] == {"A": "1", "B": "true", "C": "x"}


def test_names_may_begin_with_either_case() -> None:
    """CloudFormation writes all names with a capital, some services do not."""
    found = arguments("logs", "put_retention_policy", {"LogGroupName": "g", "RetentionInDays": "7"})

    assert found == {"logGroupName": "g", "retentionInDays": 7}


def test_lists_of_structures_are_converted_inside() -> None:
    """Such as an alarm's dimensions."""
    found = arguments(
        "cloudwatch",
        "put_metric_alarm",
        {"AlarmName": "a", "Threshold": "1", "Dimensions": [{"Name": "n", "Value": 3}]},
    )

    assert found["Dimensions"] == [{"Name": "n", "Value": "3"}]
    assert found["Threshold"] == 1.0


def test_an_argument_that_the_call_does_not_know_is_named_with_its_path() -> None:
    """It would be dropped in silence otherwise."""
    with pytest.raises(UnknownPropertyError, match=r"Target\.Speed"):
        arguments("scheduler", "create_schedule", {"Name": "n", "Target": {"Speed": 1}})


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("False", False), (True, True)])
def test_a_truth_value_may_be_a_text(value: bool | str, expected: bool) -> None:
    """As parameters are."""
    assert truth(value) is expected
