"""The seams of Step Functions: each test fails when moto moves away under a bridge."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.twin.loop_harness import HandlerError, Loop

pytestmark = pytest.mark.twin


def one_state(state: dict[str, Any]) -> dict[str, Any]:
    """A machine of a single state."""
    return {"StartAt": "Only", "States": {"Only": {"End": True, **state}}}


def task(resource: str, arguments: Any, **more: Any) -> dict[str, Any]:
    """A task of an integration, such as ``sns:publish``."""
    arn = resource if resource.startswith("arn:") else f"arn:aws:states:::{resource}"
    return {"Type": "Task", "Resource": arn, "Arguments": arguments, **more}


def invoke(function_arn: str, **more: Any) -> dict[str, Any]:
    """A task that invokes a function and returns its payload."""
    arguments = {"FunctionName": function_arn, "Payload": "{% $states.input %}"}
    return task("lambda:invoke", arguments, Output="{% $states.result.Payload %}", **more)


def caught(state: dict[str, Any], *errors: str) -> dict[str, Any]:
    """A machine whose state is caught by these names."""
    catch = {"ErrorEquals": list(errors), "Next": "Caught", "Output": "{% $states.errorOutput %}"}
    return {
        "StartAt": "Only",
        "States": {
            "Only": {"Type": "Task", "End": True, **state, "Catch": [catch]},
            "Caught": {"Type": "Pass", "End": True},
        },
    }


def waiting_machine(queue_url: str, **more: Any) -> dict[str, Any]:
    """A machine that sends its task token to a queue and waits."""
    arguments = {"QueueUrl": queue_url, "MessageBody": "{% $states.context.Task.Token %}"}
    return task("sqs:sendMessage.waitForTaskToken", arguments, **more)


def test_an_execution_without_a_name_gets_one(loop: Loop) -> None:
    """moto names it None; the ARN is then useless."""
    ended = loop.run(one_state({"Type": "Pass"}))

    assert ended["status"] == "SUCCEEDED"
    assert len(ended["name"]) == 36
    assert ended["executionArn"].endswith(ended["name"])


def test_the_context_tells_when_the_execution_started(loop: Loop) -> None:
    """moto puts a Python datetime there, which is not JSON."""
    ended = loop.run(
        one_state({"Type": "Pass", "Output": "{% $states.context.Execution.StartTime %}"})
    )

    assert ended["output"].endswith("Z")


def test_a_function_gets_the_input_and_its_payload_is_the_output(loop: Loop) -> None:
    """Through an alias, as the stack calls its functions."""
    arn = loop.function(lambda event: {"doubled": event["x"] * 2})
    name = arn.rsplit(":", 1)[1]
    version = loop.client("lambda").publish_version(FunctionName=name)["Version"]
    alias = loop.client("lambda").create_alias(
        FunctionName=name, Name="live", FunctionVersion=version
    )
    ended = loop.run(one_state(invoke(alias["AliasArn"])), {"x": 21})

    assert ended["output"] == {"doubled": 42}


def test_an_error_type_of_a_function_is_the_error_name(loop: Loop) -> None:
    """Our own exceptions are named in Retry and Catch."""

    def fail(_event: Any) -> None:
        raise HandlerError("DatasetError", "row 3")

    ended = loop.run(caught(invoke(loop.function(fail)), "DatasetError"))

    assert ended["output"]["Error"] == "DatasetError"
    assert json.loads(ended["output"]["Cause"])["errorMessage"] == "row 3"


def test_a_retried_task_knows_how_often(loop: Loop) -> None:
    """Job names contain the retry count."""
    seen: list[int] = []

    def fail_twice(event: Any) -> str:
        seen.append(event)
        if len(seen) < 3:
            raise HandlerError("Busy")
        return "done"

    retry = {"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 1}
    payload = "{% $states.context.State.RetryCount %}"
    arguments = {"FunctionName": loop.function(fail_twice), "Payload": payload}
    ended = loop.run(one_state(task("lambda:invoke", arguments, Retry=[retry])))

    assert ended["status"] == "SUCCEEDED"
    assert seen == [0, 1, 2]


def test_a_task_that_lasts_too_long_is_tried_again(loop: Loop) -> None:
    """A function may be killed at its limit just after its task gave up: States.Timeout."""
    seen: list[int] = []
    is_over = threading.Event()

    def hang_once(event: int) -> str:
        seen.append(event)
        if len(seen) == 1:
            is_over.wait(20)
        return "done"

    retry = {"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 1}
    payload = "{% $states.context.State.RetryCount %}"
    arguments = {"FunctionName": loop.function(hang_once), "Payload": payload}
    ended = loop.run(one_state(task("lambda:invoke", arguments, TimeoutSeconds=1, Retry=[retry])))
    is_over.set()

    assert ended["status"] == "SUCCEEDED"
    assert seen == [0, 1]


def test_a_failing_expression_is_catchable(loop: Loop) -> None:
    """moto lets it break the interpreter (States.Runtime)."""
    state = task("sqs:sendMessage", {"QueueUrl": "{% $states.input.nowhere %}", "MessageBody": "x"})
    ended = loop.run(caught(state, "States.QueryEvaluationError"))

    assert ended["status"] == "SUCCEEDED"
    assert ended["output"]["Error"] == "States.QueryEvaluationError"


def test_an_object_of_s3_can_be_written_and_read_by_the_machine(loop: Loop) -> None:
    """Bodies are blobs; moto does not convert them."""
    bucket = loop.unique("bucket")
    location = {"LocationConstraint": loop.context.region}
    loop.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=location)
    where = {"Bucket": bucket, "Key": "k"}
    put = task("aws-sdk:s3:putObject", {**where, "Body": {"a": [1, None]}}, Next="Get")
    get = task("aws-sdk:s3:getObject", where, Output="{% $parse($states.result.Body) %}", End=True)
    ended = loop.run({"StartAt": "Put", "States": {"Put": put, "Get": get}})

    assert ended["output"] == {"a": [1, None]}


def test_an_error_of_a_service_has_the_name_that_aws_gives_it(loop: Loop) -> None:
    """moto writes the service's prefix in lower case."""
    state = task("aws-sdk:s3:getObject", {"Bucket": "no-such-bucket-here", "Key": "k"})
    ended = loop.run(caught(state, "S3.NoSuchBucketException"))

    assert ended["output"]["Error"] == "S3.NoSuchBucketException"


def test_an_item_of_dynamodb_is_written_only_once_by_condition(loop: Loop) -> None:
    """The claim on an upload is such a write."""
    table = loop.unique("table")
    loop.client("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    put = {
        "TableName": table,
        "Item": {"pk": {"S": "{% $states.input.key %}"}},
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    machine = loop.machine(
        caught(task("dynamodb:putItem", put), "DynamoDB.ConditionalCheckFailedException")
    )
    first = loop.finish(loop.start(machine, {"key": "a"}))
    second = loop.finish(loop.start(machine, {"key": "a"}))

    assert "Error" not in first["output"]
    assert second["output"]["Error"] == "DynamoDB.ConditionalCheckFailedException"


def test_a_message_may_be_an_object(loop: Loop) -> None:
    """SNS wants text; the integration writes JSON."""
    topic = loop.client("sns").create_topic(Name=loop.unique("topic"))["TopicArn"]
    url, arn = loop.queue()
    loop.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    ended = loop.run(one_state(task("sns:publish", {"TopicArn": topic, "Message": {"a": 1}})))
    loop.settle()

    assert ended["status"] == "SUCCEEDED"
    assert json.loads(json.loads(loop.messages(url)[0]["Body"])["Message"]) == {"a": 1}


def test_an_event_that_a_machine_puts_reaches_the_target_of_a_rule(loop: Loop) -> None:
    """With the ARNs of machine and execution among its resources."""
    bus = loop.unique("bus")
    loop.client("events").create_event_bus(Name=bus)
    url, arn = loop.queue()
    loop.rule(target={"Arn": arn}, EventBusName=bus, EventPattern='{"source": ["loop"]}')
    entry = {"Source": "loop", "DetailType": "Said", "Detail": {"a": 1}, "EventBusName": bus}
    ended = loop.run(one_state(task("events:putEvents", {"Entries": [entry]})))
    loop.settle()
    event = json.loads(loop.messages(url)[0]["Body"])

    assert ended["output"]["FailedEntryCount"] == 0
    assert event["detail"] == {"a": 1}
    assert ended["executionArn"] in event["resources"]


def test_a_refused_event_fails_the_task(loop: Loop) -> None:
    """FailedEntryCount is an error, not a detail."""
    entry = {"Source": "loop", "DetailType": "", "Detail": {"a": 1}}
    ended = loop.run(
        caught(task("events:putEvents", {"Entries": [entry]}), "EventBridge.FailedEntry")
    )

    assert ended["output"]["Error"] == "EventBridge.FailedEntry"


def test_a_child_machine_returns_its_output_as_json(loop: Loop) -> None:
    """``.sync:2`` parses what ``.sync`` leaves as text."""
    child = loop.machine(one_state({"Type": "Pass", "Output": {"x": "{% $states.input.x + 1 %}"}}))
    arguments = {"StateMachineArn": child, "Input": "{% $states.input %}"}
    state = task("states:startExecution.sync:2", arguments, Output="{% $states.result.Output %}")
    ended = loop.run(one_state(state), {"x": 1})

    assert ended["output"] == {"x": 2}


def test_a_failed_child_machine_fails_the_parent_with_its_own_error_in_the_cause(
    loop: Loop,
) -> None:
    """The parent publishes the child's error."""
    child = loop.machine(
        {"StartAt": "Broken", "States": {"Broken": {"Type": "Fail", "Error": "E", "Cause": "why"}}}
    )
    state = task("states:startExecution.sync:2", {"StateMachineArn": child, "Input": {}})
    ended = loop.run(caught(state, "States.TaskFailed"))
    cause = json.loads(ended["output"]["Cause"])

    assert ended["output"]["Error"] == "States.TaskFailed"
    assert (cause["Error"], cause["Cause"], cause["Status"]) == ("E", "why", "FAILED")


def test_a_failing_child_of_an_inline_map_fails_the_map(loop: Loop) -> None:
    """With the child's own error, also when it is one of the reserved names."""
    fail = {"Type": "Fail", "Error": "States.Timeout", "Cause": "part 2"}
    processor = {"StartAt": "Broken", "States": {"Broken": fail}}
    state = {
        "Type": "Map",
        "Items": [1, 2, 3],
        "MaxConcurrency": 2,
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **processor},
    }
    ended = loop.run(caught(state, "States.Timeout"))

    assert ended["output"]["Error"] == "States.Timeout"


def test_an_inline_map_keeps_the_order_of_its_items(loop: Loop) -> None:
    """With a concurrency below the number of items."""
    double = {"Type": "Pass", "Output": "{% $states.input.n * 2 %}", "End": True}
    state = {
        "Type": "Map",
        "Items": "{% $states.input.items %}",
        "ItemSelector": {"n": "{% $states.context.Map.Item.Value %}"},
        "MaxConcurrency": 3,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "Double",
            "States": {"Double": double},
        },
    }
    ended = loop.run(one_state(state), {"items": list(range(12))})

    assert ended["output"] == [n * 2 for n in range(12)]


def test_parallel_branches_return_their_outputs_in_order(loop: Loop) -> None:
    """A branch is a small machine."""
    branches = [
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "Output": n, "End": True}}}
        for n in (1, 2)
    ]
    ended = loop.run(one_state({"Type": "Parallel", "Branches": branches}))

    assert ended["output"] == [1, 2]


def test_an_answered_task_token_is_the_output_and_a_second_answer_is_refused(loop: Loop) -> None:
    """An approval can be given once."""
    url, _ = loop.queue()
    execution = loop.start(loop.machine(one_state(waiting_machine(url))))
    token = wait_for_message(loop, url)
    at_rest = all(bridge.is_idle() for bridge in loop.bridges)
    loop.client("stepfunctions").send_task_success(taskToken=token, output='{"ok": true}')
    ended = loop.finish(execution)
    with pytest.raises(ClientError) as refused:
        loop.client("stepfunctions").send_task_success(taskToken=token, output="{}")

    assert at_rest
    assert ended["output"] == {"ok": True}
    assert refused.value.response["Error"]["Code"] == "TaskTimedOut"


def test_an_unknown_task_token_is_invalid(loop: Loop) -> None:
    """That is another error than one that came too late."""
    with pytest.raises(ClientError) as refused:
        loop.client("stepfunctions").send_task_success(taskToken="nobody's", output="{}")

    assert refused.value.response["Error"]["Code"] == "InvalidToken"


def test_a_refused_task_keeps_its_cause(loop: Loop) -> None:
    """moto drops the cause of SendTaskFailure."""
    url, _ = loop.queue()
    execution = loop.start(loop.machine(caught(waiting_machine(url), "ApprovalRefused")))
    token = wait_for_message(loop, url)
    loop.client("stepfunctions").send_task_failure(
        taskToken=token, error="ApprovalRefused", cause="too few rows"
    )
    ended = loop.finish(execution)

    assert ended["output"] == {"Error": "ApprovalRefused", "Cause": "too few rows"}


def test_a_task_token_expires_in_virtual_time(loop: Loop) -> None:
    """A week of waiting takes no time in a test."""
    url, _ = loop.queue()
    state = waiting_machine(url, TimeoutSeconds=7 * 86_400)
    execution = loop.start(loop.machine(caught(state, "States.Timeout")))
    wait_for_message(loop, url)
    loop.context.clock.advance(timedelta(days=8))
    ended = loop.finish(execution)

    assert ended["output"]["Error"] == "States.Timeout"


@pytest.mark.parametrize("name", ["States.HeartbeatTimeout", "States.Timeout"])
def test_a_missing_heartbeat_is_caught_by_both_names(loop: Loop, name: str) -> None:
    """moto knows it only as a timeout."""
    url, _ = loop.queue()
    ended = loop.run(caught(waiting_machine(url, HeartbeatSeconds=1), name))

    assert ended["output"]["Error"] == "States.HeartbeatTimeout"


def test_an_error_of_the_interpreter_is_not_caught_by_all(loop: Loop) -> None:
    """AWS excepts States.Runtime and States.DataLimitExceeded from States.ALL."""
    big = loop.function(lambda _event: "x" * 300_000)
    ended = loop.run(caught(invoke(big), "States.ALL"))

    assert ended["status"] == "FAILED"
    assert ended["error"] == "States.DataLimitExceeded"


def test_a_stopped_execution_is_aborted_at_once_and_says_when(loop: Loop) -> None:
    """moto answers without a date and forgets error and cause."""
    execution = loop.start(loop.machine(one_state({"Type": "Wait", "Seconds": 600})))
    stopped = loop.client("stepfunctions").stop_execution(
        executionArn=execution, error="Stopped", cause="by hand"
    )
    ended = loop.finish(execution)

    assert ended["status"] == "ABORTED"
    assert (ended["error"], ended["cause"]) == ("Stopped", "by hand")
    assert stopped["stopDate"] == ended["stopDate"]


def test_stopping_a_parent_stops_the_child_it_waits_for(loop: Loop) -> None:
    """No orphan goes on."""
    child = loop.machine(one_state({"Type": "Wait", "Seconds": 600}))
    state = task("states:startExecution.sync:2", {"StateMachineArn": child, "Input": {}})
    execution = loop.start(loop.machine(one_state(state)))
    children = loop.client("stepfunctions").list_executions
    loop.until(lambda: bool(children(stateMachineArn=child)["executions"]))
    loop.client("stepfunctions").stop_execution(executionArn=execution)
    loop.until(lambda: children(stateMachineArn=child)["executions"][0]["status"] == "ABORTED")

    assert loop.finish(execution)["status"] == "ABORTED"


@pytest.mark.parametrize(
    ("state", "status", "error"),
    [
        ({"Type": "Succeed"}, "SUCCEEDED", None),
        ({"Type": "Fail", "Error": "E", "Cause": "c"}, "FAILED", "E"),
    ],
)
def test_the_end_of_an_execution_is_an_event(
    loop: Loop, state: dict[str, Any], status: str, error: str | None
) -> None:
    """A rule of the stack closes what a machine could not."""
    url, arn = loop.queue()
    machine = loop.machine({"StartAt": "Only", "States": {"Only": state}})
    pattern = {
        "source": ["aws.states"],
        "detail": {"stateMachineArn": [machine], "status": [status]},
    }
    loop.rule(target={"Arn": arn}, EventPattern=json.dumps(pattern))
    ended = loop.finish(loop.start(machine, {"a": 1}))
    loop.settle()
    (message,) = loop.messages(url)
    event = json.loads(message["Body"])

    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert event["detail"]["executionArn"] == ended["executionArn"]
    assert json.loads(event["detail"]["input"]) == {"a": 1}
    assert event["detail"]["error"] == error


def test_an_execution_that_ran_out_of_time_tells_so(loop: Loop) -> None:
    """TIMED_OUT is an end like the others."""
    url, arn = loop.queue()
    machine = loop.machine({"TimeoutSeconds": 1, **one_state({"Type": "Wait", "Seconds": 600})})
    pattern = {"detail": {"stateMachineArn": [machine], "status": ["TIMED_OUT"]}}
    loop.rule(target={"Arn": arn}, EventPattern=json.dumps(pattern))
    ended = loop.finish(loop.start(machine))
    loop.settle()

    assert ended["status"] == "TIMED_OUT"
    assert ended["stopDate"] is not None
    assert len(loop.messages(url)) == 1


def test_a_parent_whose_child_waits_for_a_person_is_at_rest(loop: Loop) -> None:
    """Else nothing could be drained while an approval is open."""
    url, _ = loop.queue()
    child = loop.machine(one_state(waiting_machine(url)))
    state = task("states:startExecution.sync:2", {"StateMachineArn": child, "Input": {}})
    execution = loop.start(loop.machine(one_state(state)))
    token = wait_for_message(loop, url)
    loop.settle()
    status = loop.client("stepfunctions").describe_execution(executionArn=execution)["status"]
    loop.client("stepfunctions").send_task_success(taskToken=token, output="{}")

    assert status == "RUNNING"
    assert loop.finish(execution)["status"] == "SUCCEEDED"


def test_a_refused_training_job_is_an_error_of_sagemaker(loop: Loop) -> None:
    """Not a broken interpreter."""
    state = task("sagemaker:createTrainingJob.sync", {"TrainingJobName": "no_such_form"})
    ended = loop.run(caught(state, "SageMaker.AmazonSageMakerException"))

    assert ended["output"]["Error"] == "SageMaker.AmazonSageMakerException"


def test_an_integration_that_the_twin_lacks_is_refused_when_the_machine_is_made(
    loop: Loop,
) -> None:
    """Never skipped in silence."""
    with pytest.raises(ClientError, match="createTransformJob"):
        loop.machine(one_state(task("sagemaker:createTransformJob.sync", {})))


@pytest.mark.parametrize("resource", ["aws-sdk:s3:getObject", "sns:publish"])
def test_an_unknown_argument_is_named_in_the_failure(loop: Loop, resource: str) -> None:
    """AWS refuses the machine; here the execution fails and says what the call takes."""
    ended = loop.run(one_state(task(resource, {"Kee": "k"})))

    assert ended["status"] == "FAILED"
    assert "'Kee'" in ended["cause"]


def test_the_refusal_of_another_service_names_that_service(loop: Loop) -> None:
    """moto would call it States.Runtime, which nothing catches."""
    entry = {"Source": "s", "DetailType": "d", "Detail": {"a": 1}, "EventBusName": "no-such-bus"}
    ended = loop.run(caught(task("events:putEvents", {"Entries": [entry]}), "States.ALL"))

    assert ended["output"]["Error"].startswith("EventBridge.")


def wait_for_message(loop: Loop, queue_url: str) -> str:
    """The text of the first message that arrives."""
    found: list[dict[str, Any]] = []

    def has_arrived() -> bool:
        found.extend(loop.messages(queue_url))
        return bool(found)

    loop.until(has_arrived)
    return str(found[0]["Body"])
