"""Deploy a translated template through moto's own create_stack, and read the outputs back."""

import json
from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from infra.twin.cloudformation.parameters import check_parameters
from infra.twin.cloudformation.resource import Deployment
from infra.twin.cloudformation.types import undeployable_parts
from infra.twin.errors import TwinError
from infra.twin.packaging import ARTIFACT_BUCKET


def deploy(
    deployment: Deployment, stack_name: str, parameters: Mapping[str, str]
) -> dict[str, str]:
    """Create the stack; its outputs. UndeployableError for what the twin cannot carry out."""
    refuse_undeployable(deployment)
    check_parameters(deployment.translation.root.get("Parameters", {}), parameters)
    _upload_artifacts(deployment)
    cloudformation = deployment.context.clients.client("cloudformation")
    try:
        cloudformation.create_stack(
            StackName=stack_name,
            TemplateBody=json.dumps(deployment.translation.root, default=str),
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in parameters.items()
            ],
            Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        if deployment.failures:
            raise deployment.failures[0] from error
        message = f"the stack {stack_name} could not be created: {error}"
        raise TwinError(message) from error
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def refuse_undeployable(deployment: Deployment) -> None:
    """Stop before anything is made if a resource cannot be carried out; the error names all."""
    problems = [
        problem
        for template in deployment.translation.templates
        for problem in undeployable_parts(template)
    ]
    if not problems:
        return
    for other in problems[1:]:
        problems[0].add_note(str(other))
    raise problems[0]


def _upload_artifacts(deployment: Deployment) -> None:
    s3 = deployment.context.clients.client("s3")
    region = deployment.context.region
    s3.create_bucket(
        Bucket=ARTIFACT_BUCKET, CreateBucketConfiguration={"LocationConstraint": region}
    )
    for key, content in deployment.translation.artifacts.objects.items():
        s3.put_object(Bucket=ARTIFACT_BUCKET, Key=key, Body=content)
