"""One delivery to a target: bounded retries, then the dead-letter queue or the list of the lost."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final  # targets are JSON documents

from botocore.exceptions import BotoCoreError, ClientError

from infra.twin.errors import TwinError
from infra.twin.event_targets import TargetCaller

_MOST_RETRIES: Final = 3
_FIRST_DELAY_S: Final = 0.05
_AWS_RETRIES: Final = 185
_FINAL_ERRORS: Final = (
    "NotFound",
    "DoesNotExist",
    "AccessDenied",
    "NonExistentQueue",
    "Validation",
)


@dataclass(frozen=True)
class EventDelivery:
    """What is to be handed to which target, and what its rule or schedule says about failures."""

    source_arn: str
    target_arn: str
    payload: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    max_retry_attempts: int = _AWS_RETRIES
    dead_letter_arn: str | None = None


@dataclass(frozen=True)
class LostDelivery:
    """A delivery that failed for good and had no dead-letter queue."""

    delivery: EventDelivery
    reason: str


@dataclass
class Deliverer:
    """Delivers; in the twin, AWS's retries of up to a day shrink to a few within a second."""

    caller: TargetCaller
    lost: list[LostDelivery] = field(default_factory=list)
    sleep: Callable[[float], None] = time.sleep

    def deliver(self, delivery: EventDelivery) -> None:
        """Call the target; retry what may pass; keep what cannot be delivered."""
        attempts = min(delivery.max_retry_attempts, _MOST_RETRIES) + 1
        for attempt in range(attempts):
            try:
                self.caller.call(delivery.target_arn, delivery.payload, delivery.parameters)
            except (ClientError, BotoCoreError, TwinError, LookupError, ValueError) as error:
                if _is_final(error) or attempt == attempts - 1:
                    self._give_up(delivery, error, attempt)
                    return
                self.sleep(_FIRST_DELAY_S * 2**attempt)
            else:
                return

    def _give_up(self, delivery: EventDelivery, error: Exception, retries: int) -> None:
        if delivery.dead_letter_arn is None:
            self.lost.append(LostDelivery(delivery, f"{type(error).__name__}: {error}"))
            return
        client = self.caller.context.clients.client("sqs")
        name = delivery.dead_letter_arn.rsplit(":", 1)[1]
        client.send_message(
            QueueUrl=client.get_queue_url(QueueName=name)["QueueUrl"],
            MessageBody=delivery.payload,
            MessageAttributes=_dead_letter_attributes(delivery, error, retries),
        )


def delivery_to_target(source_arn: str, target: Mapping[str, Any], payload: str) -> EventDelivery:
    """The delivery that a rule's target describes."""
    retry = target.get("RetryPolicy") or {}
    dead_letter = target.get("DeadLetterConfig") or {}
    return EventDelivery(
        source_arn=source_arn,
        target_arn=target["Arn"],
        payload=payload,
        parameters=target,
        max_retry_attempts=int(retry.get("MaximumRetryAttempts", _AWS_RETRIES)),
        dead_letter_arn=dead_letter.get("Arn"),
    )


def _is_final(error: Exception) -> bool:
    if not isinstance(error, ClientError):
        return isinstance(error, TwinError)
    return any(word in str(error.response["Error"]["Code"]) for word in _FINAL_ERRORS)


def _dead_letter_attributes(
    delivery: EventDelivery, error: Exception, retries: int
) -> dict[str, dict[str, str]]:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else "SDK_CLIENT_ERROR"
    values = {
        "RULE_ARN": delivery.source_arn,
        "TARGET_ARN": delivery.target_arn,
        "ERROR_CODE": str(code),
        "ERROR_MESSAGE": json.dumps(str(error))[1:-1],
        "RETRY_ATTEMPTS": str(retries),
    }
    return {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}
