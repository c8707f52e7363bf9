"""Send a record to where a failure or a success goes: a queue, a topic, a function, a bus or a
bucket.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from types import MappingProxyType

from infra.twin.clients import Clients
from infra.twin.errors import TwinError

type Attributes = Mapping[str, str]

_NO_ATTRIBUTES: Attributes = MappingProxyType({})


def send_to_destination(
    clients: Clients, arn: str, body: str, attributes: Attributes = _NO_ATTRIBUTES
) -> None:
    """Deliver a JSON text to the resource of this ARN; raises TwinError for a service it cannot
    be.
    """
    service = arn.split(":")[2]
    sender = _SENDERS.get(service)
    if sender is None:
        message = f"{arn} cannot be a destination; expected one of {', '.join(sorted(_SENDERS))}"
        raise TwinError(message)
    sender(clients, arn, body, attributes)


def _message_attributes(attributes: Attributes) -> dict[str, dict[str, str]]:
    return {
        name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
    }


def _to_queue(clients: Clients, arn: str, body: str, attributes: Attributes) -> None:
    sqs = clients.client("sqs")
    url = sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[1])["QueueUrl"]
    sqs.send_message(
        QueueUrl=url, MessageBody=body, MessageAttributes=_message_attributes(attributes)
    )


def _to_topic(clients: Clients, arn: str, body: str, attributes: Attributes) -> None:
    clients.client("sns").publish(
        TopicArn=arn, Message=body, MessageAttributes=_message_attributes(attributes)
    )


def _to_function(clients: Clients, arn: str, body: str, _attributes: Attributes) -> None:
    clients.client("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=body.encode())


def _to_bus(clients: Clients, arn: str, body: str, _attributes: Attributes) -> None:
    entry = {
        "Source": "lambda",
        "DetailType": "Lambda Function Invocation Result",
        "Detail": body,
        "EventBusName": arn.split("/", 1)[1],
        "Resources": [json.loads(body)["requestContext"]["functionArn"]],
    }
    clients.client("events").put_events(Entries=[entry])


def _to_bucket(clients: Clients, arn: str, body: str, _attributes: Attributes) -> None:
    bucket = arn.split(":::", 1)[1]
    key = f"aws/lambda/async/{uuid.uuid4()}"
    clients.client("s3").put_object(Bucket=bucket, Key=key, Body=body.encode())


_SENDERS: Mapping[str, Callable[[Clients, str, str, Attributes], None]] = {
    "sqs": _to_queue,
    "sns": _to_topic,
    "lambda": _to_function,
    "events": _to_bus,
    "s3": _to_bucket,
}
