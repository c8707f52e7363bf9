"""The clock, the bus, waiting tasks, metrics and the public path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from loopwright.domain.events import Event


class Clock(Protocol):
    """The time. Steps never read it elsewhere."""

    def now(self) -> datetime:
        """Return the time now, aware, in UTC."""
        ...


class Host(Protocol):
    """The function that runs a step: Lambda's context."""

    @property
    def memory_limit_in_mb(self) -> int | str:
        """The function's memory in MiB."""
        ...

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function is stopped."""
        ...


class EventBus(Protocol):
    """The stack's own bus."""

    def publish(self, event: Event) -> None:
        """Publish one event; ServiceError when the bus refuses it."""
        ...


class Endpoint(Protocol):
    """The public prediction path, called as a client would (used by the probe)."""

    def predict(self, project: str, instances: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """POST a probe prediction; return the answer's JSON; ServiceError on any failure."""
        ...


class TaskTokens(Protocol):
    """State machines that wait for an answer."""

    def answer(self, token: str, output: Mapping[str, Any]) -> None:
        """Give a waiting task its result; NotWaitingError when it does not wait any more."""
        ...


class Metrics(Protocol):
    """CloudWatch metrics; the only dimension is the project."""

    def count(self, name: str, value: float, *, project: str) -> None:
        """Add a count to a metric."""
        ...
