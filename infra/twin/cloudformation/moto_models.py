"""Put the twin's table of types in place of moto's, so that moto's ``create_stack`` deploys with
it.

moto skips a resource type that it does not know with a warning and calls the stack complete;
with this table in place an unknown type, or one whose creation fails, ends the deployment.
"""

from collections.abc import Mapping
from typing import Any  # what moto passes has no useful types

from botocore.exceptions import BotoCoreError, ClientError
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError

from infra.twin.cloudformation.arguments import UnknownPropertyError
from infra.twin.cloudformation.pretended import is_pretended
from infra.twin.cloudformation.resource import Created, Deployment, Resource, ResourceType
from infra.twin.cloudformation.types import RESOURCE_TYPES
from infra.twin.errors import UndeployableError

_CREATION_ERRORS = (
    BotoCoreError,
    ClientError,
    LookupError,
    TypeError,
    UnknownPropertyError,
    ValueError,
)


class DeployedResource:
    """A created resource, with the attributes that moto's CloudFormation reads."""

    cf_resource_type = ""
    logical_resource_id = ""

    def __init__(self, resource: Resource, created: Created) -> None:
        """Keep what ``Ref`` and ``Fn::GetAtt`` ask for."""
        self.physical_resource_id = created.physical_id
        self.type = resource.type_name
        self._resource = resource
        self._attributes = created.attributes

    def get_cfn_attribute(self, name: str) -> str:
        """The value of ``Fn::GetAtt``; an attribute that the twin does not make is an error."""
        if name not in self._attributes:
            raise _refused(self._resource, f"the twin makes no attribute {name}")
        return self._attributes[name]

    def is_created(self) -> bool:
        """Creation is over when the object exists."""
        return True


class _Model:
    """What moto asks for in place of one of its model classes: a factory for one resource type."""

    def __init__(self, name: str, resource_type: ResourceType, deployment: Deployment) -> None:
        self._name = name
        self._type = resource_type
        self._deployment = deployment

    def cloudformation_type(self) -> str:
        return self._name

    def cloudformation_name_type(self) -> str:
        return ""

    def has_cfn_attr(self, attr: str) -> bool:  # noqa: ARG002 - checked when it is read
        return True

    def create_from_cloudformation_json(
        self,
        resource_name: str,  # noqa: ARG002 - moto's signature; names come from Resource.name
        cloudformation_json: Mapping[str, Any],
        account_id: str,  # noqa: ARG002 - moto's signature
        region_name: str,  # noqa: ARG002 - moto's signature
        **kwargs: str,
    ) -> DeployedResource:
        properties = _cleaned(cloudformation_json.get("Properties") or {})
        resource = Resource(
            logical_id=kwargs["LogicalId"],
            type_name=self._name,
            stack_name=kwargs["StackId"].split("/")[1],
            properties={
                key: value
                for key, value in properties.items()
                if key in self._type.carries or not is_pretended(self._name, key)
            },
            deployment=self._deployment,
        )
        try:
            return DeployedResource(resource, self._type.create(resource))
        except UndeployableError as error:
            raise _refused(resource, error.reason) from error
        except _CREATION_ERRORS as error:
            raise _refused(resource, f"{type(error).__name__}: {error}") from error


def _refused(resource: Resource, reason: str) -> ValidationError:
    """Keep the failure for ``deploy``; what moto raises reaches the caller as an answer of AWS."""
    failure = resource.refuse(reason)
    resource.deployment.failures.append(failure)
    return ValidationError(message=str(failure))


def _cleaned(value: Any) -> Any:
    """Without the places where ``AWS::NoValue`` stood, which moto leaves in lists."""
    if isinstance(value, list):
        return [_cleaned(item) for item in value if item is not None]
    if isinstance(value, dict):
        return {key: _cleaned(item) for key, item in value.items() if item is not None}
    return value


def install_types(deployment: Deployment) -> None:
    """Let moto's CloudFormation create every resource through the twin's table."""
    models = {name: _Model(name, each, deployment) for name, each in RESOURCE_TYPES.items()}
    seams = deployment.context.seams
    seams.patch(parsing, "get_model_map", lambda: models, parameters=())
    seams.patch(parsing, "get_model_list", lambda: list(models.values()), parameters=())
