"""IAM and KMS: kept and readable, never enforced."""

from typing import Any  # properties are any JSON value

from infra.twin.cloudformation.arguments import truth
from infra.twin.cloudformation.resource import Created, Resource, resource_type

_AWS_MANAGED = "arn:aws:iam::aws:policy/"


def create_role(resource: Resource) -> Created:
    """A role with its inline policies and its own managed ones; AWS's managed policies are not
    copied.
    """
    name = resource.name("RoleName")
    arguments = resource.without("Policies", "ManagedPolicyArns") | {"RoleName": name}
    role = resource.call("iam", "create_role", arguments)["Role"]
    for policy in resource.get("Policies", []):
        _put_role_policy(resource, name, policy["PolicyName"], policy["PolicyDocument"])
    for arn in resource.get("ManagedPolicyArns", []):
        if not arn.startswith("arn:"):
            raise resource.refuse(f"the managed policy {arn!r} is not an ARN")
        if not arn.startswith(_AWS_MANAGED):
            resource.client("iam").attach_role_policy(RoleName=name, PolicyArn=arn)
    return Created(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})


def _put_role_policy(resource: Resource, role: str, name: str, document: Any) -> None:
    arguments = {
        "RoleName": role,
        "PolicyName": name,
        "PolicyDocument": _with_version(document),
    }
    resource.call("iam", "put_role_policy", arguments)


def _with_version(document: dict[str, Any]) -> dict[str, Any]:
    """AWS takes policies without a version (SAM writes such); moto does not."""
    return {"Version": "2012-10-17", **document}


def create_policy(resource: Resource) -> Created:
    """An inline policy of one or more roles."""
    name = resource.name("PolicyName", 128)
    for role in resource.get("Roles", []):
        _put_role_policy(resource, role, name, resource.get("PolicyDocument"))
    return Created(name)


def create_managed_policy(resource: Resource) -> Created:
    """A managed policy, attached to its roles."""
    arguments = resource.without("Roles", "ManagedPolicyName", "PolicyDocument") | {
        "PolicyName": resource.name("ManagedPolicyName", 128),
        "PolicyDocument": _with_version(resource.get("PolicyDocument")),
    }
    arn = resource.call("iam", "create_policy", arguments)["Policy"]["Arn"]
    for role in resource.get("Roles", []):
        resource.client("iam").attach_role_policy(RoleName=role, PolicyArn=arn)
    return Created(arn, {"PolicyArn": arn})


def create_key(resource: Resource) -> Created:
    """A key with its policy: nothing in the twin is encrypted by it, but signatures are real."""
    arguments = resource.without("KeyPolicy", "EnableKeyRotation", "PendingWindowInDays")
    arguments["Policy"] = resource.get("KeyPolicy")
    metadata = resource.call("kms", "create_key", arguments)["KeyMetadata"]
    if truth(resource.get("EnableKeyRotation", False)):
        resource.client("kms").enable_key_rotation(KeyId=metadata["KeyId"])
    return Created(metadata["KeyId"], {"Arn": metadata["Arn"], "KeyId": metadata["KeyId"]})


def create_key_alias(resource: Resource) -> Created:
    """Another name of a key."""
    resource.call("kms", "create_alias", resource.without())
    return Created(resource.get("AliasName"))


TYPES = {
    "AWS::IAM::Role": resource_type(
        create_role,
        "AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path"
        " PermissionsBoundary Policies RoleName",
    ),
    "AWS::IAM::Policy": resource_type(create_policy, "PolicyDocument PolicyName Roles"),
    "AWS::IAM::ManagedPolicy": resource_type(
        create_managed_policy, "Description ManagedPolicyName Path PolicyDocument Roles"
    ),
    "AWS::KMS::Key": resource_type(
        create_key,
        "Description EnableKeyRotation KeyPolicy KeySpec KeyUsage MultiRegion PendingWindowInDays",
    ),
    "AWS::KMS::Alias": resource_type(create_key_alias, "AliasName TargetKeyId"),
}
