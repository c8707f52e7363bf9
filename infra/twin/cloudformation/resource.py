"""One resource while it is created, and what its creation gives back."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any  # properties are any JSON value; boto3 clients are made at run time

from infra.twin.bridge import TwinContext
from infra.twin.cloudformation.arguments import call_arguments
from infra.twin.errors import UndeployableError
from infra.twin.translate import Translation

type ApiStarter = Callable[[str, Mapping[str, Any]], str]

_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Created:
    """The physical id that ``Ref`` gives, and the attributes that ``Fn::GetAtt`` gives."""

    physical_id: str
    attributes: Mapping[str, str] = _NO_ATTRIBUTES


@dataclass
class Deployment:
    """What all resources of one deployment share."""

    context: TwinContext
    translation: Translation
    start_api: ApiStarter
    failures: list[UndeployableError] = field(default_factory=list)


@dataclass(frozen=True)
class Resource:
    """One resource of a stack, its properties resolved."""

    logical_id: str
    type_name: str
    stack_name: str
    properties: Mapping[str, Any]
    deployment: Deployment

    @property
    def context(self) -> TwinContext:
        """The twin that it is deployed to."""
        return self.deployment.context

    def client(self, service: str) -> Any:
        """The boto3 client of a service."""
        return self.context.clients.client(service)

    def get(self, name: str, default: Any = None) -> Any:
        """A property, or the default."""
        return self.properties.get(name, default)

    def name(self, property_name: str, max_length: int = 64) -> str:
        """The name that the template gives, or one made of stack and logical id as CloudFormation
        does.
        """
        given = self.properties.get(property_name)
        if given is not None:
            return str(given)
        digest = hashlib.sha256(f"{self.stack_name}/{self.logical_id}".encode()).hexdigest()[:12]
        return f"{self.stack_name}-{self.logical_id}"[: max_length - 13].rstrip("-") + f"-{digest}"

    def without(self, *names: str) -> dict[str, Any]:
        """The properties but for these and the tags."""
        dropped = {*names, "Tags"}
        return {key: value for key, value in self.properties.items() if key not in dropped}

    def only(self, names: Collection[str]) -> dict[str, Any]:
        """The properties of these names that are there."""
        return {name: self.properties[name] for name in names if name in self.properties}

    def call(self, service: str, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call AWS (the twin) with properties as arguments; an argument it does not know is an
        error.
        """
        client = self.client(service)
        result: dict[str, Any] = getattr(client, operation)(
            **call_arguments(client, operation, arguments)
        )
        return result

    def refuse(self, reason: str) -> UndeployableError:
        """The error that names this resource."""
        return UndeployableError(self.logical_id, self.type_name, reason)

    def arn(self, service: str, rest: str) -> str:
        """An ARN in the twin's region and account."""
        return f"arn:aws:{service}:{self.context.region}:{self.context.account_id}:{rest}"


type Create = Callable[[Resource], Created]


@dataclass(frozen=True)
class ResourceType:
    """How the twin deploys one type: its function and the properties that it carries out."""

    create: Create
    carries: frozenset[str]


def resource_type(create: Create, carries: str) -> ResourceType:
    """A row of the table of types; the properties are separated by spaces."""
    return ResourceType(create, frozenset(carries.split()))
