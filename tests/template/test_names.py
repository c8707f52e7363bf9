"""One name from state to test, nothing with a fixed name, and every substitution filled."""

import re
from typing import Any

import pytest

from tests.template.stack import (
    MACHINES,
    ROOT,
    deployed,
    every_state,
    functions,
    machines,
    resources,
    snake,
)

LAMBDA = "arn:aws:states:::lambda:invoke"
# States that are not called like their function, and why.
OTHER_NAMES = {
    "PublishBrokenRun": "PublishRun",  # a second place in the machine from which runs are published
}
# Functions that no state calls: the API, the stream and the rules do.
WITHOUT_A_STATE = {
    "Predict",
    "RecordLabels",
    "ShowReceipt",
    "ShowProject",
    "RecordDecision",
    "RollBack",
    "DescribeApi",
    "ObservePredictions",
    "CloseRun",
}
FIXED_NAMES = (
    "BucketName",
    "TableName",
    "FunctionName",
    "RoleName",
    "ManagedPolicyName",
    "StateMachineName",
    "TopicName",
    "QueueName",
    "LogGroupName",
    "AlarmName",
    "DashboardName",
    "Name",
)


def lambda_states() -> dict[str, str]:
    """Every state that calls a function, and the substitution by which it does."""
    return {
        name: state["Arguments"]["FunctionName"]
        for definition in machines().values()
        for name, state in every_state(definition)
        if state.get("Resource", "").startswith(LAMBDA)
    }


def test_a_state_calls_the_function_of_its_name() -> None:
    """`AssessFeasibility` can be grepped from state to test."""
    for state, substitution in lambda_states().items():
        function = OTHER_NAMES.get(state, state)

        assert substitution == f"${{{function}FunctionArn}}"
        assert function in functions()


def test_every_function_is_called_by_a_state_or_listed() -> None:
    """The list above is complete and holds nothing else."""
    called = {OTHER_NAMES.get(state, state) for state in lambda_states()}

    assert set(functions()) == called | WITHOUT_A_STATE
    assert not called & WITHOUT_A_STATE


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_function_is_a_folder_a_step_and_a_test_of_its_name(name: str) -> None:
    """Read one name and you know five."""
    module = snake(name)
    folder = ROOT / "functions" / module
    step = ROOT / "layers/core/loopwright/steps" / f"{module}.py"

    assert functions()[name]["CodeUri"] == f"functions/{module}/"
    assert [path.name for path in folder.iterdir() if path.suffix == ".py"] == ["handler.py"]
    assert re.search(rf"^def {module}\(", step.read_text(), re.MULTILINE)
    assert (ROOT / "tests/unit/steps" / f"test_{module}.py").is_file()


def test_every_folder_of_functions_is_a_function() -> None:
    """Nothing is left behind."""
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}

    assert folders == {snake(name) for name in functions()}


@pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.name)
def test_every_substitution_of_a_machine_is_filled_and_used(path: Any) -> None:
    """CloudFormation would leave an unfilled one in the text, and say nothing."""
    name = f"{''.join(part.title() for part in path.name.split('.')[0].split('_'))}Machine"
    machine = resources("AWS::Serverless::StateMachine")[name]
    used = set(re.findall(r"\$\{([^}]*)\}", path.read_text()))

    assert machine["DefinitionUri"] == f"statemachines/{path.name}"
    assert used == set(machine["DefinitionSubstitutions"])


def test_every_machine_of_the_template_is_a_file() -> None:
    """And the reverse."""
    assert set(machines()) == set(resources("AWS::Serverless::StateMachine"))


def test_nothing_has_a_fixed_name() -> None:
    """Two stages fit in one account: a name is made from the stack's, or left to CloudFormation."""
    kinds = (
        "AWS::S3::Bucket",
        "AWS::DynamoDB::Table",
        "AWS::Lambda::Function",
        "AWS::IAM::Role",
        "AWS::IAM::ManagedPolicy",
        "AWS::StepFunctions::StateMachine",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::Logs::LogGroup",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::Events::EventBus",
        "AWS::Events::Rule",
        "AWS::Scheduler::Schedule",
        "AWS::SSM::Parameter",
    )
    fixed = {
        name: properties[key]
        for kind in kinds
        for name, properties in deployed(kind).items()
        for key in FIXED_NAMES
        if key in properties and "AWS::StackName" not in str(properties[key])
    }

    assert fixed == {}


def test_no_function_reserves_concurrency() -> None:
    """A new account has little of it."""
    assert not any("ReservedConcurrentExecutions" in one for one in functions().values())
