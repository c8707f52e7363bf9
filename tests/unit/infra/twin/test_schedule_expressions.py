"""Schedule expressions, against a search that knows nothing of how they are computed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.twin.schedule_expressions import ScheduleExpressionError, parse_schedule_expression

START = datetime(2026, 1, 1, tzinfo=UTC)
minutes_of_two_years = st.integers(0, 2 * 365 * 24 * 60)
moments = minutes_of_two_years.map(lambda minutes: START + timedelta(minutes=minutes, seconds=30))


def first_minute(
    after: datetime, matches: Callable[[datetime], bool], limit_days: int = 40
) -> datetime | None:
    """The first whole minute that matches, found by trying every one."""
    minute = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    for _ in range(limit_days * 24 * 60):
        if matches(minute):
            return minute
        minute += timedelta(minutes=1)
    return None


@given(after=moments, minute=st.integers(0, 59), step=st.integers(1, 12))
@settings(max_examples=25, deadline=None)
def test_minutes_and_stepped_hours_are_those_that_a_search_finds(
    after: datetime, minute: int, step: int
) -> None:
    """``0/step`` in the hours means from midnight on."""
    cron = parse_schedule_expression(f"cron({minute} 0/{step} * * ? *)")
    expected = first_minute(after, lambda m: m.minute == minute and m.hour % step == 0)

    assert cron.next_after(after, made_at=START) == expected


@given(
    after=moments,
    weekdays=st.sets(st.sampled_from(["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"])),
)
@settings(max_examples=25, deadline=None)
def test_weekdays_are_those_that_a_search_finds(after: datetime, weekdays: set[str]) -> None:
    """Names as Python's strftime prints them."""
    names = weekdays or {"MON"}
    cron = parse_schedule_expression(f"cron(30 6 ? * {','.join(sorted(names))} *)")
    expected = first_minute(
        after,
        lambda m: (m.hour, m.minute) == (6, 30) and m.strftime("%a").upper() in names,
    )

    assert cron.next_after(after, made_at=START) == expected


@given(after=moments, hours=st.integers(1, 400))
def test_a_rate_fires_at_multiples_of_its_interval_from_the_making(
    after: datetime, hours: int
) -> None:
    """And never twice within one interval."""
    rate = parse_schedule_expression(f"rate({hours} hour{'s' if hours > 1 else ''})")
    due = rate.next_after(after, made_at=START)

    assert due is not None
    assert after < due <= after + timedelta(hours=hours)
    assert (due - START) % timedelta(hours=hours) == timedelta()


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("cron(0 8 L * ? *)", "2026-02-10T00:00", "2026-02-28T08:00"),
        ("cron(0 8 LW * ? *)", "2026-02-10T00:00", "2026-02-27T08:00"),
        ("cron(0 8 1W * ? *)", "2026-08-01T00:00", "2026-08-03T08:00"),
        ("cron(0 8 ? * 6L *)", "2026-03-01T00:00", "2026-03-27T08:00"),
        ("cron(0 8 ? * MON#2 *)", "2026-03-10T00:00", "2026-04-13T08:00"),
        ("cron(0 8 29 2 ? *)", "2026-01-01T00:00", "2028-02-29T08:00"),
        ("cron(15 10 ? JAN-MAR SUN 2027-2028)", "2026-06-01T00:00", "2027-01-03T10:15"),
        ("at(2026-07-01T09:30:00)", "2026-06-01T00:00", "2026-07-01T09:30"),
    ],
)
def test_the_letters_of_aws_mean_what_the_calendar_says(
    expression: str, after: str, expected: str
) -> None:
    """Dates read off a calendar by hand."""
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    due = parse_schedule_expression(expression).next_after(moment, made_at=START)

    assert due == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_schedule_follows_the_summer_time_of_its_zone() -> None:
    """Eight in Berlin is seven in winter and six in summer, in UTC."""
    cron = parse_schedule_expression("cron(0 8 * * ? *)", zone="Europe/Berlin")
    winter = cron.next_after(datetime(2026, 1, 10, tzinfo=UTC), made_at=START)
    summer = cron.next_after(datetime(2026, 7, 10, tzinfo=UTC), made_at=START)

    assert winter is not None
    assert summer is not None
    assert (winter.hour, summer.hour) == (7, 6)


def test_a_past_one_time_schedule_never_fires() -> None:
    """Nor does a cron whose years are over."""
    later = datetime(2030, 1, 1, tzinfo=UTC)

    assert (
        parse_schedule_expression("at(2026-07-01T09:30:00)").next_after(later, made_at=START)
        is None
    )
    assert (
        parse_schedule_expression("cron(0 8 * * ? 2027)").next_after(later, made_at=START) is None
    )


@pytest.mark.parametrize(
    "expression",
    [
        "every day",
        "rate(1 hours)",
        "rate(5 minute)",
        "rate(0 days)",
        "cron(0 8 * * *)",
        "cron(0 8 * * * *)",
        "cron(0 8 ? * ? *)",
        "cron(61 8 * * ? *)",
        "cron(0 8 ? * MUN *)",
        "cron(0 20-8 * * ? *)",
        "cron(0 8 32 * ? *)",
    ],
)
def test_what_aws_refuses_is_refused(expression: str) -> None:
    """When it is read, not when it should fire."""
    with pytest.raises(ScheduleExpressionError):
        parse_schedule_expression(expression)
