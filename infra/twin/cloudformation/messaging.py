"""SNS, SQS, EventBridge and its scheduler."""

from infra.twin.cloudformation.resource import Created, Resource, resource_type
from infra.twin.registry import Schedule


def create_topic(resource: Resource) -> Created:
    """A topic and the subscriptions that it lists."""
    for subscription in resource.get("Subscription", []):
        _refuse_functions(resource, subscription["Protocol"])
    name = resource.name("TopicName", 256)
    attributes = resource.only(("KmsMasterKeyId", "DisplayName"))
    topic = resource.call("sns", "create_topic", {"Name": name, "Attributes": attributes})
    arn = topic["TopicArn"]
    for subscription in resource.get("Subscription", []):
        resource.call("sns", "subscribe", {"TopicArn": arn, **subscription})
    return Created(arn, {"TopicArn": arn, "TopicName": name})


def create_subscription(resource: Resource) -> Created:
    """A subscription to a topic."""
    _refuse_functions(resource, resource.get("Protocol"))
    attributes = resource.only(("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery"))
    arguments = resource.without(*attributes) | {
        "Attributes": attributes,
        "ReturnSubscriptionArn": True,
    }
    return Created(resource.call("sns", "subscribe", arguments)["SubscriptionArn"])


def _refuse_functions(resource: Resource, protocol: str) -> None:
    if protocol == "lambda":
        reason = "moto would run the function inside the publisher; use a rule of EventBridge"
        raise resource.refuse(reason)


def create_topic_policy(resource: Resource) -> Created:
    """The policy of topics; kept, not enforced."""
    for arn in resource.get("Topics"):
        arguments = {
            "TopicArn": arn,
            "AttributeName": "Policy",
            "AttributeValue": resource.get("PolicyDocument"),
        }
        resource.call("sns", "set_topic_attributes", arguments)
    return Created(resource.logical_id)


def create_queue(resource: Resource) -> Created:
    """A queue; ``Ref`` is its URL."""
    name = resource.name("QueueName", 80)
    arguments = {"QueueName": name, "Attributes": resource.without("QueueName")}
    url = resource.call("sqs", "create_queue", arguments)["QueueUrl"]
    arn = resource.arn("sqs", name)
    return Created(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})


def create_queue_policy(resource: Resource) -> Created:
    """The policy of queues; kept, not enforced."""
    for url in resource.get("Queues"):
        attributes = {"Policy": resource.get("PolicyDocument")}
        arguments = {"QueueUrl": url, "Attributes": attributes}
        resource.call("sqs", "set_queue_attributes", arguments)
    return Created(resource.logical_id)


def create_event_bus(resource: Resource) -> Created:
    """An event bus; ``Ref`` is its name."""
    arguments = resource.without() | {"Name": resource.name("Name", 256)}
    bus = resource.call("events", "create_event_bus", arguments)
    return Created(arguments["Name"], {"Arn": bus["EventBusArn"], "Name": arguments["Name"]})


def create_rule(resource: Resource) -> Created:
    """A rule and its targets."""
    name = resource.name("Name")
    arguments = resource.without("Targets") | {"Name": name}
    arn = resource.call("events", "put_rule", arguments)["RuleArn"]
    if targets := resource.get("Targets"):
        bus = resource.only(("EventBusName",))
        resource.call("events", "put_targets", {"Rule": name, "Targets": targets, **bus})
    return Created(name, {"Arn": arn})


def create_schedule_group(resource: Resource) -> Created:
    """A group of schedules."""
    name = resource.name("Name")
    arn = resource.call("scheduler", "create_schedule_group", {"Name": name})["ScheduleGroupArn"]
    return Created(name, {"Arn": arn})


def create_schedule(resource: Resource) -> Created:
    """A schedule, recorded for the twin's virtual clock, which fires it."""
    name = resource.name("Name")
    arguments = resource.without() | {"Name": name}
    arn = resource.call("scheduler", "create_schedule", arguments)["ScheduleArn"]
    target = resource.get("Target")
    schedule = Schedule(
        name=name,
        group=resource.get("GroupName", "default"),
        arn=arn,
        expression=resource.get("ScheduleExpression"),
        timezone=resource.get("ScheduleExpressionTimezone", "UTC"),
        is_enabled=resource.get("State", "ENABLED") == "ENABLED",
        target_arn=target["Arn"],
        target_input=target.get("Input"),
        max_retry_attempts=int(target.get("RetryPolicy", {}).get("MaximumRetryAttempts", 185)),
        dead_letter_arn=target.get("DeadLetterConfig", {}).get("Arn"),
    )
    resource.context.registry.schedules.append(schedule)
    return Created(name, {"Arn": arn})


TYPES = {
    "AWS::SNS::Topic": resource_type(
        create_topic, "DisplayName KmsMasterKeyId Subscription TopicName"
    ),
    "AWS::SNS::Subscription": resource_type(
        create_subscription,
        "Endpoint FilterPolicy FilterPolicyScope Protocol RawMessageDelivery TopicArn",
    ),
    "AWS::SNS::TopicPolicy": resource_type(create_topic_policy, "PolicyDocument Topics"),
    "AWS::SQS::Queue": resource_type(
        create_queue,
        "ContentBasedDeduplication DelaySeconds FifoQueue KmsDataKeyReusePeriodSeconds"
        " KmsMasterKeyId MaximumMessageSize MessageRetentionPeriod QueueName"
        " ReceiveMessageWaitTimeSeconds RedriveAllowPolicy RedrivePolicy SqsManagedSseEnabled"
        " VisibilityTimeout",
    ),
    "AWS::SQS::QueuePolicy": resource_type(create_queue_policy, "PolicyDocument Queues"),
    "AWS::Events::EventBus": resource_type(create_event_bus, "Name Description KmsKeyIdentifier"),
    "AWS::Events::Rule": resource_type(
        create_rule,
        "Description EventBusName EventPattern Name RoleArn ScheduleExpression State Targets",
    ),
    "AWS::Scheduler::ScheduleGroup": resource_type(create_schedule_group, "Name"),
    "AWS::Scheduler::Schedule": resource_type(
        create_schedule,
        "Description EndDate FlexibleTimeWindow GroupName KmsKeyArn Name ScheduleExpression"
        " ScheduleExpressionTimezone StartDate State Target",
    ),
}
