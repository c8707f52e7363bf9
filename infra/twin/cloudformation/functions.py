"""Lambda: functions, versions, aliases, layers, permissions and what feeds them."""

from typing import Any  # properties are any JSON value

from infra.twin.cloudformation.arguments import truth
from infra.twin.cloudformation.resource import Created, Resource, resource_type
from infra.twin.registry import EventSourceMapping, FunctionSettings, InvokeConfig

_SETTINGS = ("DeadLetterConfig", "LoggingConfig", "TracingConfig")


def create_function(resource: Resource) -> Created:
    """A function as the template describes it; what moto drops goes to the registry."""
    name = resource.name("FunctionName")
    arguments = resource.without(*_SETTINGS) | {"FunctionName": name}
    if resource.get("PackageType", "Zip") != "Zip":
        raise resource.refuse("the twin runs zip packages only")
    if "S3Key" not in resource.get("Code", {}):
        raise resource.refuse("Code must be a local folder (CodeUri); inline code is not run")
    logging = resource.get("LoggingConfig", {})
    resource.context.registry.functions[name] = FunctionSettings(
        log_group=logging.get("LogGroup"),
        dead_letter_arn=resource.get("DeadLetterConfig", {}).get("TargetArn"),
        log_variables=_log_variables(logging),
    )
    arn = resource.call("lambda", "create_function", arguments)["FunctionArn"]
    return Created(name, {"Arn": arn})


def _log_variables(logging: dict[str, Any]) -> dict[str, str]:
    """The variables by which Lambda tells the runtime how to log."""
    if logging.get("LogFormat", "Text") != "JSON":
        return {}
    return {
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": logging.get("ApplicationLogLevel", "INFO"),
    }


def create_version(resource: Resource) -> Created:
    """A published version; ``Ref`` is its ARN."""
    version = resource.call("lambda", "publish_version", resource.without())
    return Created(
        version["FunctionArn"],
        {"Version": version["Version"], "FunctionArn": version["FunctionArn"]},
    )


def create_alias(resource: Resource) -> Created:
    """An alias of a version; ``Ref`` is its ARN."""
    arn = resource.call("lambda", "create_alias", resource.without())["AliasArn"]
    return Created(arn, {"AliasArn": arn})


def create_layer_version(resource: Resource) -> Created:
    """A layer, which in the twin stands for its source folder (see packaging)."""
    content = resource.get("Content")
    arguments = resource.without() | {
        "LayerName": resource.name("LayerName"),
        "Content": {"S3Bucket": content["S3Bucket"], "S3Key": content["S3Key"]},
    }
    arn = resource.call("lambda", "publish_layer_version", arguments)["LayerVersionArn"]
    directories = resource.deployment.translation.artifacts.layer_directories
    resource.context.registry.layer_directories[arn] = directories[content["S3Key"]]
    return Created(arn, {"LayerVersionArn": arn})


def create_permission(resource: Resource) -> Created:
    """A statement of a function's policy; kept, not enforced."""
    name, qualifier = _split_qualifier(resource.get("FunctionName"))
    arguments = resource.without("FunctionName") | {
        "FunctionName": name,
        "StatementId": resource.logical_id,
    }
    if qualifier:
        arguments["Qualifier"] = qualifier
    resource.call("lambda", "add_permission", arguments)
    return Created(resource.logical_id, {"Id": resource.logical_id})


def _split_qualifier(function: str) -> tuple[str, str]:
    if not function.startswith("arn:"):
        name, _, qualifier = function.partition(":")
        return name, qualifier
    parts = function.split(":")
    return ":".join(parts[:7]), parts[7] if len(parts) > 7 else ""  # noqa: PLR2004 - an ARN's parts


def create_event_source_mapping(resource: Resource) -> Created:
    """A stream's mapping, recorded for the twin's poller; moto would run it inside the writer."""
    source = resource.get("EventSourceArn")
    if ":dynamodb:" not in source:
        raise resource.refuse(f"the twin polls DynamoDB streams only, not {source}")
    identifier = resource.name("Id")
    resource.context.registry.event_source_mappings.append(_stream_mapping(resource, identifier))
    return Created(identifier, {"Id": identifier})


def _stream_mapping(resource: Resource, identifier: str) -> EventSourceMapping:
    filters = resource.get("FilterCriteria", {}).get("Filters", [])
    on_failure = resource.get("DestinationConfig", {}).get("OnFailure", {})
    return EventSourceMapping(
        identifier=identifier,
        function_arn=resource.get("FunctionName"),
        source_arn=resource.get("EventSourceArn"),
        batch_size=int(resource.get("BatchSize", 100)),
        batching_window_s=int(resource.get("MaximumBatchingWindowInSeconds", 0)),
        starting_position=resource.get("StartingPosition"),
        tumbling_window_s=int(resource.get("TumblingWindowInSeconds", 0)),
        bisects_on_error=truth(resource.get("BisectBatchOnFunctionError", False)),
        max_retry_attempts=int(resource.get("MaximumRetryAttempts", -1)),
        reports_item_failures="ReportBatchItemFailures"
        in resource.get("FunctionResponseTypes", []),
        on_failure_arn=on_failure.get("Destination"),
        filter_patterns=tuple(each["Pattern"] for each in filters),
        is_enabled=truth(resource.get("Enabled", True)),
    )


def create_invoke_config(resource: Resource) -> Created:
    """Retries and destinations of asynchronous invocations, recorded for the Lambda runtime."""
    name = resource.get("FunctionName").split(":")[-1]
    qualifier = resource.get("Qualifier", "$LATEST")
    arn = resource.arn("lambda", f"function:{name}")
    arn = arn if qualifier == "$LATEST" else f"{arn}:{qualifier}"
    destinations = resource.get("DestinationConfig", {})
    resource.context.registry.invoke_configs[arn] = InvokeConfig(
        function_arn=arn,
        max_retry_attempts=int(resource.get("MaximumRetryAttempts", 2)),
        on_success_arn=destinations.get("OnSuccess", {}).get("Destination"),
        on_failure_arn=destinations.get("OnFailure", {}).get("Destination"),
    )
    return Created(f"{name}|{qualifier}")


TYPES = {
    "AWS::Lambda::Function": resource_type(
        create_function,
        "FunctionName Architectures Code DeadLetterConfig Description Environment"
        " EphemeralStorage Handler Layers LoggingConfig MemorySize PackageType Role Runtime"
        " Timeout",
    ),
    "AWS::Lambda::Version": resource_type(create_version, "FunctionName Description"),
    "AWS::Lambda::Alias": resource_type(
        create_alias, "FunctionName FunctionVersion Name Description"
    ),
    "AWS::Lambda::LayerVersion": resource_type(
        create_layer_version,
        "LayerName CompatibleArchitectures CompatibleRuntimes Content Description LicenseInfo",
    ),
    "AWS::Lambda::Permission": resource_type(
        create_permission, "Action FunctionName Principal SourceAccount SourceArn"
    ),
    "AWS::Lambda::EventSourceMapping": resource_type(
        create_event_source_mapping,
        "BatchSize BisectBatchOnFunctionError DestinationConfig Enabled EventSourceArn"
        " FilterCriteria FunctionName FunctionResponseTypes MaximumBatchingWindowInSeconds"
        " MaximumRetryAttempts StartingPosition"
        " TumblingWindowInSeconds",
    ),
    "AWS::Lambda::EventInvokeConfig": resource_type(
        create_invoke_config,
        "DestinationConfig FunctionName MaximumRetryAttempts Qualifier",
    ),
}
