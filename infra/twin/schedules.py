"""EventBridge schedules and scheduled rules, fired by the virtual clock."""

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final  # moto's rules are untyped

from moto.events.models import events_backends

from infra.twin.bridge import TwinContext
from infra.twin.clock import VirtualClock
from infra.twin.errors import TwinError
from infra.twin.event_delivery import EventDelivery
from infra.twin.events import EventRouter, iso_seconds
from infra.twin.periodic import PeriodicThread
from infra.twin.registry import Schedule
from infra.twin.schedule_expressions import ScheduleExpression, parse_schedule_expression

_LOOK_EVERY_S: Final = 1.0


@dataclass(frozen=True)
class Timer:
    """One thing that falls due: its expression, when it was made, and what it does."""

    expression: ScheduleExpression
    made_at: datetime
    fire: Callable[[datetime], None]

    def next_due(self, after: datetime) -> datetime | None:
        """The first instant after this one."""
        return self.expression.next_after(after, made_at=self.made_at)


class SchedulesBridge:
    """The bridge of EventBridge Scheduler and of rules with a schedule expression."""

    def __init__(self, router: EventRouter, *, settle: Callable[[], object] | None = None) -> None:
        """Deliver through this router; ``settle`` runs after each instant, at its virtual time."""
        self._router = router
        self.settle = settle
        self._made_at: dict[str, datetime] = {}
        self._context: TwinContext | None = None
        self._thread = PeriodicThread("schedules", self._fire_due, every_s=_LOOK_EVERY_S)

    def install(self, context: TwinContext) -> None:
        """Hang the schedules on the clock."""
        self._context = context
        self._clock.attach(self)

    def start(self) -> None:
        """Fire also what falls due because real time passes."""
        self._thread.start()

    def is_idle(self) -> bool:
        """A schedule that is not due is not busy."""
        return True

    def stop(self) -> None:
        """End the watching thread."""
        self._thread.stop()

    def next_due(self, after: datetime, until: datetime) -> datetime | None:
        """The first instant in (after, until] at which a schedule falls due."""
        due = (timer.next_due(after) for timer in self._timers())
        return min((instant for instant in due if instant and instant <= until), default=None)

    def fire(self, instant: datetime) -> None:
        """Call the target of every schedule that is due at this instant."""
        just_before = instant - instant.resolution
        due = [timer for timer in self._timers() if timer.next_due(just_before) == instant]
        for timer in due:
            timer.fire(instant)
        if due and self.settle is not None:
            self.settle()

    @property
    def _clock(self) -> VirtualClock:
        if self._context is None or not isinstance(self._context.clock, VirtualClock):
            message = "schedules need the twin's virtual clock"
            raise TwinError(message)
        return self._context.clock

    def _fire_due(self) -> None:
        with contextlib.suppress(TwinError):
            self._clock.fire_due()

    def _timers(self) -> Iterator[Timer]:
        if self._context is None:
            return
        for schedule in self._context.registry.schedules:
            if schedule.is_enabled:
                yield self._timer_of_schedule(schedule)
        buses = events_backends[self._context.account_id][self._context.region].event_buses
        for bus in list(buses.values()):
            for rule in list(bus.rules.values()):
                if rule.scheduled_expression and rule.state == "ENABLED":
                    yield self._timer_of_rule(rule)

    def _timer_of_schedule(self, schedule: Schedule) -> Timer:
        def fire(instant: datetime) -> None:
            payload = schedule_payload(schedule, instant, self._account_and_region())
            self._router.deliver(
                EventDelivery(
                    source_arn=schedule.arn,
                    target_arn=schedule.target_arn,
                    payload=payload,
                    max_retry_attempts=schedule.max_retry_attempts,
                    dead_letter_arn=schedule.dead_letter_arn,
                )
            )

        expression = parse_schedule_expression(schedule.expression, zone=schedule.timezone)
        return Timer(expression, self._first_seen(schedule.arn), fire)

    def _timer_of_rule(self, rule: Any) -> Timer:
        def fire(instant: datetime) -> None:
            source = ("aws.events", *self._account_and_region())
            self._router.deliver_to_rule(rule, scheduled_event(source, rule.arn, instant))

        expression = parse_schedule_expression(rule.scheduled_expression)
        return Timer(expression, self._first_seen(rule.arn), fire)

    def _first_seen(self, arn: str) -> datetime:
        return self._made_at.setdefault(arn, self._clock.now())

    def _account_and_region(self) -> tuple[str, str]:
        context = self._router.context
        return context.account_id, context.region


def scheduled_event(source: tuple[str, str, str], arn: str, instant: datetime) -> dict[str, Any]:
    """The event of a schedule; ``source`` is service, account and region."""
    service, account_id, region = source
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": service,
        "account": account_id,
        "time": iso_seconds(instant),
        "region": region,
        "resources": [arn],
        "detail": {},
    }


def schedule_payload(
    schedule: Schedule, instant: datetime, account_and_region: tuple[str, str]
) -> str:
    """What EventBridge Scheduler hands over: the input with its context attributes filled in."""
    if schedule.target_input is None:
        event = scheduled_event(("aws.scheduler", *account_and_region), schedule.arn, instant)
        return json.dumps({**event, "detail": "{}"})
    attributes = {
        "schedule-arn": schedule.arn,
        "scheduled-time": iso_seconds(instant),
        "execution-id": str(uuid.uuid4()),
        "attempt-number": "1",
    }
    text = schedule.target_input
    for name, value in attributes.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text
