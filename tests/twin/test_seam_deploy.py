"""The deployment: moto's create_stack through the twin's own table of resource types."""

import json
from collections.abc import Iterator

import pytest
from moto.cloudformation import parsing
from moto.s3.models import s3_backends

from infra.twin.errors import TwinError
from infra.twin.seams import parameters_of
from infra.twin.twin import Twin
from tests.twin.mini_stack import MINI, Mini, running_mini


@pytest.fixture(scope="module")
def mini() -> Iterator[Mini]:
    """The mini stack on a twin."""
    with running_mini() as running:
        yield running


def test_moto_still_asks_for_its_models_where_the_twin_answers() -> None:
    """The seam: two functions without parameters that map type names to model classes."""
    assert parameters_of(parsing.get_model_map) == ()
    assert parameters_of(parsing.get_model_list) == ()
    assert parameters_of(parsing.resource_class_from_type) == ("resource_type",)
    assert parameters_of(parsing.parse_and_create_resource) == (
        "logical_id",
        "resource_json",
        "resources_map",
        "account_id",
        "region_name",
    )


def test_every_resource_of_the_template_exists(mini: Mini) -> None:
    """None is skipped, and each has a physical id."""
    described = mini.client("cloudformation").describe_stack_resources(StackName="loopwright")
    # moto lists an empty entry for a resource whose condition is false.
    resources = [each for each in described["StackResources"] if "ResourceType" in each]
    names = {each["LogicalResourceId"] for each in resources}

    assert {"EchoFunction", "Bus", "Nightly", "Errors", "KeyAlias", "Board"} <= names
    assert "AlertsByEmail" not in names
    assert all(each["PhysicalResourceId"] for each in resources)


def test_outputs_are_read_as_on_aws(mini: Mini) -> None:
    """By describe_stacks, nested outputs and the API's real address included."""
    stacks = mini.client("cloudformation").describe_stacks(StackName="loopwright")["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stacks[0]["Outputs"]}

    assert outputs == mini.twin.outputs
    assert outputs["ApiUrl"] == outputs["ApiUrlBySub"] == mini.twin.api_url
    assert outputs["TableName"] in mini.client("dynamodb").list_tables()["TableNames"]


def test_a_bucket_has_everything_that_its_template_says(mini: Mini) -> None:
    """Versions, encryption, lifecycle, EventBridge and the policy."""
    s3, bucket = mini.client("s3"), mini.twin.outputs["BucketName"]
    # moto does not tell of EventBridge when it is asked.
    kept = s3_backends["123456789012"]["aws"].get_bucket(bucket).notification_configuration
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]

    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert kept is not None
    assert kept.event_bridge is not None
    assert {rule["ID"] for rule in rules} == {"old-versions", "uploads"}
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]


def test_a_table_has_its_stream_its_expiry_and_its_backups(mini: Mini) -> None:
    """What moto's own CloudFormation leaves out."""
    client, name = mini.client("dynamodb"), mini.twin.outputs["TableName"]
    table = client.describe_table(TableName=name)["Table"]
    expiry = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    backups = client.describe_continuous_backups(TableName=name)

    assert table["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert expiry == {"AttributeName": "expires_at", "TimeToLiveStatus": "ENABLED"}
    assert "ENABLED" in json.dumps(backups["ContinuousBackupsDescription"], default=str)


def test_what_the_bridges_need_is_in_the_registry(mini: Mini) -> None:
    """The stream's mapping, the schedule, the API and the failure destination."""
    registry = mini.twin.context.registry
    (mapping,) = registry.event_source_mappings
    (schedule,) = registry.schedules

    assert mapping.function_arn == mini.twin.outputs["EchoArn"]
    assert (mapping.batch_size, mapping.max_retry_attempts) == (10, 3)
    assert mapping.bisects_on_error
    assert mapping.reports_item_failures
    assert mapping.filter_patterns == ('{"eventName": ["INSERT"]}',)
    assert (schedule.expression, schedule.max_retry_attempts) == ("rate(1 day)", 2)
    assert registry.http_apis[0].endpoint_url == mini.twin.api_url
    assert registry.invoke_config(mini.twin.outputs["MisbehaveArn"]).on_failure_arn


def test_a_machines_substitutions_are_done(mini: Mini) -> None:
    """The definition that runs names the deployed function."""
    machine = mini.client("stepfunctions").describe_state_machine(
        stateMachineArn=mini.twin.outputs["MachineArn"]
    )
    echo = json.loads(machine["definition"])["States"]["Echo"]

    assert echo["Arguments"]["FunctionName"] == mini.twin.outputs["EchoArn"]


def test_only_one_twin_runs_in_a_process(mini: Mini) -> None:
    """moto's state is the process's."""
    with pytest.raises(TwinError, match="running in this process already"), Twin(bridges=()):
        pass

    assert mini.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_the_template_of_the_mini_stack_is_plain_sam() -> None:
    """The tests deploy what AWS would deploy."""
    assert "AWS::Serverless-2016-10-31" in (MINI / "template.yaml").read_text()
