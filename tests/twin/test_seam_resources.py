"""Resource types that the mini stack has no use for, on a twin of their own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.twin.twin import Twin

POLICY = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"},
        }
    ],
}
METRIC = {"MetricName": "Errors", "MetricNamespace": "Own", "MetricValue": "1"}
RULE = {"Id": "old", "Status": "Enabled", "Prefix": "tmp/", "ExpirationInDays": 7}
MARKERS = {"Id": "markers", "Status": "Enabled", "ExpiredObjectDeleteMarker": True}
RESOURCES: dict[str, dict[str, Any]] = {
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
    "Inline": {
        "Type": "AWS::IAM::Policy",
        "Properties": {
            "PolicyName": "inline",
            "PolicyDocument": POLICY,
            "Roles": [{"Ref": "Role"}],
        },
    },
    "Shared": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": POLICY}},
    "Other": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": TRUST,
            "ManagedPolicyArns": [{"Ref": "Shared"}, "arn:aws:iam::aws:policy/ReadOnlyAccess"],
        },
    },
    "Group": {"Type": "AWS::Scheduler::ScheduleGroup"},
    "Topic": {
        "Type": "AWS::SNS::Topic",
        "Properties": {"Subscription": [{"Protocol": "email", "Endpoint": "ada@example.org"}]},
    },
    "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/own/group"}},
    "Filter": {
        "Type": "AWS::Logs::MetricFilter",
        "Properties": {
            "LogGroupName": {"Ref": "Logs"},
            "FilterPattern": "ERROR",
            "MetricTransformations": [METRIC],
        },
    },
    "Either": {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Properties": {"AlarmName": "either", "AlarmRule": 'ALARM("one") OR ALARM("two")'},
    },
    "Store": {
        "Type": "AWS::S3::Bucket",
        "Properties": {"LifecycleConfiguration": {"Rules": [RULE, MARKERS]}},
    },
    "Budget": {"Type": "AWS::Budgets::Budget", "Properties": {"Budget": {"BudgetType": "COST"}}},
}


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """A twin with these resources."""
    path: Path = tmp_path_factory.mktemp("stack") / "template.yaml"
    outputs = {name: {"Value": {"Ref": name}} for name in RESOURCES}
    path.write_text(json.dumps({"Resources": RESOURCES, "Outputs": outputs}))
    with Twin(bridges=()) as running:
        running.up(path)
        yield running


def test_an_inline_policy_is_on_its_role(twin: Twin) -> None:
    """A version is added where AWS needs none and moto does."""
    iam = twin.session().client("iam")
    policy = iam.get_role_policy(RoleName=twin.outputs["Role"], PolicyName="inline")

    assert policy["PolicyDocument"]["Statement"] == POLICY["Statement"]


def test_own_managed_policies_are_attached_and_awss_are_not_copied(twin: Twin) -> None:
    """Policies are never enforced in the twin."""
    iam = twin.session().client("iam")
    attached = iam.list_attached_role_policies(RoleName=twin.outputs["Other"])["AttachedPolicies"]

    assert [each["PolicyArn"] for each in attached] == [twin.outputs["Shared"]]


def test_a_topic_has_the_subscriptions_that_it_lists(twin: Twin) -> None:
    """Here an address."""
    sns = twin.session().client("sns")
    listed = sns.list_subscriptions_by_topic(TopicArn=twin.outputs["Topic"])["Subscriptions"]

    assert [each["Endpoint"] for each in listed] == ["ada@example.org"]


def test_a_metric_filter_belongs_to_its_group(twin: Twin) -> None:
    """With its transformation."""
    logs = twin.session().client("logs")
    (found,) = logs.describe_metric_filters(logGroupName="/own/group")["metricFilters"]

    assert found["metricTransformations"][0]["metricName"] == "Errors"


def test_a_composite_alarm_is_kept_for_the_metrics_bridge(twin: Twin) -> None:
    """moto has none."""
    assert "OR" in twin.context.registry.composite_alarms["either"]["AlarmRule"]


def test_a_schedule_group_exists(twin: Twin) -> None:
    """Under the name that Ref gives."""
    scheduler = twin.session().client("scheduler")

    assert scheduler.get_schedule_group(Name=twin.outputs["Group"])["State"] == "ACTIVE"


def test_lifecycle_rules_expire_objects_and_markers(twin: Twin) -> None:
    """CloudFormation's words are not the API's."""
    s3 = twin.session().client("s3")
    rules = s3.get_bucket_lifecycle_configuration(Bucket=twin.outputs["Store"])["Rules"]
    found = {rule["ID"]: rule["Expiration"] for rule in rules}

    assert found["old"]["Days"] == 7
    assert found["markers"]["ExpiredObjectDeleteMarker"] is True


def test_a_pretended_resource_has_a_name_and_nothing_else(twin: Twin) -> None:
    """It is in the table of what is pretended."""
    assert twin.outputs["Budget"].startswith("loopwright-Budget-")
