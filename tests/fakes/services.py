"""A clock, a bus, waiting tasks, metrics and the public endpoint, in memory."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from loopwright.domain.events import Event
from loopwright.errors import NotWaitingError


class ManualClock:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime = datetime(2026, 1, 5, 12, tzinfo=UTC)) -> None:
        """Start at a fixed instant."""
        self.time = now

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self.time

    def advance(self, **units: float) -> None:
        """Move on, for example by `hours=3`."""
        self.time += timedelta(**units)

    def sleep(self, seconds: float) -> None:
        """Pass the time that a sleep would take."""
        self.advance(seconds=seconds)


class KeyedSignatures:
    """Signatures by a key that is only kept here."""

    def __init__(self, key: bytes = b"tests") -> None:
        """Sign with a key; another key makes other signatures."""
        self._key = key

    def sign(self, body: bytes) -> bytes:
        """Return the signature of a document."""
        return hmac.digest(self._key, body, hashlib.sha256)

    def is_valid(self, body: bytes, signature: bytes) -> bool:
        """Tell whether a signature was made by this key over this very document."""
        return hmac.compare_digest(self.sign(body), signature)


class InMemoryEventBus:
    """Keeps what was published."""

    def __init__(self) -> None:
        """Start with no events."""
        self.events: list[Event] = []

    def publish(self, event: Event) -> None:
        """Keep one event."""
        self.events.append(event)

    @property
    def names(self) -> list[str]:
        """Return the names of the events, in order."""
        return [event.name for event in self.events]


class InMemoryTaskTokens:
    """Tasks that wait until they are answered."""

    def __init__(self, *waiting: str) -> None:
        """Start with the tokens that wait."""
        self.waiting = set(waiting)
        self.answers: dict[str, dict[str, Any]] = {}

    def answer(self, token: str, output: Mapping[str, Any]) -> None:
        """Give a waiting task its result."""
        if token not in self.waiting:
            message = "the task does not wait for an answer any more"
            raise NotWaitingError(message)
        self.waiting.remove(token)
        self.answers[token] = dict(output)


class CollectedMetrics:
    """Keeps what was counted."""

    def __init__(self) -> None:
        """Start with no metrics."""
        self.counted: list[tuple[str, float, str]] = []

    def count(self, name: str, value: float, *, project: str) -> None:
        """Keep one count."""
        self.counted.append((name, value, project))


class ScriptedEndpoint:
    """A prediction path that answers as a function of the instances says."""

    def __init__(
        self, answer: Callable[[str, Sequence[Mapping[str, Any]]], dict[str, Any]]
    ) -> None:
        """Answer every call by `answer(project, instances)`; it may raise ServiceError."""
        self._answer = answer
        self.calls = 0

    def predict(self, project: str, instances: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """Answer one probe."""
        self.calls += 1
        return self._answer(project, instances)
