"""Nested stacks: deployed as stacks of their own, with their outputs as attributes."""

import json

from infra.twin.cloudformation.resource import Created, Resource, resource_type


def create_nested_stack(resource: Resource) -> Created:
    """A stack from a local template, created with the parent's parameters."""
    template = resource.deployment.translation.nested[resource.get("TemplateURL")]
    parameters = resource.get("Parameters", {})
    arguments = {
        "StackName": resource.name("StackName", 128),
        "TemplateBody": json.dumps(template, default=str),
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": _parameter_text(value)}
            for name, value in parameters.items()
        ],
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
    }
    stack_id = resource.call("cloudformation", "create_stack", arguments)["StackId"]
    stacks = resource.client("cloudformation").describe_stacks(StackName=stack_id)["Stacks"]
    outputs = stacks[0].get("Outputs", [])
    return Created(
        stack_id, {f"Outputs.{each['OutputKey']}": each["OutputValue"] for each in outputs}
    )


def _parameter_text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


TYPES = {
    "AWS::CloudFormation::Stack": resource_type(create_nested_stack, "Parameters TemplateURL"),
}
