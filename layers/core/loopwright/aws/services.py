"""The clock, the bus, waiting machines and metrics on AWS."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from loopwright.aws.clients import error_code, is_transient, translated
from loopwright.domain.events import Event
from loopwright.domain.record import canonical_json
from loopwright.errors import NotWaitingError, ServiceError, TransientServiceError

_GONE = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


class SystemClock:
    """The machine's clock; the twin moves it by an offset that it keeps in a file."""

    def __init__(self, offset_file: Path | None = None) -> None:
        """Read the time, plus `offset_seconds` of the JSON in `offset_file` when there is one."""
        self._offset_file = offset_file

    def now(self) -> datetime:
        """Return the time now, aware, in UTC."""
        return datetime.now(UTC) + self._offset()

    def _offset(self) -> timedelta:
        if self._offset_file is None:
            return timedelta(0)
        return timedelta(seconds=json.loads(self._offset_file.read_text())["offset_seconds"])


class EventBridgeBus:
    """The stack's own bus on EventBridge."""

    def __init__(self, events: Any, name: str) -> None:
        """Publish on the bus `name`."""
        self._events = events
        self._name = name

    def publish(self, event: Event) -> None:
        """Publish one event; ServiceError when the bus refuses it."""
        entry = {
            "EventBusName": self._name,
            "Source": "loopwright",
            "DetailType": event.name,
            "Detail": canonical_json(event).decode(),
        }
        with translated(f"publish {event.name}"):
            answer = self._events.put_events(Entries=[entry])
        if answer.get("FailedEntryCount"):
            refused = answer["Entries"][0]
            message = f"the bus {self._name} refused {event.name}: {refused}"
            passing = is_transient(str(refused.get("ErrorCode")))
            raise TransientServiceError(message) if passing else ServiceError(message)


class WaitingTasks:
    """State machine tasks that wait for an answer."""

    def __init__(self, states: Any) -> None:
        """Answer through the Step Functions client."""
        self._states = states

    def answer(self, token: str, output: Mapping[str, Any]) -> None:
        """Give a waiting task its result; NotWaitingError when it does not wait any more."""
        with translated("send_task_success"):
            try:
                self._states.send_task_success(taskToken=token, output=json.dumps(dict(output)))
            except ClientError as error:
                if error_code(error) not in _GONE:
                    raise
                message = "the run does not wait for a decision any more: it expired or ended"
                raise NotWaitingError(message) from error
