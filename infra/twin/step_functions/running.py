"""Which executions are busy: an execution that waits for a person's answer is at rest."""

from datetime import UTC, datetime
from typing import Any, Final  # moto's objects are untyped

from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from infra.twin.step_functions.executions import halt_worker, worker_environment

_WAITING_SUFFIX: Final = ".waitForTaskToken"


class RunningExecutions:
    """The executions of one account and region."""

    def __init__(self, account_id: str, region: str) -> None:
        """Look at moto's interpreter backend of this account and region."""
        self._account_id = account_id
        self._region = region

    def are_at_rest(self) -> bool:
        """Whether every running execution does nothing but wait for a task token."""
        running = self._running()
        waiting = [execution for execution in running if waits_for_token(execution)]
        return len(waiting) == len(running) or all(
            execution in waiting or waits_for_child(execution, waiting) for execution in running
        )

    def abort_all(self) -> None:
        """End the threads of every running execution, without events."""
        for execution in self._running():
            execution.exec_status = ExecutionStatus.ABORTED
            halt_worker(execution, datetime.now(UTC), None, "The twin stops.")

    def _running(self) -> list[Any]:
        backend = stepfunctions_parser_backends[self._account_id][self._region]
        executions: list[Any] = backend._get_executions(ExecutionStatus.RUNNING)  # noqa: SLF001 - the seam
        return executions


def waits_for_token(execution: Any) -> bool:
    """Whether the last thing this execution did was to hand out a task token that is still open."""
    last = _last_event(execution)
    return last is not None and str(_resource(last)).endswith(_WAITING_SUFFIX)


def waits_for_child(execution: Any, waiting: list[Any]) -> bool:
    """Whether an execution waits by ``.sync`` for one of the executions that wait themselves."""
    last = _last_event(execution)
    if last is None or not str(_resource(last)).startswith("startExecution.sync"):
        return False
    output = str(last["taskSubmittedEventDetails"].get("output", ""))
    return any(child.exec_arn in output for child in waiting)


def _last_event(execution: Any) -> Any:
    env = worker_environment(execution)
    history = env.event_manager.get_event_history() if env is not None else []
    return history[-1] if history and "taskSubmittedEventDetails" in history[-1] else None


def _resource(event: Any) -> object:
    return event["taskSubmittedEventDetails"].get("resource", "")
