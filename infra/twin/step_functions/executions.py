"""Executions: names, virtual times, stopping, descriptions, and the event that tells the end."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Final  # moto's objects are untyped

from moto.core.responses import ActionResult
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from infra.twin.seams import Seams
from infra.twin.step_functions.execution_documents import describe, status_detail
from infra.twin.step_functions.shapes import iso_time

STATUS_CHANGE: Final = "Step Functions Execution Status Change"
_ITEM: Final = frozenset({"status", "stopDate"})
_WORKER_START_S: Final = 5.0
_START = ("self", "state_machine_arn", "name", "execution_input", "trace_header")

type EmitEvent = Callable[[str, str, dict[str, Any], list[str]], None]
"""Put an event on the default bus: source, detail type, detail, resources."""


@dataclass
class ExecutionEnds:
    """Ends each execution exactly once: by its worker thread or by a person who stops it."""

    now: Callable[[], datetime]
    emit: EmitEvent

    def __post_init__(self) -> None:
        """The lock makes the first end the only one."""
        self._lock = Lock()
        self._ended: set[str] = set()

    def end(self, execution: Any, reflect: Callable[[], None]) -> None:
        """Let ``reflect`` set the final status, unless another did, and publish it."""
        with self._lock:
            if execution.exec_arn in self._ended:
                return
            self._ended.add(execution.exec_arn)
            reflect()
            execution.stop_date = self.now()
        self._publish(execution, execution.exec_status)

    def describe(self, execution: Any) -> dict[str, Any]:
        """The answer of DescribeExecution; moto sets a final status before the output."""
        with self._lock:
            return describe(execution)

    def announce_start(self, execution: Any) -> None:
        """Publish that an execution runs; before its thread can end it."""
        self._publish(execution, ExecutionStatus.RUNNING)

    def _publish(self, execution: Any, status: ExecutionStatus) -> None:
        detail = status_detail(execution, status)
        self.emit("aws.states", STATUS_CHANGE, detail, [execution.exec_arn])


def install_executions(seams: Seams, ends: ExecutionEnds) -> None:
    """Start, describe, stop and end executions as AWS does."""
    _install_first_status(seams)
    _install_start(seams, ends)
    _install_stop(seams, ends)

    def terminated(self: Any) -> None:
        ends.end(self.execution, self._reflect_execution_status)

    def describe_execution(self: Any) -> ActionResult:
        arn = self._get_param("executionArn")
        return ActionResult(ends.describe(self.stepfunction_backend.describe_execution(arn)))

    def list_executions(self: Any) -> ActionResult:
        answer: ActionResult = original_list(self)
        listed: Any = answer.result
        for item in listed["executions"]:
            found = self.stepfunction_backend.describe_execution(item["executionArn"])
            item.update({key: value for key, value in ends.describe(found).items() if key in _ITEM})
        return answer

    def start_details(self: Any) -> Any:
        details = original_details(self)
        details.start_time = iso_time(self.start_date)
        return details

    seams.patch(BaseExecutionWorkerCommunication, "terminated", terminated, parameters=("self",))
    seams.patch(
        StepFunctionResponse, "describe_execution", describe_execution, parameters=("self",)
    )
    original_list = seams.patch(
        StepFunctionResponse, "list_executions", list_executions, parameters=("self",)
    )
    original_details = seams.patch(
        Execution, "get_start_execution_details", start_details, parameters=("self",)
    )


def _install_start(seams: Seams, ends: ExecutionEnds) -> None:
    def start_execution(
        self: Any,
        state_machine_arn: str,
        name: str | None = None,
        execution_input: str | None = None,
        trace_header: str | None = None,
    ) -> Any:
        return original(
            self, state_machine_arn, name or str(uuid.uuid4()), execution_input, trace_header
        )

    def status(self: Any) -> str:
        """moto lists an execution a moment before it has a status."""
        known: ExecutionStatus = self.exec_status or ExecutionStatus.RUNNING
        return known.value

    def start(self: Any) -> None:
        self.start_date = ends.now()
        ends.announce_start(self)
        original_start(self)

    original = seams.patch(
        StepFunctionsParserBackend, "start_execution", start_execution, parameters=_START
    )
    seams.patch(Execution, "status", property(status), parameters=None)
    original_start = seams.patch(Execution, "start", start, parameters=("self",))


def _install_stop(seams: Seams, ends: ExecutionEnds) -> None:
    def stop(self: Any, stop_date: datetime, error: str | None, cause: str | None) -> None:
        def abort() -> None:
            self.exec_status = ExecutionStatus.ABORTED
            self.error, self.cause = error or None, cause or None

        ends.end(self, abort)
        if self.exec_status == ExecutionStatus.ABORTED:
            halt_worker(self, stop_date, error, cause)

    def stop_execution(self: Any) -> ActionResult:
        execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
        execution.stop(ends.now(), self._get_param("error"), self._get_param("cause"))
        return ActionResult({"stopDate": execution.stop_date})

    seams.patch(Execution, "stop", stop, parameters=("self", "stop_date", "error", "cause"))
    seams.patch(StepFunctionResponse, "stop_execution", stop_execution, parameters=("self",))


def halt_worker(execution: Any, stop_date: datetime, error: str | None, cause: str | None) -> None:
    """End the threads of an execution, also those that wait for a task token."""
    env = worker_environment(execution)
    if env is None:
        return
    env.set_stop(stop_date=stop_date, error=error, cause=cause)
    for endpoint in list(env.callback_pool_manager._pool.values()):  # noqa: SLF001 - the seam
        endpoint.interrupt_all()


def worker_environment(execution: Any) -> Any:
    """The interpreter's environment; the worker thread makes it a moment after the start."""
    deadline = time.monotonic() + _WORKER_START_S
    while time.monotonic() < deadline:
        env = getattr(execution.exec_worker, "env", None)
        if env is not None:
            return env
        time.sleep(0.005)
    return None


def _install_first_status(seams: Seams) -> None:
    """Let an execution be RUNNING from the first; moto lists it before its thread says so."""

    def made(self: Any, *arguments: Any, **options: Any) -> None:
        original(self, *arguments, **options)
        self.exec_status = ExecutionStatus.RUNNING

    original = seams.patch(Execution, "__init__", made, parameters=None)
