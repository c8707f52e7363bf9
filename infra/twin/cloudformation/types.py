"""The table of all resource types that the twin deploys."""

from collections.abc import Iterator, Mapping
from typing import Any  # a template is any JSON value

from infra.twin.cloudformation import (
    apis,
    functions,
    identity,
    messaging,
    nested,
    operations,
    pretended,
    storage,
    workflow,
)
from infra.twin.cloudformation.resource import ResourceType
from infra.twin.errors import UndeployableError

RESOURCE_TYPES: Mapping[str, ResourceType] = {
    **apis.TYPES,
    **functions.TYPES,
    **identity.TYPES,
    **messaging.TYPES,
    **nested.TYPES,
    **operations.TYPES,
    **pretended.TYPES,
    **storage.TYPES,
    **workflow.TYPES,
}


def undeployable_parts(template: Mapping[str, Any]) -> Iterator[UndeployableError]:
    """Every resource of a template that has a type or a property which the twin would have to
    drop.
    """
    for logical_id, resource in template["Resources"].items():
        type_name = resource["Type"]
        known = RESOURCE_TYPES.get(type_name)
        if known is None:
            yield UndeployableError(logical_id, type_name, "the twin has no such resource type")
            continue
        if type_name in pretended.PRETENDED_TYPES:
            continue
        for name in resource.get("Properties", {}):
            if name not in known.carries and not pretended.is_pretended(type_name, name):
                reason = f"the twin would silently drop the property {name}"
                yield UndeployableError(logical_id, type_name, reason)
