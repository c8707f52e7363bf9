"""The seams of EventBridge, S3's events and SNS."""

import json
from typing import Any

import pytest

from infra.twin.event_delivery import LostDelivery
from infra.twin.events import EventRouter
from tests.twin.loop_harness import Loop

pytestmark = pytest.mark.twin


def bucket_with_events(loop: Loop) -> str:
    """A versioned bucket that tells EventBridge what happens to it."""
    name = loop.unique("bucket")
    s3 = loop.client("s3")
    location = {"LocationConstraint": loop.context.region}
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=location)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    return name


def created_in(bucket: str) -> str:
    """The pattern of a rule on new objects."""
    return json.dumps(
        {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": "incoming/"}]}},
        }
    )


def put_event(loop: Loop, source: str, detail: Any) -> None:
    """Put an event on the default bus and wait until it is delivered."""
    entry = {"Source": source, "DetailType": "Said", "Detail": json.dumps(detail)}
    loop.client("events").put_events(Entries=[entry])
    loop.settle()


def bodies(loop: Loop, queue_url: str) -> list[Any]:
    """What arrived in a queue, parsed."""
    return [json.loads(message["Body"]) for message in loop.messages(queue_url)]


def router_of(loop: Loop) -> EventRouter:
    """The router among the bridges."""
    return next(bridge for bridge in loop.bridges if isinstance(bridge, EventRouter))


def test_an_upload_starts_a_machine_and_calls_a_function_once(loop: Loop) -> None:
    """moto loses both, and sends a second event about tags that nobody set."""
    bucket = bucket_with_events(loop)
    seen: list[Any] = []
    function = loop.function(seen.append)
    machine = loop.machine({"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True}}})
    loop.rule(target={"Arn": function}, EventPattern=created_in(bucket))
    loop.rule(target={"Arn": machine}, EventPattern=created_in(bucket))
    stored = loop.client("s3").put_object(Bucket=bucket, Key="incoming/p/a.csv", Body=b"a\n1\n")
    loop.settle()
    executions = loop.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]

    assert len(executions) == 1
    (event,) = seen
    assert event["detail"]["object"]["key"] == "incoming/p/a.csv"
    assert event["detail"]["object"]["version-id"] == stored["VersionId"]
    assert event["detail"]["object"]["etag"] == stored["ETag"].strip('"')
    assert event["detail"]["reason"] == "PutObject"


def test_events_of_one_key_have_rising_sequencers(loop: Loop) -> None:
    """moto gives every event the same."""
    bucket = bucket_with_events(loop)
    url, arn = loop.queue()
    loop.rule(target={"Arn": arn}, EventPattern=created_in(bucket))
    for text in (b"1", b"2", b"3"):
        loop.client("s3").put_object(Bucket=bucket, Key="incoming/p/a.csv", Body=text)
        loop.settle()
    numbers = [event["detail"]["object"]["sequencer"] for event in bodies(loop, url)]

    assert numbers == sorted(set(numbers))


def test_a_disabled_rule_and_a_rule_without_pattern_get_no_events(loop: Loop) -> None:
    """moto delivers to both."""
    url, arn = loop.queue()
    source = loop.unique("source")
    pattern = json.dumps({"source": [source]})
    loop.rule(target={"Arn": arn}, EventPattern=pattern, State="DISABLED")
    loop.rule(target={"Arn": arn}, ScheduleExpression="rate(1 day)")
    put_event(loop, source, {"a": 1})

    assert loop.messages(url) == []


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"Input": '{"fixed": true}'}, {"fixed": True}),
        ({"InputPath": "$.detail.items[1]"}, 20),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"items": "$.detail.items", "who": "$.detail.who"},
                    "InputTemplate": '{"items": <items>, "text": "for <who>"}',
                }
            },
            {"items": [10, 20], "text": 'for "Ada"'},
        ),
    ],
)
def test_a_target_receives_what_its_rule_makes_of_the_event(
    loop: Loop, target: dict[str, Any], expected: Any
) -> None:
    """moto ignores Input and InputPath."""
    url, arn = loop.queue()
    source = loop.unique("source")
    loop.rule(target={"Arn": arn, **target}, EventPattern=json.dumps({"source": [source]}))
    put_event(loop, source, {"items": [10, 20], "who": '"Ada"'})

    assert bodies(loop, url) == [expected]


def test_an_event_crosses_to_another_bus_unchanged(loop: Loop) -> None:
    """The stack has a bus of its own."""
    bus = loop.unique("bus")
    loop.client("events").create_event_bus(Name=bus)
    url, arn = loop.queue()
    source = loop.unique("source")
    pattern = json.dumps({"source": [source]})
    bus_arn = f"arn:aws:events:{loop.context.region}:{loop.context.account_id}:event-bus/{bus}"
    loop.rule(target={"Arn": bus_arn}, EventPattern=pattern)
    loop.rule(target={"Arn": arn}, EventPattern=pattern, EventBusName=bus)
    put_event(loop, source, {"a": 1})
    (event,) = bodies(loop, url)

    assert event["source"] == source
    assert event["detail"] == {"a": 1}


def test_a_topic_and_a_log_group_can_be_targets(loop: Loop) -> None:
    """Both in one rule."""
    url, queue_arn = loop.queue()
    topic = loop.client("sns").create_topic(Name=loop.unique("topic"))["TopicArn"]
    loop.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    group = f"/aws/events/{loop.unique('group')}"
    loop.client("logs").create_log_group(logGroupName=group)
    group_arn = f"arn:aws:logs:{loop.context.region}:{loop.context.account_id}:log-group:{group}"
    source = loop.unique("source")
    pattern = json.dumps({"source": [source]})
    loop.rule(target={"Arn": topic}, EventPattern=pattern)
    loop.rule(target={"Arn": group_arn}, EventPattern=pattern)
    put_event(loop, source, {"a": 1})
    logged = loop.client("logs").filter_log_events(logGroupName=group)["events"]

    assert json.loads(bodies(loop, url)[0]["Message"])["detail"] == {"a": 1}
    assert json.loads(logged[0]["message"])["detail"] == {"a": 1}


def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(loop: Loop) -> None:
    """With the ARNs of rule and target and the reason as attributes."""
    url, arn = loop.queue()
    nowhere = f"arn:aws:sqs:{loop.context.region}:{loop.context.account_id}:nowhere"
    source = loop.unique("source")
    target = {"Arn": nowhere, "DeadLetterConfig": {"Arn": arn}}
    loop.rule(target=target, EventPattern=json.dumps({"source": [source]}))
    put_event(loop, source, {"a": 1})
    (message,) = loop.messages(url)

    assert json.loads(message["Body"])["detail"] == {"a": 1}
    assert message["MessageAttributes"]["TARGET_ARN"]["StringValue"] == nowhere


def test_what_cannot_be_delivered_and_has_no_dead_letter_queue_is_listed(loop: Loop) -> None:
    """A test may assert that nothing was lost."""
    nowhere = f"arn:aws:sqs:{loop.context.region}:{loop.context.account_id}:nowhere"
    source = loop.unique("source")
    loop.rule(target={"Arn": nowhere}, EventPattern=json.dumps({"source": [source]}))
    put_event(loop, source, {"a": 1})
    lost = [entry for entry in router_of(loop).lost if source in entry.delivery.payload]

    assert len(lost) == 1
    assert isinstance(lost[0], LostDelivery)


def test_every_event_comes_twice_when_asked_for(loop: Loop) -> None:
    """The switch with which idempotency is tried."""
    url, arn = loop.queue()
    source = loop.unique("source")
    loop.rule(target={"Arn": arn}, EventPattern=json.dumps({"source": [source]}))
    router = router_of(loop)
    router.duplicate_deliveries = True
    try:
        put_event(loop, source, {"a": 1})
    finally:
        router.duplicate_deliveries = False
    first, second = bodies(loop, url)

    assert first == second


def test_a_topic_calls_its_function_outside_the_publisher(loop: Loop) -> None:
    """moto runs the function inside Publish."""
    seen: list[Any] = []
    function = loop.function(seen.append)
    topic = loop.client("sns").create_topic(Name=loop.unique("topic"))["TopicArn"]
    loop.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    loop.client("sns").publish(TopicArn=topic, Message="hello")
    loop.settle()

    assert seen[0]["Records"][0]["Sns"]["Message"] == "hello"
