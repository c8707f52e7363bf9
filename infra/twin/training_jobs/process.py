"""Run a job's process with its limit: SIGTERM to the whole group, a time of grace, then SIGKILL."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Final

_LOOK_EVERY_S: Final = 0.05
_DRAIN_S: Final = 2.0


@dataclass(frozen=True)
class ProcessLimits:
    """How long a process may run, and how long it may take to end after SIGTERM."""

    longest_runtime_s: float
    grace_s: float


@dataclass(frozen=True)
class ProcessEnd:
    """How a process ended; ``cut_short`` says by what, if not by itself."""

    exit_code: int
    cut_short: str | None = None


def run_process(
    command: Sequence[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    limits: ProcessLimits,
    should_stop: Callable[[], bool],
    on_line: Callable[[str], None],
) -> ProcessEnd:
    """Run to the end, the limit or the request to stop; lines of output go to ``on_line``."""
    with (
        subprocess.Popen(  # noqa: S603 - the command of a training job, as on SageMaker
            [find_program(command[0], environment), *command[1:]],
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process
    ):
        reader = Thread(target=_read_lines, args=(process.stdout, on_line), daemon=True)
        reader.start()
        try:
            cut_short = _wait(process, limits, should_stop)
        finally:
            _signal_group(process, signal.SIGKILL)
        reader.join(timeout=_DRAIN_S)
        return ProcessEnd(process.wait(), cut_short)


def find_program(name: str, environment: Mapping[str, str]) -> str:
    """The program on the job's own PATH; the name itself when there is none."""
    if os.sep in name:
        return name
    for directory in environment.get("PATH", "").split(os.pathsep):
        candidate = Path(directory) / name
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return str(candidate)
    return name


def _wait(
    process: subprocess.Popen[str], limits: ProcessLimits, should_stop: Callable[[], bool]
) -> str | None:
    deadline = time.monotonic() + limits.longest_runtime_s
    while process.poll() is None:
        cause = "Stopped" if should_stop() else None
        if cause is None and time.monotonic() >= deadline:
            cause = "MaxRuntimeExceeded"
        if cause is not None:
            _end(process, limits.grace_s)
            return cause
        time.sleep(_LOOK_EVERY_S)
    return None


def _end(process: subprocess.Popen[str], grace_s: float) -> None:
    _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_S)
    _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Reach also the children that the process left behind."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def _read_lines(stream: IO[str] | None, on_line: Callable[[str], None]) -> None:
    for line in stream or ():
        on_line(line.rstrip("\n"))
