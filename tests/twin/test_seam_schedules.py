"""The seam of schedules: moto stores them and never fires one."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.twin.registry import Schedule
from tests.twin.loop_harness import Loop

pytestmark = pytest.mark.twin


def bodies(loop: Loop, queue_url: str) -> list[Any]:
    """What arrived in a queue, parsed."""
    return [json.loads(message["Body"]) for message in loop.messages(queue_url)]


def schedule(loop: Loop, expression: str, target_arn: str, **options: Any) -> Schedule:
    """A schedule that the stack would have recorded."""
    name = loop.unique("schedule")
    made = Schedule(
        name=name,
        group="default",
        arn=f"arn:aws:scheduler:{loop.context.region}:1:schedule/default/{name}",
        expression=expression,
        timezone="UTC",
        is_enabled=options.get("is_enabled", True),
        target_arn=target_arn,
        target_input=options.get("target_input"),
        max_retry_attempts=0,
        dead_letter_arn=None,
    )
    loop.context.registry.schedules.append(made)
    return made


def test_a_scheduled_rule_fires_each_time_it_falls_due(loop: Loop) -> None:
    """Twice in a day and a bit, at whole intervals."""
    url, arn = loop.queue()
    loop.rule(target={"Arn": arn}, ScheduleExpression="rate(12 hours)")
    loop.context.clock.advance(timedelta(hours=25))
    loop.settle()
    events = bodies(loop, url)

    assert [event["detail-type"] for event in events] == ["Scheduled Event"] * 2
    times = sorted(datetime.fromisoformat(event["time"]) for event in events)
    assert times[1] - times[0] == timedelta(hours=12)


def test_a_schedule_hands_over_its_input_with_the_scheduled_time(loop: Loop) -> None:
    """At eight every morning, whenever the clock is moved."""
    url, arn = loop.queue()
    text = '{"at": "<aws.scheduler.scheduled-time>"}'
    made = schedule(loop, "cron(0 8 * * ? *)", arn, target_input=text)
    loop.context.clock.advance(timedelta(days=2))
    loop.settle()
    loop.context.registry.schedules.remove(made)
    times = [datetime.fromisoformat(event["at"]) for event in bodies(loop, url)]

    assert len(times) == 2
    assert all((time.hour, time.minute, time.tzinfo) == (8, 0, UTC) for time in times)


def test_a_disabled_schedule_does_not_fire(loop: Loop) -> None:
    """Nor does one whose only time is over."""
    url, arn = loop.queue()
    off = schedule(loop, "rate(1 hour)", arn, is_enabled=False)
    over = schedule(loop, "at(2020-01-01T00:00:00)", arn)
    loop.context.clock.advance(timedelta(hours=3))
    loop.settle()
    loop.context.registry.schedules.remove(off)
    loop.context.registry.schedules.remove(over)

    assert loop.messages(url) == []


def test_the_function_sees_the_virtual_time_of_the_schedule(loop: Loop) -> None:
    """The offset file is what the function's process reads."""
    seen: list[datetime] = []

    def remember(_event: Any) -> None:
        offset = json.loads(loop.context.clock_file.read_text())["offset_seconds"]
        seen.append(datetime.now(UTC) + timedelta(seconds=offset))

    due = (loop.context.clock.now() + timedelta(days=2)).replace(microsecond=0)
    made = schedule(loop, f"at({due:%Y-%m-%dT%H:%M:%S})", loop.function(remember))
    loop.context.clock.advance(timedelta(days=2))
    loop.settle()
    loop.context.registry.schedules.remove(made)

    assert abs(seen[0] - due) < timedelta(seconds=20)
