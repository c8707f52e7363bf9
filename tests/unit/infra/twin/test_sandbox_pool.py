"""Lending sandboxes: warm ones again, bounded, and none left at the end."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Lock
from typing import cast

import pytest

from infra.twin.errors import SandboxError
from infra.twin.sandbox import FunctionSpec, Sandbox
from infra.twin.sandbox_pool import SandboxPool

SPEC = FunctionSpec("f", "arn", "1", "handler.handler", 128, 3.0, "/aws/lambda/f", Path())


class FakeSandbox:
    """A sandbox without a process."""

    def __init__(self) -> None:
        self.is_alive = True
        self.is_closed = False

    def kill(self) -> None:
        """End it."""
        self.is_alive = False

    def close(self) -> None:
        """End it and release what it has."""
        self.kill()
        self.is_closed = True


class Started:
    """Every sandbox that a pool started."""

    def __init__(self) -> None:
        self.all: list[FakeSandbox] = []

    def start(self, _spec: FunctionSpec) -> Sandbox:
        """Start one."""
        self.all.append(FakeSandbox())
        return cast("Sandbox", self.all[-1])


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for another thread."""
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.001)
    pytest.fail("it did not happen")


def test_a_warm_sandbox_is_lent_again() -> None:
    """One process serves many events."""
    started = Started()
    pool = SandboxPool(started.start)
    for _ in range(3):
        with pool.sandbox("f:1", SPEC):
            assert not pool.is_idle()

    assert len(started.all) == 1
    assert pool.is_idle()


def test_another_version_gets_its_own() -> None:
    """Code and environment belong to a version."""
    started = Started()
    pool = SandboxPool(started.start)
    for key in ("f:1", "f:2", "f:1"):
        with pool.sandbox(key, SPEC):
            pass

    assert len(started.all) == 2


def test_a_dead_sandbox_is_closed_and_replaced() -> None:
    """After a timeout or an exit."""
    started = Started()
    pool = SandboxPool(started.start)
    with pool.sandbox("f:1", SPEC) as sandbox:
        sandbox.kill()
    with pool.sandbox("f:1", SPEC) as second:
        assert second is not sandbox

    assert started.all[0].is_closed


def test_no_more_than_the_bound_run_at_a_time() -> None:
    """Further calls wait for a place."""
    started, release, lock = Started(), Event(), Lock()
    pool = SandboxPool(started.start, max_per_function=2)
    running: list[int] = []

    def call(number: int) -> None:
        with pool.sandbox("f:1", SPEC):
            with lock:
                running.append(number)
            release.wait(5)

    with ThreadPoolExecutor(4) as callers:
        futures = [callers.submit(call, number) for number in range(4)]
        wait_until(lambda: len(running) == 2)
        at_once = len(started.all)
        release.set()
        for future in futures:
            future.result(5)

    assert at_once == 2
    assert len(started.all) == 2
    assert len(running) == 4


def test_the_longest_idle_sandbox_makes_way() -> None:
    """Memory is bounded whatever the number of functions."""
    started = Started()
    pool = SandboxPool(started.start, max_idle=1)
    for key in ("f:1", "g:1"):
        with pool.sandbox(key, SPEC):
            pass

    assert [sandbox.is_closed for sandbox in started.all] == [True, False]


def test_a_closed_pool_ends_everything_and_lends_nothing() -> None:
    """Also what is busy."""
    started = Started()
    pool = SandboxPool(started.start)
    with pool.sandbox("f:1", SPEC):
        pass
    with pool.sandbox("g:1", SPEC):
        pool.close(timeout_s=0.0)

    assert all(sandbox.is_closed for sandbox in started.all)
    with pytest.raises(SandboxError, match="stopping"), pool.sandbox("f:1", SPEC):
        pass


def test_a_sandbox_that_cannot_start_gives_its_place_back() -> None:
    """Or ten failures would block a function for ever."""

    def fail(_spec: FunctionSpec) -> Sandbox:
        message = "no process"
        raise SandboxError(message)

    pool = SandboxPool(fail, max_per_function=1)
    for _ in range(2):
        with pytest.raises(SandboxError, match="no process"), pool.sandbox("f:1", SPEC):
            pass

    assert pool.is_idle()
