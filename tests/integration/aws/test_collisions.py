"""What the adapters do when two writers meet: moto has one writer only, so clients that refuse."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from loopwright.aws.items import Table, item
from loopwright.aws.objects import S3ObjectStore
from loopwright.aws.services import EventBridgeBus
from loopwright.domain.events import Event
from loopwright.errors import ServiceError, TransientServiceError, WriteOnceError

PUTS = [{"Put": {"TableName": "t", "Item": item("p", name)}} for name in ("a", "b")]


class Refusing:
    """A client whose writes are refused so many times, and that remembers what it was given."""

    def __init__(self, code: str, times: int, reasons: tuple[str, ...] = ()) -> None:
        """Refuse `times` calls with `code`."""
        self.calls: list[bytes] = []
        self._times = times
        self._answer: Any = {
            "Error": {"Code": code, "Message": "refused"},
            "CancellationReasons": [{"Code": reason} for reason in reasons],
        }

    def _refuse(self, body: bytes = b"") -> None:
        self.calls.append(body)
        if len(self.calls) <= self._times:
            raise ClientError(self._answer, "Write")

    def put_item(self, **_: Any) -> None:
        """DynamoDB's PutItem."""
        self._refuse()

    def transact_write_items(self, **_: Any) -> None:
        """DynamoDB's TransactWriteItems."""
        self._refuse()

    def put_object(self, **given: Any) -> None:
        """S3's PutObject, which reads the body to its end."""
        self._refuse(given["Body"].read())

    def head_object(self, **_: Any) -> dict[str, Any]:
        """S3's HeadObject of something else."""
        return {"Metadata": {"loopwright-sha256": "other"}}


def table(client: Refusing) -> Table:
    """A table that does not wait."""
    return Table(client, "t", sleep=lambda _: None)


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError"])
def test_a_transaction_that_met_another_one_is_done_again(reason: str) -> None:
    """Two shards count for the same window at the same moment; neither is wrong."""
    client = Refusing("TransactionCanceledException", 2, ("None", reason))

    assert table(client).write(PUTS) is True
    assert len(client.calls) == 3


def test_a_put_that_met_a_transaction_is_done_again() -> None:
    """DynamoDB refuses it by another name."""
    client = Refusing("TransactionConflictException", 1)

    assert table(client).put(item("p", "a")) is True
    assert len(client.calls) == 2


def test_a_condition_that_does_not_hold_is_not_tried_again() -> None:
    """It is an answer."""
    client = Refusing("TransactionCanceledException", 9, ("ConditionalCheckFailed", "None"))

    assert table(client).write(PUTS) is False
    assert len(client.calls) == 1


def test_a_transaction_that_meets_others_all_the_time_may_be_retried_by_the_machine() -> None:
    """The machines know TransientServiceError."""
    client = Refusing("TransactionCanceledException", 9, ("TransactionConflict", "None"))

    with pytest.raises(TransientServiceError, match="write t"):
        table(client).write(PUTS)


def test_a_transaction_that_aws_finds_wrong_is_not_tried_again() -> None:
    """Retrying cannot help."""
    client = Refusing("TransactionCanceledException", 9, ("ValidationError", "None"))

    with pytest.raises(ServiceError) as raised:
        table(client).write(PUTS)
    assert not isinstance(raised.value, TransientServiceError)
    assert len(client.calls) == 1


def test_a_key_that_somebody_writes_now_is_tried_again_with_the_whole_body() -> None:
    """S3 answers 409 while another conditional write of the key is not done."""
    client = Refusing("ConditionalRequestConflict", 2)
    S3ObjectStore(client, "b", sleep=lambda _: None).write("k", b"body")

    assert client.calls == [b"body"] * 3


def test_a_key_that_is_written_all_the_time_may_be_retried_by_the_machine() -> None:
    """Other content is another matter: that stays."""
    being_written = S3ObjectStore(
        Refusing("ConditionalRequestConflict", 9), "b", sleep=lambda _: None
    )
    written = S3ObjectStore(Refusing("PreconditionFailed", 9), "b", sleep=lambda _: None)

    with pytest.raises(TransientServiceError, match="write k"):
        being_written.write("k", b"body")
    with pytest.raises(WriteOnceError, match="k"):
        written.write("k", b"body")


@pytest.mark.parametrize(("code", "passes"), [("InternalFailure", True), ("NotAuthorized", False)])
def test_an_event_that_the_bus_lost_may_be_published_again(code: str, passes: bool) -> None:
    """PutEvents answers 200 for entries that failed."""

    class Bus:
        def put_events(self, **_: Any) -> dict[str, Any]:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": code}]}

    event = Event(name="RunFinished", project="p", actor="a", at="2026-01-01T00:00:00+00:00")

    with pytest.raises(ServiceError) as raised:
        EventBridgeBus(Bus(), "bus").publish(event)
    assert isinstance(raised.value, TransientServiceError) is passes
