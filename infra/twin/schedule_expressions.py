"""AWS schedule expressions: ``rate(...)``, ``cron(...)`` with six fields, and ``at(...)``."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_UNIT = {"minute": "minutes", "hour": "hours", "day": "days"}
_MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_NAMES = {name.upper(): number for name, number in _MONTHS.items()} | _WEEKDAYS
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


class ScheduleExpressionError(ValueError):
    """An expression that AWS would refuse."""


@dataclass(frozen=True)
class Rate:
    """Every so often, counted from the moment the schedule was made."""

    interval: timedelta

    def next_after(self, moment: datetime, *, made_at: datetime) -> datetime:
        """The first instant after ``moment``; the n-th is n intervals after the making."""
        passed = max((moment - made_at) // self.interval, 0)
        return made_at + (passed + 1) * self.interval


@dataclass(frozen=True)
class At:
    """Once."""

    instant: datetime

    def next_after(self, moment: datetime, *, made_at: datetime) -> datetime | None:  # noqa: ARG002 - same form as Rate
        """The instant, if it is still to come."""
        return self.instant if self.instant > moment else None


@dataclass(frozen=True)
class Cron:
    """Calendar times in a time zone; a day must match ``days``, which knows L, W and #."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    day_of_month: str
    months: frozenset[int]
    day_of_week: str
    years: frozenset[int]
    zone: ZoneInfo

    def next_after(self, moment: datetime, *, made_at: datetime) -> datetime | None:  # noqa: ARG002 - same form as Rate
        """The first matching instant after ``moment``, if the years allow one."""
        local = moment.astimezone(self.zone)
        for day in self._days_from(local.date()):
            for hour in self.hours:
                for minute in self.minutes:
                    instant = self._instant(day, hour, minute)
                    if instant is not None and instant > moment:
                        return instant
        return None

    def _days_from(self, first: date) -> Iterator[date]:
        for year in range(first.year, max(self.years) + 1):
            if year not in self.years:
                continue
            for month in sorted(self.months):
                if (year, month) >= (first.year, first.month):
                    yield from (day for day in self._days_in(year, month) if day >= first)

    def _days_in(self, year: int, month: int) -> Iterator[date]:
        for number in range(1, calendar.monthrange(year, month)[1] + 1):
            day = date(year, month, number)
            if _matches_month_day(self.day_of_month, day) and _matches_weekday(
                self.day_of_week, day
            ):
                yield day

    def _instant(self, day: date, hour: int, minute: int) -> datetime | None:
        """The instant in UTC; None for a wall time that daylight saving skips."""
        local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
        instant = local.astimezone(UTC)
        skipped = instant.astimezone(self.zone).replace(tzinfo=None) != local.replace(tzinfo=None)
        return None if skipped else instant


type ScheduleExpression = Rate | At | Cron


@lru_cache(maxsize=256)
def parse_schedule_expression(text: str, *, zone: str = "UTC") -> ScheduleExpression:
    """Read an expression as EventBridge does; ScheduleExpressionError says what is wrong."""
    match = re.fullmatch(r"(rate|cron|at)\((.*)\)", text.strip())
    if match is None:
        message = f"{text!r} is not rate(...), cron(...) or at(...)"
        raise ScheduleExpressionError(message)
    kind, body = match[1], match[2].strip()
    if kind == "rate":
        return _parse_rate(text, body)
    if kind == "at":
        return At(datetime.fromisoformat(body).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))
    return _parse_cron(text, body, ZoneInfo(zone))


def _parse_rate(text: str, body: str) -> Rate:
    match = re.fullmatch(r"([1-9]\d*) (minute|hour|day)(s?)", body)
    if match is None or (match[1] == "1") == bool(match[3]):
        message = (
            f"{text!r}: expected a value and a unit such as 'rate(1 hour)' or 'rate(5 minutes)'"
        )
        raise ScheduleExpressionError(message)
    return Rate(timedelta(**{_UNIT[match[2]]: int(match[1])}))


def _parse_cron(text: str, body: str, zone: ZoneInfo) -> Cron:
    fields = body.upper().split()
    if len(fields) != 6:  # noqa: PLR2004 - the number of fields in AWS's format
        message = f"{text!r}: expected 6 fields (minutes hours day month weekday year)"
        raise ScheduleExpressionError(message)
    if (fields[2] == "?") == (fields[4] == "?"):
        message = f"{text!r}: exactly one of day of month and day of week must be '?'"
        raise ScheduleExpressionError(message)
    _check_day_fields(text, fields[2], fields[4])
    return Cron(
        minutes=tuple(sorted(_values(fields[0], 0, 59))),
        hours=tuple(sorted(_values(fields[1], 0, 23))),
        day_of_month=fields[2],
        months=frozenset(_values(fields[3], 1, 12)),
        day_of_week=fields[4],
        years=frozenset(_values(fields[5], _FIRST_YEAR, _LAST_YEAR)),
        zone=zone,
    )


def _check_day_fields(text: str, day_of_month: str, day_of_week: str) -> None:
    """Let a wrong day field fail when the expression is read, not when it falls due."""
    if not re.fullmatch(r"\?|L|LW|\d+W", day_of_month):
        _values(day_of_month, 1, 31)
    if not re.fullmatch(r"\?|L|[1-7]L|(?:[1-7]|[A-Z]{3})#[1-5]", day_of_week):
        _values(day_of_week, 1, 7)
    if not text.isascii():
        message = f"{text!r}: only ASCII is allowed"
        raise ScheduleExpressionError(message)


def _values(field: str, low: int, high: int) -> set[int]:
    """The numbers that a field means: ``*``, lists, ranges, and steps with ``/``."""
    values: set[int] = set()
    for part in field.split(","):
        span, _, step_text = part.partition("/")
        first, last = _span(span, low, high, is_open=bool(step_text))
        step = _number(step_text, 1, high) if step_text else 1
        values.update(range(first, last + 1, step))
    return values


def _span(span: str, low: int, high: int, *, is_open: bool) -> tuple[int, int]:
    if span in {"*", "?"}:
        return low, high
    first_text, _, last_text = span.partition("-")
    first = _number(first_text, low, high)
    if last_text:
        last = _number(last_text, low, high)
        if last < first:
            message = f"the range {span!r} runs backwards"
            raise ScheduleExpressionError(message)
        return first, last
    return (first, high) if is_open else (first, first)


def _number(text: str, low: int, high: int) -> int:
    number = _NAMES.get(text, int(text) if text.isdigit() else None)
    if number is None or not low <= number <= high:
        message = f"{text!r} is not a value from {low} to {high}"
        raise ScheduleExpressionError(message)
    return number


def _matches_month_day(field: str, day: date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    if field == "?":
        return True
    if field == "L":
        return day.day == last
    if field == "LW":
        return day == _nearest_weekday(date(day.year, day.month, last))
    if field.endswith("W"):
        number = int(field[:-1])
        return number <= last and day == _nearest_weekday(date(day.year, day.month, number))
    return day.day in _values(field, 1, 31)


def _nearest_weekday(day: date) -> date:
    """The weekday nearest to a day, inside the same month."""
    last = calendar.monthrange(day.year, day.month)[1]
    weekday = day.weekday()
    if weekday == calendar.SATURDAY:
        return day - timedelta(days=1) if day.day > 1 else day + timedelta(days=2)
    if weekday == calendar.SUNDAY:
        return day + timedelta(days=1) if day.day < last else day - timedelta(days=2)
    return day


def _matches_weekday(field: str, day: date) -> bool:
    number = day.isoweekday() % 7 + 1
    last = calendar.monthrange(day.year, day.month)[1]
    if field == "?":
        return True
    if field == "L":
        return number == _WEEKDAYS["SAT"]
    if field.endswith("L"):
        return number == int(field[:-1]) and day.day > last - 7
    if "#" in field:
        name, _, nth = field.partition("#")
        return number == _number(name, 1, 7) and (day.day - 1) // 7 + 1 == int(nth)
    return number in _values(field, 1, 7)
