"""What the twin takes from a template and does not carry out: the whole list, with what that
means.
"""

from collections.abc import Mapping

from infra.twin.cloudformation.resource import Created, Resource, ResourceType

PRETENDED_TYPES: Mapping[str, str] = {
    "AWS::Budgets::Budget": "nothing costs anything in the twin, so no budget is ever exceeded",
    "AWS::CodeDeploy::Application": "an alias moves at once; there is no traffic shifting",
    "AWS::CodeDeploy::DeploymentGroup": "an alias moves at once; there is no traffic shifting",
    "AWS::CloudWatch::AnomalyDetector": "no anomaly band is computed",
    "AWS::Logs::QueryDefinition": "saved queries are for the console",
    "AWS::ResourceGroups::Group": "groups are for the console",
    "AWS::XRay::Group": "there are no traces in the twin",
    "AWS::XRay::SamplingRule": "there are no traces in the twin",
}
"""Types that are accepted and make nothing."""

PRETENDED_PROPERTIES: Mapping[str, Mapping[str, str]] = {
    "*": {"Tags": "tags are for costs and the console"},
    "AWS::ApiGatewayV2::Api": {
        "FailOnWarnings": "the body is SAM's own",
        "Name": "the body's title names the API",
        "Description": "for the console",
        "DisableExecuteApiEndpoint": "loopback is the only endpoint",
    },
    "AWS::ApiGatewayV2::Stage": {
        "AccessLogSettings": "the API writes no access log",
        "DefaultRouteSettings": "requests are not throttled",
        "RouteSettings": "requests are not throttled",
        "Description": "for the console",
    },
    "AWS::CloudFormation::Stack": {
        "NotificationARNs": "stack events are not sent",
        "TimeoutInMinutes": "a stack is ready at once",
    },
    "AWS::CloudWatch::CompositeAlarm": {
        "ActionsSuppressor": "actions are never suppressed",
    },
    "AWS::DynamoDB::Table": {
        "ContributorInsightsSpecification": "no access statistics are kept",
        "ResourcePolicy": "policies are not enforced",
    },
    "AWS::Events::EventBus": {"DeadLetterConfig": "kept in the template only"},
    "AWS::Lambda::Function": {
        "KmsKeyArn": "environment variables are not encrypted",
        "ReservedConcurrentExecutions": "a function has at most ten sandboxes at a time",
        "SnapStart": "sandboxes always start from nothing",
        "TracingConfig": "there are no traces in the twin",
        "RuntimeManagementConfig": "the runtime is the interpreter that runs the twin",
        "VpcConfig": "everything runs on loopback",
    },
    "AWS::Lambda::Alias": {"ProvisionedConcurrencyConfig": "sandboxes start on demand"},
    "AWS::Lambda::EventInvokeConfig": {
        "MaximumEventAgeInSeconds": "an event is tried as often as it may be, however old it is",
    },
    "AWS::Lambda::EventSourceMapping": {
        "MaximumRecordAgeInSeconds": "records are tried as often as they may be, however old",
        "MetricsConfig": "the poller publishes no metrics",
        "ParallelizationFactor": "the batches of a shard go one after the other",
    },
    "AWS::Lambda::Version": {"ProvisionedConcurrencyConfig": "sandboxes start on demand"},
    "AWS::Logs::LogGroup": {
        "LogGroupClass": "every group is of the standard class",
        "DataProtectionPolicy": "nothing is masked",
        "DeletionProtectionEnabled": "a twin is thrown away as a whole",
    },
    "AWS::S3::Bucket": {
        "IntelligentTieringConfigurations": "storage classes do not exist",
        "LoggingConfiguration": "there is no access log",
        "ObjectLockEnabled": "locks are not enforced",
    },
    "AWS::Scheduler::ScheduleGroup": {},
    "AWS::SNS::Topic": {
        "TracingConfig": "there are no traces in the twin",
        "SignatureVersion": "messages carry no signature",
    },
}
"""Properties that are accepted and have no effect; ``*`` is every type."""


def pretend(resource: Resource) -> Created:
    """Make nothing; the reason is in PRETENDED_TYPES."""
    return Created(resource.name("Name"))


def is_pretended(type_name: str, property_name: str) -> bool:
    """Whether a property of a type is known to have no effect in the twin."""
    own = PRETENDED_PROPERTIES.get(type_name, {})
    return property_name in own or property_name in PRETENDED_PROPERTIES["*"]


TYPES = {name: ResourceType(pretend, frozenset()) for name in PRETENDED_TYPES}
