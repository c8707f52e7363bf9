"""Step Functions."""

import json
import re

from infra.twin.cloudformation.resource import Created, Resource, resource_type

_SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9_]+)\}")


def create_state_machine(resource: Resource) -> Created:
    """A machine; every ``${X}`` of its definition must have a substitution, and the reverse."""
    arguments = {
        "name": resource.name("StateMachineName", 80),
        "definition": _definition(resource),
        "roleArn": resource.get("RoleArn"),
        "type": resource.get("StateMachineType", "STANDARD"),
        **resource.only(("LoggingConfiguration", "TracingConfiguration")),
    }
    arn = resource.call("stepfunctions", "create_state_machine", arguments)["stateMachineArn"]
    return Created(arn, {"Arn": arn, "Name": arguments["name"]})


def _definition(resource: Resource) -> str:
    text = resource.get("DefinitionString") or json.dumps(resource.get("Definition"))
    substitutions = resource.get("DefinitionSubstitutions", {})
    wanted = set(_SUBSTITUTION.findall(text))
    if missing := sorted(wanted - set(substitutions)):
        raise resource.refuse(f"no substitution for {', '.join(missing)}")
    if unused := sorted(set(substitutions) - wanted):
        raise resource.refuse(f"nothing in the definition uses {', '.join(unused)}")
    return _SUBSTITUTION.sub(lambda match: str(substitutions[match[1]]), text)


TYPES = {
    "AWS::StepFunctions::StateMachine": resource_type(
        create_state_machine,
        "Definition DefinitionString DefinitionSubstitutions LoggingConfiguration RoleArn"
        " StateMachineName StateMachineType TracingConfiguration",
    ),
}
