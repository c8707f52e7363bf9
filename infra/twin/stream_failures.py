"""Where a stream's given-up batch goes: S3 keeps its records, a queue or topic what finds them."""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any  # the documents are JSON

from infra.twin.bridge import TwinContext
from infra.twin.destinations import send_to_destination
from infra.twin.registry import EventSourceMapping
from infra.twin.stream_batches import FailedBatch, Record


@dataclass(frozen=True)
class FailureDestination:
    """The on-failure destination of one mapping, in the form that Lambda documents."""

    context: TwinContext
    mapping: EventSourceMapping
    shard_id: str

    def keep(self, failed: FailedBatch) -> None:
        """Write the batch to S3, or its description to a queue or topic; nothing without one."""
        destination = self.mapping.on_failure_arn
        if destination is None:
            return
        document = self.document(failed)
        if not destination.startswith("arn:aws:s3:"):
            send_to_destination(self.context.clients, destination, json.dumps(document))
            return
        document["payload"] = json.dumps({"Records": list(failed.batch.records)})
        self.context.clients.client("s3").put_object(
            Bucket=destination.rsplit(":", 1)[1],
            Key=self._object_key(),
            Body=json.dumps(document).encode(),
        )

    def document(self, failed: FailedBatch) -> dict[str, Any]:
        """Lambda's record of a given-up batch, without the records themselves."""
        records = failed.batch.records
        return {
            "requestContext": {
                "requestId": failed.invocation.request_id,
                "functionArn": self.mapping.function_arn,
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": failed.batch.failures,
            },
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": failed.invocation.function_error or "",
            },
            "version": "1.0",
            "timestamp": self._iso(self.context.clock.now()),
            "DDBStreamBatchInfo": {
                "shardId": self.shard_id,
                "startSequenceNumber": records[0]["dynamodb"]["SequenceNumber"],
                "endSequenceNumber": records[-1]["dynamodb"]["SequenceNumber"],
                "approximateArrivalOfFirstRecord": self._arrival(records[0]),
                "approximateArrivalOfLastRecord": self._arrival(records[-1]),
                "batchSize": len(records),
                "streamArn": self.mapping.source_arn,
            },
        }

    def _object_key(self) -> str:
        now = self.context.clock.now()
        day, second = now.strftime("%Y/%m/%d"), now.strftime("%Y-%m-%dT%H.%M.%S")
        where = f"aws/lambda/{self.mapping.identifier}/{self.shard_id}"
        return f"{where}/{day}/{second}-{uuid.uuid4()}"

    def _arrival(self, record: Record) -> str:
        return self._iso(
            datetime.fromtimestamp(record["dynamodb"]["ApproximateCreationDateTime"], UTC)
        )

    @staticmethod
    def _iso(moment: datetime) -> str:
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
