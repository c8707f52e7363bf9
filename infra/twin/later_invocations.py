"""Asynchronous invocations: tried again twice as AWS does (with short waits), then sent to a
destination.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Lock
from uuid import uuid4

from infra.twin.bridge import Invocation
from infra.twin.registry import InvokeConfig

RETRY_DELAYS_S: Sequence[float] = (0.2, 0.4)
_WORKERS = 8
_LOGGER = logging.getLogger(__name__)

type Invoke = Callable[[str, bytes, str], Invocation]
type Send = Callable[[str, str, Mapping[str, str]], None]


@dataclass(frozen=True)
class LaterTarget:
    """An asynchronously invoked function: how often it is tried, and where its results go."""

    function_arn: str
    config: InvokeConfig
    dead_letter_arn: str | None


class LaterInvocations:
    """A queue of asynchronous invocations and the threads that work it off."""

    def __init__(
        self, *, invoke: Invoke, send: Send, retry_delays_s: Sequence[float] = RETRY_DELAYS_S
    ) -> None:
        """``invoke(arn, payload, request_id)`` runs a function; ``send(arn, body, attributes)``
        delivers.
        """
        self._invoke = invoke
        self._send = send
        self._retry_delays_s = retry_delays_s
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="twin-later")
        self._is_stopping = Event()
        self._lock = Lock()
        self._waiting = 0

    def submit(self, target: LaterTarget, payload: bytes) -> str:
        """Queue one event; its request id, which every attempt carries."""
        request_id = str(uuid4())
        with self._lock:
            self._waiting += 1
        self._workers.submit(self._work, target, payload, request_id)
        return request_id

    def is_idle(self) -> bool:
        """Whether every submitted event has been handled or given up."""
        with self._lock:
            return self._waiting == 0

    def close(self) -> None:
        """Drop what waits and end the threads; what runs is ended by the sandboxes' end."""
        self._is_stopping.set()
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _work(self, target: LaterTarget, payload: bytes, request_id: str) -> None:
        try:
            self._run(target, payload, request_id)
        except Exception:  # a thread's error has nobody else to tell
            _LOGGER.exception("the asynchronous invocation of %s was lost", target.function_arn)
        finally:
            with self._lock:
                self._waiting -= 1

    def _run(self, target: LaterTarget, payload: bytes, request_id: str) -> None:
        attempts = target.config.max_retry_attempts + 1
        for attempt in range(1, attempts + 1):
            outcome = self._invoke(target.function_arn, payload, request_id)
            if outcome.succeeded or attempt == attempts:
                self._report(target, payload, outcome, attempt)
                return
            delays = self._retry_delays_s
            if self._is_stopping.wait(delays[min(attempt, len(delays)) - 1]):
                return

    def _report(
        self, target: LaterTarget, payload: bytes, outcome: Invocation, attempts: int
    ) -> None:
        record = json.dumps(invocation_record(target.function_arn, payload, outcome, attempts))
        config = target.config
        destination = config.on_success_arn if outcome.succeeded else config.on_failure_arn
        if destination is not None:
            self._send(destination, record, {})
        if not outcome.succeeded and target.dead_letter_arn is not None:
            attributes = dead_letter_attributes(outcome)
            self._send(target.dead_letter_arn, payload.decode(), attributes)


def invocation_record(
    function_arn: str, payload: bytes, outcome: Invocation, attempts: int
) -> dict[str, object]:
    """What a destination receives.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    condition = "Success" if outcome.succeeded else "RetriesExhausted"
    response: dict[str, object] = {"statusCode": 200, "executedVersion": "$LATEST"}
    if not outcome.succeeded:
        response["functionError"] = outcome.function_error
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "requestContext": {
            "requestId": outcome.request_id,
            "functionArn": function_arn,
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": json.loads(payload),
        "responseContext": response,
        "responsePayload": json.loads(outcome.payload or b"null"),
    }


def dead_letter_attributes(outcome: Invocation) -> dict[str, str]:
    """The message attributes beside an event in a function's dead-letter queue."""
    report = json.loads(outcome.payload or b"{}")
    message = report.get("errorMessage", "") if isinstance(report, dict) else ""
    return {
        "RequestID": outcome.request_id,
        "ErrorCode": "200",
        "ErrorMessage": message[:1024],
    }
