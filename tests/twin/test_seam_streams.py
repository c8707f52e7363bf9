"""The seam of DynamoDB streams: delivery outside the writer, in order, with Lambda's retries."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.twin.registry import EventSourceMapping
from infra.twin.streams import StreamPoller, StreamsBridge
from tests.twin.loop_harness import HandlerError, Loop

pytestmark = pytest.mark.twin


def table_with_stream(loop: Loop) -> tuple[str, str]:
    """The name and stream ARN of a new table."""
    name = loop.unique("table")
    created = loop.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    return name, created["TableDescription"]["LatestStreamArn"]


def put(loop: Loop, table: str, *keys: str) -> None:
    """Write one item per key."""
    for key in keys:
        loop.client("dynamodb").put_item(
            TableName=table, Item={"pk": {"S": key}, "n": {"N": "1.5"}}
        )


def poll(loop: Loop, stream: str, handler: Callable[[Any], Any], **options: Any) -> StreamPoller:
    """A poller from the start of a stream to this handler."""
    bridge = next(bridge for bridge in loop.bridges if isinstance(bridge, StreamsBridge))
    settings = {"starting_position": "TRIM_HORIZON", **options}
    function = loop.unique("function")
    loop.functions.handlers[function] = handler
    arn = f"arn:aws:lambda:{loop.context.region}:{loop.context.account_id}:function:{function}"
    return bridge.add(
        EventSourceMapping(
            identifier=function, function_arn=f"{arn}:live", source_arn=stream, **settings
        )
    )


def keys_of(event: Any) -> list[str]:
    """The keys of a batch."""
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]


def test_inserts_changes_and_removals_arrive_in_order(loop: Loop) -> None:
    """With the new image, as the stream is told to carry."""
    table, stream = table_with_stream(loop)
    records: list[Any] = []
    poller = poll(loop, stream, lambda event: records.extend(event["Records"]))
    put(loop, table, "a", "b")
    loop.client("dynamodb").update_item(
        TableName=table,
        Key={"pk": {"S": "a"}},
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": {"N": "2"}},
    )
    loop.client("dynamodb").delete_item(TableName=table, Key={"pk": {"S": "b"}})
    loop.until(poller.is_idle)

    assert [record["eventName"] for record in records] == ["INSERT", "INSERT", "MODIFY", "REMOVE"]
    assert records[2]["dynamodb"]["NewImage"] == {"pk": {"S": "a"}, "n": {"N": "2"}}
    assert records[0]["eventSourceARN"] == stream
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert numbers == sorted(set(numbers))


def test_the_writer_does_not_wait_for_the_function(loop: Loop) -> None:
    """moto runs the function inside PutItem: a function that writes to its own table would hang."""
    table, stream = table_with_stream(loop)
    put(loop, table, "a")

    def write_again(event: Any) -> None:
        if keys_of(event) == ["a"]:
            put(loop, table, "b")

    poller = poll(loop, stream, write_again)
    loop.until(poller.is_idle)
    items = loop.client("dynamodb").scan(TableName=table)["Count"]

    assert items == 2


def test_latest_starts_behind_what_is_there(loop: Loop) -> None:
    """TRIM_HORIZON, in the other tests, starts at the beginning."""
    table, stream = table_with_stream(loop)
    put(loop, table, "old")
    seen: list[str] = []
    poller = poll(
        loop, stream, lambda event: seen.extend(keys_of(event)), starting_position="LATEST"
    )
    put(loop, table, "new")
    loop.until(poller.is_idle)

    assert seen == ["new"]


def test_batches_are_no_larger_than_asked_and_filtered_records_are_skipped(loop: Loop) -> None:
    """The filter is on the kind of change."""
    table, stream = table_with_stream(loop)
    put(loop, table, "a", "b", "c", "a")
    batches: list[list[str]] = []
    poller = poll(
        loop,
        stream,
        lambda event: batches.append(keys_of(event)),
        batch_size=2,
        filter_patterns=('{"eventName": ["INSERT"]}',),
    )
    loop.until(poller.is_idle)

    assert batches == [["a", "b"], ["c"]]


def test_a_partial_answer_repeats_only_from_the_first_failed_record(loop: Loop) -> None:
    """ReportBatchItemFailures."""
    table, stream = table_with_stream(loop)
    put(loop, table, "a", "b", "c")
    batches: list[list[str]] = []

    def refuse_b_once(event: Any) -> Any:
        batches.append(keys_of(event))
        if len(batches) > 1:
            return {"batchItemFailures": []}
        number = event["Records"][1]["dynamodb"]["SequenceNumber"]
        return {"batchItemFailures": [{"itemIdentifier": number}]}

    poller = poll(loop, stream, refuse_b_once, reports_item_failures=True)
    loop.until(poller.is_idle)

    assert batches == [["a", "b", "c"], ["b", "c"]]


def test_a_poisoned_record_is_found_by_bisection_and_kept_with_its_content(loop: Loop) -> None:
    """The others pass; the one goes to S3, from where it can be counted again."""
    table, stream = table_with_stream(loop)
    put(loop, table, "a", "b", "poison", "d")
    bucket = loop.unique("bucket")
    location = {"LocationConstraint": loop.context.region}
    loop.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=location)
    seen: list[str] = []

    def refuse_poison(event: Any) -> None:
        if "poison" in keys_of(event):
            raise HandlerError("Poisoned")
        seen.extend(keys_of(event))

    poller = poll(
        loop,
        stream,
        refuse_poison,
        bisects_on_error=True,
        max_retry_attempts=1,
        on_failure_arn=f"arn:aws:s3:::{bucket}",
    )
    loop.until(poller.is_idle)
    (found,) = loop.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    body = loop.client("s3").get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
    document = json.loads(body)

    assert seen == ["a", "b", "d"]
    assert keys_of(json.loads(document["payload"])) == ["poison"]
    assert document["requestContext"]["approximateInvokeCount"] == 2
    assert document["DDBStreamBatchInfo"]["batchSize"] == 1


def test_a_given_up_batch_is_described_to_a_queue(loop: Loop) -> None:
    """A queue gets the place of the records, not the records."""
    table, stream = table_with_stream(loop)
    put(loop, table, "a")
    url, arn = loop.queue()

    def fail(_event: Any) -> None:
        raise HandlerError("Broken")

    poller = poll(loop, stream, fail, max_retry_attempts=0, on_failure_arn=arn)
    loop.until(poller.is_idle)
    (message,) = loop.messages(url)
    document = json.loads(message["Body"])

    assert document["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert document["DDBStreamBatchInfo"]["streamArn"] == stream
    assert "payload" not in document


def test_every_batch_comes_twice_when_asked_for(loop: Loop) -> None:
    """As after a checkpoint that was lost."""
    table, stream = table_with_stream(loop)
    put(loop, table, "a", "b")
    bridge = next(bridge for bridge in loop.bridges if isinstance(bridge, StreamsBridge))
    batches: list[list[str]] = []
    bridge.duplicate_deliveries = True
    try:
        poller = poll(loop, stream, lambda event: batches.append(keys_of(event)))
    finally:
        bridge.duplicate_deliveries = False
    loop.until(poller.is_idle)

    assert batches == [["a", "b"], ["a", "b"]]


def test_a_cancelled_transaction_leaves_no_records(loop: Loop) -> None:
    """moto puts the table back as it was; the stream goes with it."""
    table, stream = table_with_stream(loop)
    put(loop, table, "a")
    write = {"TableName": table, "ConditionExpression": "attribute_not_exists(pk)"}
    with pytest.raises(ClientError):
        loop.client("dynamodb").transact_write_items(
            TransactItems=[
                {"Put": {**write, "Item": {"pk": {"S": "b"}}}},
                {"Put": {**write, "Item": {"pk": {"S": "a"}}}},
            ]
        )
    seen: list[str] = []
    poller = poll(loop, stream, lambda event: seen.extend(keys_of(event)))
    put(loop, table, "c")
    loop.until(poller.is_idle)

    assert seen == ["a", "c"]
