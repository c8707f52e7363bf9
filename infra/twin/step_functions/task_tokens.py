"""Task tokens: moto forgets the cause of a failure and calls the token of an ended task invalid."""

from typing import Any  # moto's objects are untyped

from moto.core.exceptions import AWSError
from moto.core.responses import EmptyResult
from moto.stepfunctions.exceptions import InvalidToken
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackOutcome,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
)
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from infra.twin.seams import Seams
from infra.twin.step_functions.executions import worker_environment


class TaskTimedOutError(AWSError):
    """The token of a task that no longer waits; moto's own class does not reach the caller."""

    TYPE = "TaskTimedOut"
    STATUS = 400


def install_task_tokens(seams: Seams) -> None:
    """Answer the three token calls as AWS does."""

    def send_task_success(self: Any, task_token: str, outcome: str) -> None:
        _settle(self, task_token, CallbackOutcomeSuccess(callback_id=task_token, output=outcome))

    def send_task_failure(
        self: Any,
        task_token: str,
        error: str | None = None,
        cause: str | None = None,
    ) -> None:
        outcome = CallbackOutcomeFailure(callback_id=task_token, error=error, cause=cause)
        _settle(self, task_token, outcome)

    def send_task_heartbeat(self: Any, task_token: str) -> None:
        waiting_task(self, task_token).notify_heartbeat()

    def failure_response(self: Any) -> EmptyResult:
        token, error, cause = (self._get_param(name) for name in ("taskToken", "error", "cause"))
        self.stepfunction_backend.send_task_failure(token, error=error, cause=cause)
        return EmptyResult()

    backend = StepFunctionsParserBackend
    seams.patch(
        backend,
        "send_task_success",
        send_task_success,
        parameters=("self", "task_token", "outcome"),
    )
    seams.patch(
        backend,
        "send_task_failure",
        send_task_failure,
        parameters=("self", "task_token", "error", "cause"),
    )
    seams.patch(
        backend, "send_task_heartbeat", send_task_heartbeat, parameters=("self", "task_token")
    )
    seams.patch(StepFunctionResponse, "send_task_failure", failure_response, parameters=("self",))


def waiting_task(backend: Any, task_token: str) -> Any:
    """The endpoint of a task that still waits; TaskTimedOut or InvalidToken as on AWS."""
    for execution in backend._get_executions():  # noqa: SLF001 - the seam
        env = worker_environment(execution)
        endpoint = env.callback_pool_manager.get(task_token) if env is not None else None
        if endpoint is None:
            continue
        is_settled = endpoint._notify_event.is_set()  # noqa: SLF001 - the seam
        if is_settled or execution.exec_status != ExecutionStatus.RUNNING:
            message = "Task Timed Out: 'Provided task does not exist anymore'"
            raise TaskTimedOutError(message)
        return endpoint
    raise InvalidToken


def _settle(backend: Any, task_token: str, outcome: CallbackOutcome) -> None:
    waiting_task(backend, task_token).notify(outcome=outcome)
