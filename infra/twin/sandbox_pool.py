"""Warm sandboxes, used again: at most ten of a function, and a bounded number that idle."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import Condition

from infra.twin.errors import SandboxError
from infra.twin.sandbox import FunctionSpec, Sandbox

MAX_PER_FUNCTION = 10
MAX_IDLE = 40


class SandboxPool:
    """Lends sandboxes; a call waits when all of its function are busy."""

    def __init__(
        self,
        start: Callable[[FunctionSpec], Sandbox],
        *,
        max_per_function: int = MAX_PER_FUNCTION,
        max_idle: int = MAX_IDLE,
    ) -> None:
        """A pool that starts sandboxes with ``start``."""
        self._start = start
        self._max_per_function = max_per_function
        self._max_idle = max_idle
        self._idle: list[tuple[Hashable, Sandbox]] = []
        self._busy: defaultdict[Hashable, set[Sandbox]] = defaultdict(set)
        self._starting: defaultdict[Hashable, int] = defaultdict(int)
        self._changed = Condition()
        self._is_closed = False

    @contextmanager
    def sandbox(self, key: Hashable, spec: FunctionSpec) -> Iterator[Sandbox]:
        """Borrow a sandbox of the function version ``key``."""
        sandbox = self._acquire(key) or self._start_new(key, spec)
        try:
            yield sandbox
        finally:
            self._release(key, sandbox)

    def _acquire(self, key: Hashable) -> Sandbox | None:
        """An idle sandbox, or None when a new one may be started (its place is then taken)."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._has_place(key))
            if self._is_closed:
                message = "the twin is stopping; it takes no more invocations"
                raise SandboxError(message)
            for index in range(len(self._idle) - 1, -1, -1):
                if self._idle[index][0] == key:
                    sandbox = self._idle.pop(index)[1]
                    self._busy[key].add(sandbox)
                    return sandbox
            self._starting[key] += 1
            return None

    def _has_place(self, key: Hashable) -> bool:
        return len(self._busy[key]) + self._starting[key] < self._max_per_function

    def _start_new(self, key: Hashable, spec: FunctionSpec) -> Sandbox:
        sandbox = None
        try:
            sandbox = self._start(spec)
        finally:
            with self._changed:
                self._starting[key] -= 1
                if sandbox is not None:
                    self._busy[key].add(sandbox)
                self._changed.notify_all()
        return sandbox

    def _release(self, key: Hashable, sandbox: Sandbox) -> None:
        surplus = []
        with self._changed:
            self._busy[key].discard(sandbox)
            if sandbox.is_alive and not self._is_closed:
                self._idle.append((key, sandbox))
            else:
                surplus.append(sandbox)
            while len(self._idle) > self._max_idle:
                surplus.append(self._idle.pop(0)[1])
            self._changed.notify_all()
        for each in surplus:
            each.close()

    def is_idle(self) -> bool:
        """Whether no sandbox is lent or starting."""
        with self._changed:
            return not any(self._busy.values()) and not any(self._starting.values())

    def close(self, timeout_s: float = 5.0) -> None:
        """End every sandbox; those that are busy are killed, which ends their invocation."""
        with self._changed:
            self._is_closed = True
            idle = [sandbox for _, sandbox in self._idle]
            self._idle.clear()
            busy = [sandbox for sandboxes in self._busy.values() for sandbox in sandboxes]
            self._changed.notify_all()
        for sandbox in busy:
            sandbox.kill()
        for sandbox in idle:
            sandbox.close()
        with self._changed:
            self._changed.wait_for(lambda: not any(self._busy.values()), timeout_s)
