"""Logs, alarms, dashboards and parameters."""

from infra.twin.cloudformation.resource import Created, Resource, resource_type


def create_log_group(resource: Resource) -> Created:
    """A log group with its retention."""
    name = resource.name("LogGroupName", 512)
    groups = resource.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    if name not in {group["logGroupName"] for group in groups}:
        resource.client("logs").create_log_group(logGroupName=name)
    if "RetentionInDays" in resource.properties:
        arguments = {"logGroupName": name, "retentionInDays": resource.get("RetentionInDays")}
        resource.call("logs", "put_retention_policy", arguments)
    return Created(name, {"Arn": resource.arn("logs", f"log-group:{name}:*")})


def create_metric_filter(resource: Resource) -> Created:
    """A filter that turns log lines into a metric."""
    arguments = resource.without() | {"FilterName": resource.name("FilterName", 512)}
    resource.call("logs", "put_metric_filter", arguments)
    return Created(arguments["FilterName"])


def create_alarm(resource: Resource) -> Created:
    """An alarm; the twin's metrics bridge evaluates it."""
    name = resource.name("AlarmName", 255)
    arguments = resource.without() | {"AlarmName": name}
    resource.call("cloudwatch", "put_metric_alarm", arguments)
    return Created(name, {"Arn": resource.arn("cloudwatch", f"alarm:{name}")})


def create_composite_alarm(resource: Resource) -> Created:
    """An alarm over alarms, recorded for the twin's metrics bridge, because moto has none."""
    name = resource.name("AlarmName", 255)
    arn = resource.arn("cloudwatch", f"alarm:{name}")
    resource.context.registry.composite_alarms[name] = dict(resource.properties)
    return Created(name, {"Arn": arn})


def create_dashboard(resource: Resource) -> Created:
    """A dashboard; nobody draws it here."""
    name = resource.name("DashboardName", 255)
    arguments = {"DashboardName": name, "DashboardBody": resource.get("DashboardBody")}
    resource.call("cloudwatch", "put_dashboard", arguments)
    return Created(name)


def create_parameter(resource: Resource) -> Created:
    """A parameter; ``Ref`` is its name."""
    name = resource.name("Name", 512)
    resource.call("ssm", "put_parameter", resource.without() | {"Name": name})
    value = resource.get("Value")
    return Created(name, {"Type": resource.get("Type"), "Value": value})


TYPES = {
    "AWS::Logs::LogGroup": resource_type(create_log_group, "KmsKeyId LogGroupName RetentionInDays"),
    "AWS::Logs::MetricFilter": resource_type(
        create_metric_filter, "FilterName FilterPattern LogGroupName MetricTransformations"
    ),
    "AWS::CloudWatch::Alarm": resource_type(
        create_alarm,
        "ActionsEnabled AlarmActions AlarmDescription AlarmName ComparisonOperator"
        " DatapointsToAlarm Dimensions EvaluateLowSampleCountPercentile EvaluationPeriods"
        " ExtendedStatistic InsufficientDataActions MetricName Metrics Namespace OKActions Period"
        " Statistic Threshold TreatMissingData Unit",
    ),
    "AWS::CloudWatch::CompositeAlarm": resource_type(
        create_composite_alarm,
        "ActionsEnabled AlarmActions AlarmDescription AlarmName AlarmRule"
        " InsufficientDataActions OKActions",
    ),
    "AWS::CloudWatch::Dashboard": resource_type(create_dashboard, "DashboardBody DashboardName"),
    "AWS::SSM::Parameter": resource_type(
        create_parameter, "AllowedPattern DataType Description Name Policies Tier Type Value"
    ),
}
