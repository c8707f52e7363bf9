"""What each role may do: no more than its code needs, and all that AWS asks for in silence."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.template.stack import (
    NESTED,
    ROOT,
    TEMPLATE,
    deployed,
    functions,
    many,
    snake,
    statements,
    written,
)

STATEMENTS = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
POLICIES = (*STATEMENTS, "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy")
# What a collaborator of a function needs: a piece of the action, and of the resource.
NEEDS = {
    "object_store": ("s3:GetObject", "BucketArn"),
    "specs": ("s3:GetObject", "/projects/*"),
    "datasets": ("s3:GetObject", "/datasets/*"),
    "models": ("s3:GetObject", "/models/*"),
    "signed_models": ("kms:Verify", "SigningKeyArn"),
    "evidence": ("s3:PutObject", "/runs/*"),
    "ledger": ("dynamodb:GetItem", "CatalogTableArn"),
    "catalog": ("dynamodb:UpdateItem", "CatalogTableArn"),
    "lineage": ("dynamodb:PutItem", "CatalogTableArn"),
    "event_bus": ("events:PutEvents", "Bus"),
    "windows": ("dynamodb:Query", "WindowsTableArn"),
    "endpoint": ("ssm:GetParameter", "api-endpoint"),
    "task_tokens": ("states:SendTaskSuccess", "JudgeCandidateMachine"),
}
# Prefixes that a step writes by itself, not through a store.
WRITTEN_BY = {
    "RegisterDataset": {"staging"},
    "ReadPart": {"staging", "quarantine"},
    "VersionDataset": {"datasets"},
    "ProfilePart": {"datasets"},
    "ValidateDataset": {"datasets"},
    "AssessDrift": {"windows"},
    "AssessRetraining": {"runs"},
    "AssembleDataset": {"assembled"},
    "RecordLabels": {"labels-reports"},
}
# A right that goes with a collaborator: who does not use the one has no use for the other.
GOES_WITH = {
    "events:PutEvents": {"event_bus"},
    "ssm:GetParameter": {"endpoint"},
    "states:SendTaskSuccess": {"task_tokens"},
    "kms:Verify": {"models"},
    "s3:GetObject": {"object_store", "specs", "datasets", "models", "evidence", "receipts"},
}


def roles() -> dict[str, list[dict[str, Any]]]:
    """The statements of everything that grants something, by logical id."""
    found = {name: one for kind in STATEMENTS for name, one in deployed(kind).items()}
    return {name: statements(one) for name, one in found.items()}


def allowed(role: str) -> Iterator[tuple[str, str]]:
    """Every action that a role may do, with its resource as text."""
    for statement in roles()[role]:
        if statement["Effect"] == "Allow":
            for action in many(statement["Action"]):
                for resource in many(statement["Resource"]):
                    yield action, json.dumps(resource)


def collaborators(name: str) -> set[str]:
    """What a handler takes from the composition root."""
    text = (ROOT / "functions" / snake(name) / "handler.py").read_text()
    found = set(re.findall(r"bootstrap\.(\w+)", text))
    return found | {"signed_models"} if "models" in found else found


def test_no_action_is_a_wildcard() -> None:
    """Nobody knows what `s3:*` will mean next year."""
    wild = [
        (name, action)
        for name, found in roles().items()
        for statement in found
        for action in many(statement["Action"])
        if "*" in action
    ]

    assert wild == []


@pytest.mark.parametrize("path", [TEMPLATE, *NESTED], ids=lambda path: path.name)
def test_a_wildcard_has_its_reason_on_the_line(path: Path) -> None:
    """Where AWS knows no resource, or where the statement is a denial."""
    lines = path.read_text().splitlines()
    wild = [line for line in lines if re.search(r'(Resource|Action): "(\w+:)?\*"', line)]
    bare = [line for line in wild if not re.search(r'" +# \S+ \S+', line)]

    assert [line.strip() for line in bare if 'Action: "s3:*"' not in line] == []


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_function_may_do_what_its_collaborators_do(name: str) -> None:
    """A missing right shows only on AWS."""
    rights = set(allowed(f"{name}FunctionRole"))
    missing = [
        (one, need)
        for one in collaborators(name)
        if (need := NEEDS.get(one)) is not None
        if not any(action == need[0] and need[1] in resource for action, resource in rights)
    ]

    assert missing == []


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_function_may_do_no_more_than_its_collaborators(name: str) -> None:
    """A right without a use is a risk without a use."""
    actions = {action for action, _ in allowed(f"{name}FunctionRole")}
    unused = {
        action
        for action, users in GOES_WITH.items()
        if action in actions and not users & collaborators(name)
    }

    assert unused == set()


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_function_may_write_where_its_step_writes(name: str) -> None:
    """The prefixes that a step's own module names, of those that somebody writes from there."""
    steps = ROOT / "layers/core/loopwright/steps"
    module = (steps / f"{snake(name)}.py").read_text()
    named = set(re.findall(r'f"([a-z-]+)/\{', module)) & WRITTEN_BY.get(name, set())
    writable = {
        resource.split("/")[1]
        for action, resource in allowed(f"{name}FunctionRole")
        if action == "s3:PutObject"
    }

    assert named == WRITTEN_BY.get(name, set())
    assert named <= writable


def test_predict_may_read_the_receipt_that_it_wrote() -> None:
    """boto3 writes again when the answer was lost, and then the receipt is there already."""
    actions = {action for action, one in allowed("PredictFunctionRole") if "ReceiptsTable" in one}

    assert actions == {"dynamodb:GetItem", "dynamodb:PutItem"}


@pytest.mark.parametrize(
    ("name", "table", "index"),
    [
        ("ShowProject", "CatalogTableArn", "gsi1"),
        ("AssessRetraining", "ReceiptsTableArn", "labels_by_project"),
        ("AssembleDataset", "ReceiptsTableArn", "labels_by_project"),
    ],
)
def test_who_asks_an_index_may_query_it(name: str, table: str, index: str) -> None:
    """A right on the table is none on its indexes."""
    queried = [
        resource
        for action, resource in allowed(f"{name}FunctionRole")
        if action == "dynamodb:Query"
    ]

    assert any(f"{table}" in one and f"/index/{index}" in one for one in queried)


def test_who_points_the_tables_for_athena_may_touch_that_database_alone() -> None:
    """And may delete nothing; without the parameter there is neither database nor right."""
    policy = written()["Resources"]["PointTablesPolicy"]
    [statement] = statements(policy["Properties"])
    names = [one["Fn::Sub"].rsplit(":", 1)[1] for one in statement["Resource"]]

    assert policy["Condition"] == "HasAthenaTables"
    assert policy["Properties"]["Roles"] == [{"Ref": "VersionDatasetFunctionRole"}]
    assert statement["Action"] == ["glue:GetTable", "glue:CreateTable", "glue:UpdateTable"]
    assert names == ["catalog", "database/${AthenaDatabase}", "table/${AthenaDatabase}/*"]
    assert written()["Parameters"]["AthenaTables"]["Default"] == "false"


@pytest.mark.parametrize("name", ["PromoteModel", "RollBack"])
def test_who_probes_may_call_the_public_path(name: str) -> None:
    """And nothing else of the API."""
    policy = deployed("AWS::IAM::Policy")["ProbePolicy"]
    resource = json.dumps(statements(policy)[0]["Resource"])

    assert {"Ref": f"{name}FunctionRole"} in policy["Roles"]
    assert "/POST/projects/*/predictions" in resource


@pytest.mark.parametrize(
    ("machine", "rule"),
    [
        ("ReleaseModel", "StepFunctionsGetEventsForSageMakerTrainingJobsRule"),
        ("ReleaseModel", "StepFunctionsGetEventsForStepFunctionsExecutionRule"),
        ("RetrainModel", "StepFunctionsGetEventsForStepFunctionsExecutionRule"),
    ],
)
def test_a_machine_that_waits_may_keep_the_managed_rule(machine: str, rule: str) -> None:
    """`.sync` hears of the end by a rule of AWS's; creating the machine fails without these."""
    on_rule = {
        action
        for action, resource in allowed(f"{machine}MachineRole")
        if f"rule/{rule}" in resource
    }

    assert on_rule == {"events:PutTargets", "events:PutRule", "events:DescribeRule"}


def test_a_machine_may_run_and_tag_training_jobs() -> None:
    """`.sync` tags what it starts."""
    actions = {action for action, _ in allowed("ReleaseModelMachineRole")}

    assert {
        "sagemaker:CreateTrainingJob",
        "sagemaker:DescribeTrainingJob",
        "sagemaker:StopTrainingJob",
        "sagemaker:AddTags",
        "sagemaker:ListTags",
    } <= actions


@pytest.mark.parametrize(
    ("machine", "children"),
    [("ReleaseModel", {"PrepareDataset", "JudgeCandidate"}), ("RetrainModel", {"ReleaseModel"})],
)
def test_a_machine_may_start_and_follow_its_children(machine: str, children: set[str]) -> None:
    """Describe and stop are on executions, not on the machine."""
    rights = set(allowed(f"{machine}MachineRole"))
    for child in children:
        found = {action for action, resource in rights if f'"{child}Machine"' in resource}

        assert found == {
            "states:StartExecution",
            "states:DescribeExecution",
            "states:StopExecution",
        }


def test_a_role_is_passed_to_one_service_only() -> None:
    """PassRole without the condition is a way to any role."""
    passing = [
        statement
        for found in roles().values()
        for statement in found
        if "iam:PassRole" in many(statement["Action"])
    ]

    assert len(passing) == 1
    assert passing[0]["Resource"] == {"Fn::GetAtt": ["Access", "Outputs.TrainingRoleArn"]}
    assert passing[0]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}
    }


def test_a_training_job_cannot_read_the_sealed_rows() -> None:
    """A script cannot grade its own homework."""
    found = statements(deployed("AWS::IAM::Role")["TrainingRole"])
    reads = [one for one in found if "s3:GetObject" in many(one["Action"])]
    readable = [many(one["Resource"]) for one in reads if one["Effect"] == "Allow"]
    denied = [json.dumps(one["Resource"]) for one in reads if one["Effect"] == "Deny"]

    assert [[json.dumps(one).split("/")[1] for one in group] for group in readable] == [
        ["datasets", "projects", "bundles"],
        ["jobs"],
    ]
    assert len(denied) == 1
    assert all(f"/{prefix}/*" in denied[0] for prefix in ("holdout", "staging"))


def test_a_spot_job_gets_its_checkpoints_back_and_nothing_else_of_other_jobs() -> None:
    """SageMaker lists and reads them with the role of the job before it starts again."""
    reads = {
        resource
        for action, resource in allowed("TrainingRole")
        if action == "s3:GetObject" and "/jobs/" in resource
    }
    (listing,) = (
        one
        for one in statements(deployed("AWS::IAM::Role")["TrainingRole"])
        if "s3:ListBucket" in many(one["Action"])
    )

    assert [one.split("/jobs/")[1].rstrip('"]}') for one in reads] == ["*/checkpoints/*"]
    assert "jobs/*/checkpoints*" in listing["Condition"]["StringLike"]["s3:prefix"]


def test_a_training_job_writes_its_own_prefix_only() -> None:
    """Everything else in the store is write-once, by somebody else."""
    rights = [resource for action, resource in allowed("TrainingRole") if action == "s3:PutObject"]

    assert len(rights) == 1
    assert "/jobs/*" in rights[0]


def test_only_one_role_signs_model_packages() -> None:
    """What is served was verified and signed by RegisterModel, whoever may write the bucket."""
    signers = {role for role in roles() for action, _ in allowed(role) if action == "kms:Sign"}

    assert signers == {"RegisterModelFunctionRole"}


def test_eventbridge_and_cloudwatch_may_publish_to_the_encrypted_topic() -> None:
    """Without both policies an alarm goes off and nobody hears it."""
    key = deployed("AWS::KMS::Key")["TopicKey"]["KeyPolicy"]["Statement"]
    topic = deployed("AWS::SNS::TopicPolicy")["TopicPolicy"]["PolicyDocument"]["Statement"]

    for service in ("events.amazonaws.com", "cloudwatch.amazonaws.com"):
        [encrypts] = [one for one in key if service in many(one["Principal"].get("Service"))]
        [publishes] = [one for one in topic if service in many(one["Principal"]["Service"])]

        assert set(encrypts["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}
        assert publishes["Action"] == "sns:Publish"
    assert deployed("AWS::SNS::Topic")["Topic"]["KmsMasterKeyId"] == {"Ref": "TopicKey"}


@pytest.mark.parametrize("policy", ["key", "topic"])
def test_eventbridge_is_let_in_without_a_condition(policy: str) -> None:
    """It sends no aws:SourceAccount to an encrypted topic: a condition would keep it out."""
    documents = {
        "key": deployed("AWS::KMS::Key")["TopicKey"]["KeyPolicy"],
        "topic": deployed("AWS::SNS::TopicPolicy")["TopicPolicy"]["PolicyDocument"],
    }
    [found] = [
        one
        for one in documents[policy]["Statement"]
        if "events.amazonaws.com" in many(one["Principal"].get("Service"))
    ]

    assert "Condition" not in found


def test_every_policy_says_its_version() -> None:
    """Without one IAM reads it by the rules of 2008, in which variables are plain text."""
    documents = [
        one["PolicyDocument"] if "PolicyDocument" in one else policy["PolicyDocument"]
        for kind in POLICIES
        for one in deployed(kind).values()
        for policy in one.get("Policies", [{"PolicyDocument": {"Version": "2012-10-17"}}])
    ]
    ours = [one for one in documents if not _is_made_by_sam(one)]

    assert ours
    assert {one.get("Version") for one in ours} == {"2012-10-17"}


def _is_made_by_sam(document: dict[str, Any]) -> bool:
    """SAM adds the right to send to the failure destination, without a version."""
    return [one.get("Action") for one in document.get("Statement", ())] == ["sqs:SendMessage"]
