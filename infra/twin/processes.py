"""How a sandbox's process is started and ended: forked from a nursery, or started afresh."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Protocol

from infra.twin.errors import SandboxError
from infra.twin.nursery import ChildRequest

_REPOSITORY = Path(__file__).resolve().parents[2]


class SandboxProcess(Protocol):
    """One running process, the leader of its own group."""

    @property
    def pid(self) -> int:
        """The process id."""

    def poll(self) -> int | None:
        """The exit code, negative for a signal, or None while it runs."""

    def kill(self) -> None:
        """End it and everything it started, and wait for the end."""


class Launcher(Protocol):
    """Starts processes."""

    def launch(self, request: ChildRequest) -> SandboxProcess:
        """Start one."""

    def prepare(self, layers: Sequence[Path]) -> None:
        """Make the start of processes with these layers quicker, if there is a way to."""

    def close(self) -> None:
        """Start no more; every process is ended before."""


class FreshProcess:
    """A process with an interpreter of its own."""

    def __init__(self, request: ChildRequest) -> None:
        """Start it."""
        with Path(request.log_file).open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the interpreter and a module, no shell
                [sys.executable, "-m", request.module, *request.arguments],
                cwd=request.directory,
                env=request.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.poll()

    def kill(self) -> None:
        """End the group and wait."""
        if self._process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


class FreshLauncher:
    """Starts an interpreter for each process; works everywhere."""

    def launch(self, request: ChildRequest) -> SandboxProcess:
        """Start a process."""
        return FreshProcess(request)

    def prepare(self, layers: Sequence[Path]) -> None:
        """Every process imports everything itself."""

    def close(self) -> None:
        """Nothing is kept between processes."""


class ForkedProcess:
    """A child of the nursery, watched through a descriptor that tells of its end."""

    def __init__(self, pid: int, nursery: "NurseryLauncher") -> None:
        """Watch the process of this id, which the nursery has not waited for yet."""
        self.pid = pid
        self._nursery = nursery
        self._descriptor = os.pidfd_open(pid)
        self._exit_code: int | None = None
        self._lock = Lock()

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        with self._lock:
            if self._exit_code is None:
                ended, _, _ = select.select([self._descriptor], [], [], 0)
                if ended:
                    self._finish()
            return self._exit_code

    def kill(self) -> None:
        """End the group and wait."""
        with self._lock:
            if self._exit_code is None:
                os.killpg(self.pid, signal.SIGKILL)
                self._finish()

    def _finish(self) -> None:
        self._exit_code = self._nursery.ask({"wait": self.pid})
        os.close(self._descriptor)


class NurseryLauncher:
    """Starts processes as forks of one that has the common imports done; Linux only."""

    def __init__(self) -> None:
        """Start the nursery; it imports while the twin deploys."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - the interpreter and a module, no shell
                [sys.executable, "-m", "infra.twin.nursery", str(theirs.fileno())],
                cwd=_REPOSITORY,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._connection = ours
        self._answers = ours.makefile("rb")
        self._lock = Lock()

    def launch(self, request: ChildRequest) -> SandboxProcess:
        """Fork a process."""
        return ForkedProcess(self._ask(request.as_line()), self)

    def prepare(self, layers: Sequence[Path]) -> None:
        """Let the nursery import from the layers what may be imported ahead; it does not answer."""
        with self._lock:
            self._connection.sendall(
                json.dumps({"layers": list(map(str, layers))}).encode() + b"\n"
            )

    def ask(self, request: dict[str, int]) -> int:
        """Ask the nursery something about a child."""
        return self._ask(json.dumps(request).encode() + b"\n")

    def _ask(self, line: bytes) -> int:
        with self._lock:
            try:
                self._connection.sendall(line)
                answer = self._answers.readline()
            except OSError:
                answer = b""
        if not answer:
            message = "the process from which the sandboxes are forked has ended; start a new twin"
            raise SandboxError(message)
        return int(json.loads(answer))

    def close(self) -> None:
        """End the nursery, which ends the children that are left."""
        self._answers.close()
        self._connection.close()
        self._process.wait()


def can_fork() -> bool:
    """Whether this system has what the nursery needs."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


def default_launcher() -> Launcher:
    """The quick way where it exists."""
    return NurseryLauncher() if can_fork() else FreshLauncher()
