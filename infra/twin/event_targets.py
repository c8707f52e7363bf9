"""The services that a rule, a schedule or an alarm can call, one line each in a table."""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final  # targets and events are JSON documents; boto3 clients are untyped

from infra.twin.bridge import TwinContext
from infra.twin.errors import TwinError

type RouteToBus = Callable[[str, dict[str, Any]], None]


class UnknownTargetError(TwinError):
    """A target of a service that the twin cannot call."""


@dataclass(frozen=True)
class TargetCaller:
    """Calls targets through the API of the twin; every call succeeds or raises."""

    context: TwinContext
    route_to_bus: RouteToBus

    def call(self, arn: str, payload: str, parameters: Mapping[str, Any]) -> None:
        """Hand the payload to the target; ``parameters`` are the target's, such as a group."""
        service = arn.split(":")[2]
        if service not in _CALLS:
            message = f"{arn}: the twin cannot call targets of the service {service!r}"
            raise UnknownTargetError(message)
        _CALLS[service](self, arn, payload, parameters)

    def _client(self, service: str) -> Any:
        return self.context.clients.client(service)

    def _lambda(self, arn: str, payload: str, _parameters: Mapping[str, Any]) -> None:
        self.context.functions.invoke_later(arn, payload.encode())

    def _states(self, arn: str, payload: str, _parameters: Mapping[str, Any]) -> None:
        self._client("stepfunctions").start_execution(
            stateMachineArn=arn, name=str(uuid.uuid4()), input=payload
        )

    def _sns(self, arn: str, payload: str, parameters: Mapping[str, Any]) -> None:
        subject = {"Subject": parameters["Subject"]} if "Subject" in parameters else {}
        self._client("sns").publish(TopicArn=arn, Message=payload, **subject)

    def _sqs(self, arn: str, payload: str, parameters: Mapping[str, Any]) -> None:
        sqs = self._client("sqs")
        url = sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[1])["QueueUrl"]
        group = (parameters.get("SqsParameters") or {}).get("MessageGroupId")
        options = {"MessageGroupId": group} if group else {}
        sqs.send_message(QueueUrl=url, MessageBody=payload, **options)

    def _logs(self, arn: str, payload: str, _parameters: Mapping[str, Any]) -> None:
        group = arn.split(":log-group:", 1)[1].removesuffix(":*")
        stream = str(uuid.uuid4())
        logs = self._client("logs")
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        entry = {"timestamp": _milliseconds(self.context.clock.now()), "message": payload}
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[entry])

    def _events(self, arn: str, payload: str, _parameters: Mapping[str, Any]) -> None:
        match = re.search(r":event-bus/(.+)$", arn)
        if match is None:
            message = f"{arn}: of EventBridge the twin can only call event buses"
            raise UnknownTargetError(message)
        self.route_to_bus(match[1], json.loads(payload))


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


_CALLS: Final[Mapping[str, Callable[[TargetCaller, str, str, Mapping[str, Any]], None]]] = {
    "events": TargetCaller._events,  # noqa: SLF001 - the table of this class
    "lambda": TargetCaller._lambda,  # noqa: SLF001 - the table of this class
    "logs": TargetCaller._logs,  # noqa: SLF001 - the table of this class
    "sns": TargetCaller._sns,  # noqa: SLF001 - the table of this class
    "sqs": TargetCaller._sqs,  # noqa: SLF001 - the table of this class
    "states": TargetCaller._states,  # noqa: SLF001 - the table of this class
}
