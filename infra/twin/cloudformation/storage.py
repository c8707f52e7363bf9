"""S3, DynamoDB and Glue."""

from collections.abc import Mapping
from typing import Any  # properties are any JSON value

from infra.twin.cloudformation.arguments import truth
from infra.twin.cloudformation.resource import Created, Resource, resource_type


def create_bucket(resource: Resource) -> Created:
    """A bucket with its versioning, encryption, public access block, lifecycle and EventBridge
    switch.
    """
    name = resource.name("BucketName", 63).lower()
    region = resource.context.region
    location = (
        {}
        if region == "us-east-1"
        else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    )
    resource.client("s3").create_bucket(Bucket=name, **location)
    for property_name, (operation, argument) in _BUCKET_CALLS.items():
        if property_name in resource.properties:
            value = resource.get(property_name)
            if property_name in _BUCKET_VALUES:
                value = _BUCKET_VALUES[property_name](value)
            resource.call("s3", operation, {"Bucket": name, argument: value})
    if "EventBridgeConfiguration" in resource.get("NotificationConfiguration", {}):
        _switch_event_bridge_on(resource, name)
    domain = f"{name}.s3.amazonaws.com"
    regional = f"{name}.s3.{region}.amazonaws.com"
    return Created(
        name,
        {"Arn": f"arn:aws:s3:::{name}", "DomainName": domain, "RegionalDomainName": regional},
    )


def _switch_event_bridge_on(resource: Resource, bucket: str) -> None:
    notification = resource.get("NotificationConfiguration")
    others = set(notification) - {"EventBridgeConfiguration"}
    if others:
        raise resource.refuse(f"notifications other than EventBridge: {', '.join(sorted(others))}")
    if truth(notification["EventBridgeConfiguration"].get("EventBridgeEnabled", True)):
        resource.client("s3").put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )


def _encryption_rules(value: Mapping[str, Any]) -> dict[str, Any]:
    """CloudFormation calls the default of a rule otherwise than the API does."""
    rules = [
        {
            ("ApplyServerSideEncryptionByDefault" if key.startswith("ServerSide") else key): item
            for key, item in rule.items()
        }
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    return {"Rules": rules}


def _lifecycle_rules(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}


def _lifecycle_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    plain = ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration")
    result = {"ID": rule["Id"], "Status": rule["Status"]}
    result["Filter"] = {"Prefix": rule.get("Prefix", "")}
    result |= {key: rule[key] for key in plain if key in rule}
    if "ExpirationInDays" in rule:
        result["Expiration"] = {"Days": rule["ExpirationInDays"]}
    elif "ExpiredObjectDeleteMarker" in rule:
        result["Expiration"] = {"ExpiredObjectDeleteMarker": rule["ExpiredObjectDeleteMarker"]}
    return result


_BUCKET_CALLS = {
    "VersioningConfiguration": ("put_bucket_versioning", "VersioningConfiguration"),
    "BucketEncryption": ("put_bucket_encryption", "ServerSideEncryptionConfiguration"),
    "PublicAccessBlockConfiguration": (
        "put_public_access_block",
        "PublicAccessBlockConfiguration",
    ),
    "LifecycleConfiguration": ("put_bucket_lifecycle_configuration", "LifecycleConfiguration"),
    "OwnershipControls": ("put_bucket_ownership_controls", "OwnershipControls"),
}
_BUCKET_VALUES = {
    "BucketEncryption": _encryption_rules,
    "LifecycleConfiguration": _lifecycle_rules,
}


def create_bucket_policy(resource: Resource) -> Created:
    """The policy of a bucket; kept, not enforced."""
    bucket = resource.get("Bucket")
    arguments = {"Bucket": bucket, "Policy": resource.get("PolicyDocument")}
    resource.call("s3", "put_bucket_policy", arguments)
    return Created(bucket)


def create_table(resource: Resource) -> Created:
    """A table with its stream, its time to live and its point-in-time recovery."""
    name = resource.name("TableName", 255)
    arguments = resource.without(*_TABLE_EXTRAS, "StreamSpecification") | {"TableName": name}
    if "StreamSpecification" in resource.properties:
        stream = resource.get("StreamSpecification")
        arguments["StreamSpecification"] = {"StreamEnabled": True, **stream}
    if "SSESpecification" in resource.properties:
        sse = dict(resource.get("SSESpecification"))
        arguments["SSESpecification"] = {"Enabled": sse.pop("SSEEnabled"), **sse}
    table = resource.call("dynamodb", "create_table", arguments)["TableDescription"]
    for property_name, operation in _TABLE_EXTRAS.items():
        if property_name in resource.properties:
            extra = {"TableName": name, property_name: resource.get(property_name)}
            resource.call("dynamodb", operation, extra)
    return Created(name, {"Arn": table["TableArn"], "StreamArn": table.get("LatestStreamArn", "")})


def create_glue_database(resource: Resource) -> Created:
    """A database of the Glue Data Catalog; there is no Athena to ask it."""
    given = resource.get("DatabaseInput")
    resource.call("glue", "create_database", {"DatabaseInput": given})
    return Created(given["Name"])


_TABLE_EXTRAS = {
    "TimeToLiveSpecification": "update_time_to_live",
    "PointInTimeRecoverySpecification": "update_continuous_backups",
}

TYPES = {
    "AWS::S3::Bucket": resource_type(
        create_bucket,
        "BucketName BucketEncryption LifecycleConfiguration NotificationConfiguration"
        " OwnershipControls PublicAccessBlockConfiguration VersioningConfiguration",
    ),
    "AWS::S3::BucketPolicy": resource_type(create_bucket_policy, "Bucket PolicyDocument"),
    "AWS::Glue::Database": resource_type(create_glue_database, "CatalogId DatabaseInput"),
    "AWS::DynamoDB::Table": resource_type(
        create_table,
        "TableName AttributeDefinitions BillingMode DeletionProtectionEnabled"
        " GlobalSecondaryIndexes KeySchema LocalSecondaryIndexes OnDemandThroughput"
        " PointInTimeRecoverySpecification ProvisionedThroughput SSESpecification"
        " StreamSpecification TableClass TimeToLiveSpecification",
    ),
}
