"""The stream of a table: moto writes the records, and must not deliver them inside the writer."""

from collections.abc import Callable
from datetime import datetime
from threading import RLock
from typing import Any  # moto's tables are untyped; records are JSON documents

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import StreamRecord, StreamShard
from moto.dynamodb.responses import DynamoHandler

from infra.twin.seams import Seams


def install_stream_shards(seams: Seams, region: str, now: Callable[[], datetime]) -> None:
    """Let writes only append to the stream, one request at a time.

    moto undoes a cancelled transaction by putting whole tables back, which would also undo
    what other requests wrote meanwhile.
    """
    lock = RLock()

    def add(shard: Any, old: Any, new: Any) -> None:
        name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
        view = shard.table.stream_specification["StreamViewType"]
        number = len(shard.items) + shard.starting_sequence_number
        record = StreamRecord(shard.table, view, name, old, new, number)
        record.record["awsRegion"] = region
        record.record["dynamodb"]["ApproximateCreationDateTime"] = int(now().timestamp())
        shard.items.append(record)

    def call_action(handler: Any) -> Any:
        with lock:
            return original(handler)

    seams.patch(StreamShard, "add", add, parameters=("self", "old", "new"))
    original = seams.patch(DynamoHandler, "call_action", call_action, parameters=("self",))


class StreamReader:
    """Reads the records of one table's stream from a position on."""

    def __init__(self, account_id: str, stream_arn: str, *, from_start: bool) -> None:
        """At TRIM_HORIZON or, else, behind what is there now."""
        self._account_id = account_id
        self._arn = stream_arn
        self._region = stream_arn.split(":")[3]
        self._table_name = stream_arn.split(":", 5)[5].split("/")[1]
        self.position = 0 if from_start else len(self._shard().items)

    @property
    def shard_id(self) -> str:
        """The name of the only shard."""
        return str(self._shard().id)

    def has_more(self) -> bool:
        """Whether records wait behind the position."""
        return len(self._shard().items) > self.position

    def read(self, limit: int) -> list[dict[str, Any]]:
        """The next records, at most so many, as Lambda receives them; ``position`` stays."""
        items = self._shard().items[self.position : self.position + limit]
        return [{**item.to_json(), "eventSourceARN": self._arn} for item in items]

    def _shard(self) -> Any:
        """Looked up each time: a cancelled transaction replaces the table and its stream."""
        return (
            dynamodb_backends[self._account_id][self._region].tables[self._table_name].stream_shard
        )
