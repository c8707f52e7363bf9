"""Resources that would behave otherwise than on AWS are refused, by name, when they are created."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from infra.twin.bridge import TwinContext
from infra.twin.cloudformation.resource import Deployment, Resource
from infra.twin.cloudformation.types import RESOURCE_TYPES
from infra.twin.errors import UndeployableError
from infra.twin.packaging import Artifacts
from infra.twin.translate import Translation


class NoContext:
    """A twin that must not be asked anything."""

    region = "eu-west-1"
    account_id = "123456789012"


def create(type_name: str, properties: Mapping[str, Any]) -> None:
    """Create a resource named Thing on a twin without services."""
    translation = Translation({"Resources": {}}, {}, Artifacts())
    context = cast("TwinContext", NoContext())
    deployment = Deployment(context, translation, start_api=lambda _id, _body: "")
    resource = Resource("Thing", type_name, "stack", properties, deployment)
    RESOURCE_TYPES[type_name].create(resource)


@pytest.mark.parametrize(
    ("type_name", "properties", "reason"),
    [
        ("AWS::SNS::Topic", {"Subscription": [{"Protocol": "lambda"}]}, "inside the publisher"),
        ("AWS::SNS::Subscription", {"Protocol": "lambda"}, "inside the publisher"),
        (
            "AWS::Lambda::EventSourceMapping",
            {"EventSourceArn": "arn:aws:kinesis:eu-west-1:1:stream/s"},
            "DynamoDB streams only",
        ),
        ("AWS::Lambda::Function", {"PackageType": "Image"}, "zip packages only"),
        ("AWS::Lambda::Function", {"Code": {"ZipFile": "x = 1"}}, "inline code"),
        ("AWS::ApiGatewayV2::Api", {"Name": "a"}, "OpenAPI Body"),
        ("AWS::ApiGatewayV2::Stage", {"StageName": "prod"}, r"\$default only"),
        (
            "AWS::StepFunctions::StateMachine",
            {"DefinitionString": "{}", "DefinitionSubstitutions": {"X": "1"}},
            "nothing in the definition uses X",
        ),
    ],
)
def test_what_the_twin_would_do_otherwise_is_refused(
    type_name: str, properties: Mapping[str, Any], reason: str
) -> None:
    """With its logical id and the reason."""
    with pytest.raises(UndeployableError, match=rf"Thing \({type_name}\).*{reason}"):
        create(type_name, properties)


def test_a_generated_name_is_short_and_stable() -> None:
    """The same resource of the same stack keeps its name from one twin to the next."""
    translation = Translation({"Resources": {}}, {}, Artifacts())
    context = cast("TwinContext", NoContext())
    deployment = Deployment(context, translation, start_api=lambda _id, _body: "")
    names = {
        Resource("L" * 200, "T", "stack", {}, deployment).name("FunctionName") for _ in range(2)
    }

    assert len(names) == 1
    assert len(names.pop()) <= 64
