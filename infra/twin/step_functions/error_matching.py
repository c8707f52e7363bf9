"""Match error names in Retry and Catch as AWS does; moto differs in the reserved names."""

from collections.abc import Collection
from typing import Any, Final  # moto's objects are untyped

from moto.stepfunctions.parser.api import HistoryEventType, TaskTimedOutEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import (
    ErrorEqualsDecl,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import iteration_worker
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branches_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask
from moto.stepfunctions.parser.asl.component.state.fail import state_fail
from moto.stepfunctions.parser.asl.eval.callback.callback import HeartbeatTimeoutError

from infra.twin.seams import Seams

_TIMEOUT: Final = "States.Timeout"
_HEARTBEAT_TIMEOUT: Final = "States.HeartbeatTimeout"
_NEVER_CAUGHT_BY_ALL: Final = frozenset({"States.DataLimitExceeded", "States.Runtime"})
_NOT_A_FAILED_TASK: Final = _NEVER_CAUGHT_BY_ALL | {_TIMEOUT, _HEARTBEAT_TIMEOUT}


def matches_error(error: str | None, names: Collection[str | None]) -> bool:
    """Whether a Retry or Catch that lists these names takes this error."""
    if error in names:
        return True
    if error == _HEARTBEAT_TIMEOUT and _TIMEOUT in names:
        return True
    if "States.ALL" in names:
        return error not in _NEVER_CAUGHT_BY_ALL
    return "States.TaskFailed" in names and error not in _NOT_A_FAILED_TASK


def error_name_of(error_name: str | None) -> Any:
    """moto's error name of a text, also of a reserved one that a child passes upwards."""
    if error_name is None or not error_name.startswith("States."):
        return CustomErrorName(error_name=error_name)
    try:
        return StatesErrorName(typ=StatesErrorNameType.from_name(error_name))
    except ValueError:
        return ErrorName(error_name)


def install_error_matching(seams: Seams) -> None:
    """Put AWS's rules in place of moto's."""

    def evaluate_error_equals(self: Any, env: Any) -> None:
        error = env.stack.pop()
        names = {name.error_name for name in self.error_names}
        env.stack.append(matches_error(error.error_name if error else None, names))

    def from_error(self: Any, env: Any, ex: Exception) -> Any:
        if isinstance(ex, HeartbeatTimeoutError):
            return _heartbeat_failure(self, env)
        return original_from_error(self, env, ex)

    seams.patch(ErrorEqualsDecl, "_eval_body", evaluate_error_equals, parameters=("self", "env"))
    original_from_error = seams.patch(
        StateTask, "_from_error", from_error, parameters=("self", "env", "ex")
    )
    for module in (iteration_worker, branches_decl, state_fail):
        seams.patch(module, "CustomErrorName", error_name_of, parameters=("error_name",))


def _heartbeat_failure(state: Any, env: Any) -> FailureEvent:
    resource = getattr(state, "_get_sfn_resource", lambda: "")()
    details = TaskTimedOutEventDetails(error=_HEARTBEAT_TIMEOUT, resource=resource)
    event_details: Any = {"taskTimedOutEventDetails": details}
    return FailureEvent(
        env=env,
        error_name=error_name_of(_HEARTBEAT_TIMEOUT),
        event_type=HistoryEventType.TaskTimedOut,
        event_details=event_details,
    )
