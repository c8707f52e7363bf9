"""The virtual time of the twin: real time plus an offset that tests and people may enlarge.

The offset lies in a small file, because the functions run in processes of their own and must see
the same time: the twin writes it, everybody reads it.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Protocol

type RealTime = Callable[[], datetime]


class TimedWork(Protocol):
    """Something that falls due at instants of the virtual time."""

    def next_due(self, after: datetime, until: datetime) -> datetime | None:
        """The first instant in (after, until] at which something falls due, if any."""

    def fire(self, instant: datetime) -> None:
        """Do everything that falls due at exactly this instant."""


def utc_now() -> datetime:
    """The real time, aware, in UTC."""
    return datetime.now(UTC)


class VirtualClock:
    """Real time plus the offset in a file; ``advance`` fires what falls due, in order."""

    def __init__(self, offset_file: Path, *, real_time: RealTime = utc_now) -> None:
        """A clock over this file, made with offset zero if it does not exist."""
        self._file = offset_file
        self._real_time = real_time
        self._lock = RLock()
        self._timed_work: list[TimedWork] = []
        if not offset_file.exists():
            self._write(timedelta())
        self._offset = self._read()
        self._fired_until = self.now()

    def now(self) -> datetime:
        """The virtual time, aware, in UTC."""
        return self._real_time() + self._offset

    def attach(self, work: TimedWork) -> None:
        """Let this work fall due as time passes."""
        with self._lock:
            self._timed_work.append(work)

    def advance(self, by: timedelta) -> None:
        """Move the time forwards; the clock stands at each instant while what is due fires."""
        if by < timedelta():
            message = (
                f"The virtual clock cannot go back (asked for {by}); start a new twin instead."
            )
            raise ValueError(message)
        with self._lock:
            goal = self.now() + by
            self._fire_until(goal)
            self._step_to(goal)

    def fire_due(self) -> None:
        """Fire what fell due since the last call, because real time passed."""
        with self._lock:
            self._fire_until(self.now())

    def _fire_until(self, goal: datetime) -> None:
        while (instant := self._next_due(goal)) is not None:
            self._step_to(instant)
            self._fired_until = instant
            for work in self._timed_work:
                work.fire(instant)
        self._fired_until = max(self._fired_until, goal)

    def _next_due(self, until: datetime) -> datetime | None:
        after = self._fired_until
        due = (work.next_due(after, until) for work in self._timed_work)
        return min((instant for instant in due if instant is not None), default=None)

    def _step_to(self, instant: datetime) -> None:
        missing = instant - self.now()
        if missing > timedelta():
            self._offset += missing
            self._write(self._offset)

    def _read(self) -> timedelta:
        document = json.loads(self._file.read_text(encoding="utf-8"))
        return timedelta(seconds=float(document["offset_seconds"]))

    def _write(self, offset: timedelta) -> None:
        """Replace the file in one step, so that no reader sees half a number."""
        unfinished = self._file.with_suffix(".new")
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps({"offset_seconds": offset.total_seconds()}))
        unfinished.replace(self._file)
