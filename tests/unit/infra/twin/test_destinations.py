"""Where records go."""

import json
from typing import Any, cast

import pytest

from infra.twin.clients import Clients
from infra.twin.destinations import send_to_destination
from infra.twin.errors import TwinError


class RecordingClients:
    """Clients that only note what they are asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, dict[str, Any]]] = []

    def client(self, service: str) -> Any:
        """A client whose every method is recorded."""
        calls = self.calls

        class Client:
            def __getattr__(self, operation: str) -> Any:
                def call(**arguments: Any) -> dict[str, str]:
                    calls.append((service, operation, arguments))
                    return {"QueueUrl": "the-url"}

                return call

        return Client()


def sent_to(arn: str) -> tuple[str, str, dict[str, Any]]:
    """The call that delivers a record to this ARN."""
    clients = RecordingClients()
    body = json.dumps({"requestContext": {"functionArn": "f"}})
    send_to_destination(cast("Clients", clients), arn, body, {"RequestID": "r"})
    return clients.calls[-1]


@pytest.mark.parametrize(
    ("arn", "call"),
    [
        ("arn:aws:sqs:eu-west-1:1:letters", ("sqs", "send_message")),
        ("arn:aws:sns:eu-west-1:1:alerts", ("sns", "publish")),
        ("arn:aws:lambda:eu-west-1:1:function:f", ("lambda", "invoke")),
        ("arn:aws:events:eu-west-1:1:event-bus/own", ("events", "put_events")),
        ("arn:aws:s3:::bucket", ("s3", "put_object")),
    ],
)
def test_each_kind_of_destination_has_its_call(arn: str, call: tuple[str, str]) -> None:
    """By the service in its ARN."""
    assert sent_to(arn)[:2] == call


def test_a_message_carries_its_attributes() -> None:
    """As a dead letter's error is kept."""
    _, _, arguments = sent_to("arn:aws:sqs:eu-west-1:1:letters")

    assert arguments["MessageAttributes"] == {
        "RequestID": {"DataType": "String", "StringValue": "r"}
    }


def test_a_bus_gets_a_result_event() -> None:
    """With the function as its resource."""
    (entry,) = sent_to("arn:aws:events:eu-west-1:1:event-bus/own")[2]["Entries"]

    assert (entry["EventBusName"], entry["Resources"]) == ("own", ["f"])


def test_another_service_is_refused() -> None:
    """Rather than losing the record."""
    with pytest.raises(TwinError, match="kinesis"):
        sent_to("arn:aws:kinesis:eu-west-1:1:stream/s")
