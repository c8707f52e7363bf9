"""The seams of CloudWatch: metrics out of log lines and events, and alarms that act."""

import json
from datetime import timedelta
from typing import Any

import pytest

from infra.twin.metrics import MetricsBridge
from tests.twin.loop_harness import Loop

pytestmark = pytest.mark.twin


def metrics_of(loop: Loop) -> MetricsBridge:
    """The bridge among the others."""
    return next(bridge for bridge in loop.bridges if isinstance(bridge, MetricsBridge))


def topic_and_queue(loop: Loop) -> tuple[str, str]:
    """A topic, and the URL of a queue that receives what it publishes."""
    url, arn = loop.queue()
    topic = loop.client("sns").create_topic(Name=loop.unique("topic"))["TopicArn"]
    loop.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, url


def alarm(loop: Loop, topic: str, **metric: Any) -> str:
    """An alarm that tells a topic; its name."""
    name = loop.unique("alarm")
    measured = {"Statistic": "Sum", "Period": 300, **metric}
    if "Metrics" in metric:
        measured = metric
    loop.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
        **measured,
    )
    return name


def state_of(loop: Loop, name: str) -> str:
    """The state of an alarm."""
    found = loop.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(found[0]["StateValue"])


def published(loop: Loop, queue_url: str) -> list[Any]:
    """The alarm messages that arrived."""
    loop.settle()
    notices = [json.loads(item["Body"]) for item in loop.messages(queue_url)]
    assert all(notice["Subject"].startswith('ALARM: "') for notice in notices)
    return [json.loads(notice["Message"]) for notice in notices]


def log(loop: Loop, line: str) -> None:
    """Write one log line."""
    group = f"/aws/lambda/{loop.unique('function')}"
    logs = loop.client("logs")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    moment = round(loop.context.clock.now().timestamp() * 1000)
    logs.put_log_events(
        logGroupName=group, logStreamName="s", logEvents=[{"timestamp": moment, "message": line}]
    )
    written = logs.get_log_events(logGroupName=group, logStreamName="s")["events"]

    assert len(written) == 1


def drifted_columns(namespace: str, project: str, value: float) -> str:
    """A log line in the embedded metric format."""
    metric = {"Name": "DriftMaterialColumns", "Unit": "Count"}
    directive = {"Namespace": namespace, "Dimensions": [["project"]], "Metrics": [metric]}
    return json.dumps(
        {
            "_aws": {"Timestamp": 1, "CloudWatchMetrics": [directive]},
            "project": project,
            "DriftMaterialColumns": [value],
        }
    )


def test_a_metric_in_a_log_line_reaches_its_alarm_and_the_alarm_a_topic(loop: Loop) -> None:
    """The alarm sums over the projects, as the stack's does."""
    topic, url = topic_and_queue(loop)
    namespace = loop.unique("loopwright")
    schema = f'SCHEMA("{namespace}", project)'
    expression = f"SELECT SUM(DriftMaterialColumns) FROM {schema}"  # noqa: S608 - metrics, not SQL
    query = {"Id": "q", "Expression": expression, "Period": 300, "ReturnData": True}
    name = alarm(loop, topic, Metrics=[query])
    log(loop, drifted_columns(namespace, "a", 0))
    metrics_of(loop).evaluate()
    calm = state_of(loop, name)
    log(loop, drifted_columns(namespace, "b", 2))
    metrics_of(loop).evaluate()
    (message,) = published(loop, url)
    now = loop.context.clock.now()
    statistics = loop.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName="DriftMaterialColumns",
        Dimensions=[{"Name": "project", "Value": "b"}],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=10),
        Period=3600,
        Statistics=["Sum"],
    )
    loop.context.clock.advance(timedelta(minutes=10))
    metrics_of(loop).evaluate()

    assert calm == "OK"
    assert [point["Sum"] for point in statistics["Datapoints"]] == [2.0]
    assert (message["OldStateValue"], message["NewStateValue"]) == ("OK", "ALARM")
    assert state_of(loop, name) == "OK"


def test_a_failed_execution_raises_the_alarm_of_its_machine(loop: Loop) -> None:
    """AWS/States ExecutionsFailed."""
    topic, url = topic_and_queue(loop)
    machine = loop.machine({"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "E"}}})
    dimensions = [{"Name": "StateMachineArn", "Value": machine}]
    alarm(loop, topic, Namespace="AWS/States", MetricName="ExecutionsFailed", Dimensions=dimensions)
    loop.finish(loop.start(machine))
    loop.settle()
    metrics_of(loop).evaluate()

    assert [message["NewStateValue"] for message in published(loop, url)] == ["ALARM"]


def test_an_error_of_a_function_raises_its_alarm(loop: Loop) -> None:
    """AWS/Lambda Errors; a success counts zero."""
    topic, url = topic_and_queue(loop)
    function = loop.unique("function")
    dimensions = [{"Name": "FunctionName", "Value": function}]
    name = alarm(loop, topic, Namespace="AWS/Lambda", MetricName="Errors", Dimensions=dimensions)
    metrics_of(loop).count_invocation(function, failed=False)
    metrics_of(loop).evaluate()
    calm = state_of(loop, name)
    metrics_of(loop).count_invocation(function, failed=True)
    metrics_of(loop).evaluate()

    assert calm == "OK"
    assert len(published(loop, url)) == 1


def test_a_message_in_a_dead_letter_queue_raises_the_alarm(loop: Loop) -> None:
    """The level is sampled when alarms are evaluated."""
    topic, url = topic_and_queue(loop)
    dead_url, dead_arn = loop.queue()
    dimensions = [{"Name": "QueueName", "Value": dead_arn.rsplit(":", 1)[1]}]
    alarm(
        loop,
        topic,
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=dimensions,
        Statistic="Maximum",
    )
    loop.client("sqs").send_message(QueueUrl=dead_url, MessageBody="lost")
    metrics_of(loop).evaluate()

    assert [message["NewStateValue"] for message in published(loop, url)] == ["ALARM"]


def test_an_alarm_set_by_hand_acts_and_is_an_event(loop: Loop) -> None:
    """moto changes the state and tells nobody."""
    topic, url = topic_and_queue(loop)
    name = alarm(loop, topic, Namespace="n", MetricName="m")
    events_url, arn = loop.queue()
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": [name]}}
    loop.rule(target={"Arn": arn}, EventPattern=json.dumps(pattern))
    loop.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue="ALARM", StateReason="to see whether it works"
    )
    (message,) = published(loop, url)

    assert message["NewStateReason"] == "to see whether it works"
    assert json.loads(loop.messages(events_url)[0]["Body"])["detail"]["state"]["value"] == "ALARM"
