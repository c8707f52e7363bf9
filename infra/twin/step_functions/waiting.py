"""Wait states and task tokens in virtual time, so that an approval may expire within a test."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final  # moto's objects are untyped

from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

from infra.twin.seams import Seams

_LOOK_EVERY_S: Final = 0.1


def install_waiting(seams: Seams, now: Callable[[], datetime]) -> None:
    """Measure waits, task tokens and the history's times by this clock."""

    def wait_interval(_self: object, env: Any, wait_seconds: float) -> None:
        deadline = now() + timedelta(seconds=wait_seconds)
        while env.is_running() and (left := (deadline - now()).total_seconds()) > 0:
            time.sleep(min(left, _LOOK_EVERY_S))

    def wait_for_token(_self: object, timeout_seconds: Any, callback_endpoint: Any) -> Any:
        if not isinstance(timeout_seconds, int | float):
            # moto evaluates nothing in a stopped execution, not even this timeout.
            return callback_endpoint.get_outcome()
        deadline = now() + timedelta(seconds=timeout_seconds)
        while (left := (deadline - now()).total_seconds()) > 0:
            if callback_endpoint._notify_event.wait(min(left, _LOOK_EVERY_S)):  # noqa: SLF001 - the seam
                break
        return callback_endpoint.get_outcome()

    seams.patch(
        WaitFunction, "_wait_interval", wait_interval, parameters=("self", "env", "wait_seconds")
    )
    seams.patch(
        state_task_service_callback.StateTaskServiceCallback,
        "_wait_for_task_token_timeout",
        wait_for_token,
        parameters=("self", "timeout_seconds", "callback_endpoint"),
    )
    seams.patch(EventManager, "_get_current_timestamp", staticmethod(now), parameters=())


def install_retry_waits(seams: Seams, longest_s: float) -> None:
    """Shorten the waits before retries, so that a machine's failures can be tried quickly."""

    def sleep(seconds: float) -> None:
        time.sleep(min(seconds, longest_s))

    seams.patch(retrier_decl, "time", SimpleNamespace(sleep=sleep), parameters=None)
