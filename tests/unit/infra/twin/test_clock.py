"""The virtual clock."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.twin.clock import VirtualClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class StoppedTime:
    """Real time that passes only when told."""

    moment: datetime = NOON

    def __call__(self) -> datetime:
        """The moment at which it stands."""
        return self.moment


@dataclass
class Every:
    """Work that falls due at whole multiples of an interval after noon."""

    interval: timedelta
    clock: VirtualClock
    fired: list[tuple[datetime, datetime]] = field(default_factory=list)

    def next_due(self, after: datetime, until: datetime) -> datetime | None:
        """The next multiple, if it comes in time."""
        due = NOON + ((after - NOON) // self.interval + 1) * self.interval
        return due if due <= until else None

    def fire(self, instant: datetime) -> None:
        """Remember the instant and what the clock said."""
        if (instant - NOON) % self.interval == timedelta():
            self.fired.append((instant, self.clock.now()))


def test_a_new_clock_shows_real_time(tmp_path: Path) -> None:
    """The offset starts at zero and lies in the file."""
    clock = VirtualClock(tmp_path / "clock.json", real_time=StoppedTime())

    assert clock.now() == NOON
    assert json.loads((tmp_path / "clock.json").read_text()) == {"offset_seconds": 0.0}


def test_advancing_moves_the_time_for_every_reader_of_the_file(tmp_path: Path) -> None:
    """The functions read the offset in processes of their own."""
    clock = VirtualClock(tmp_path / "clock.json", real_time=StoppedTime())
    clock.advance(timedelta(days=90))
    reader = VirtualClock(tmp_path / "clock.json", real_time=StoppedTime())

    assert clock.now() == NOON + timedelta(days=90)
    assert reader.now() == clock.now()


def test_what_falls_due_on_the_way_fires_in_order_with_the_clock_at_its_instant(
    tmp_path: Path,
) -> None:
    """Two schedules of different pace are interleaved."""
    clock = VirtualClock(tmp_path / "clock.json", real_time=StoppedTime())
    slow, fast = Every(timedelta(hours=3), clock), Every(timedelta(hours=2), clock)
    clock.attach(slow)
    clock.attach(fast)
    clock.advance(timedelta(hours=6))

    assert [(at - NOON).seconds // 3600 for at, _ in fast.fired] == [2, 4, 6]
    assert [(at - NOON).seconds // 3600 for at, _ in slow.fired] == [3, 6]
    assert all(shown == at for at, shown in fast.fired + slow.fired)


def test_real_time_makes_things_fall_due_once(tmp_path: Path) -> None:
    """A running twin asks now and then; nothing fires twice."""
    time = StoppedTime()
    clock = VirtualClock(tmp_path / "clock.json", real_time=time)
    work = Every(timedelta(hours=1), clock)
    clock.attach(work)
    time.moment += timedelta(minutes=61)
    clock.fire_due()
    clock.fire_due()

    assert len(work.fired) == 1


def test_the_clock_does_not_go_back(tmp_path: Path) -> None:
    """Leases and cooldowns rest on that."""
    clock = VirtualClock(tmp_path / "clock.json", real_time=StoppedTime())
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance(timedelta(seconds=-1))

    assert clock.now() == NOON
