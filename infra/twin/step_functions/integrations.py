"""Service integrations: request and response shapes, error names, quick polling, cached clients."""

from collections.abc import Mapping
from threading import Lock
from types import SimpleNamespace
from typing import Any, Final  # moto's objects and boto3 clients are untyped

import boto3
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service,
    state_task_service_aws_sdk,
    state_task_service_callback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask
from moto.stepfunctions.parser.asl.utils import boto_client

from infra.twin.seams import Seams
from infra.twin.step_functions.error_matching import error_name_of
from infra.twin.step_functions.shapes import (
    epoch_milliseconds,
    iso_time,
    operation_model,
    to_output,
    to_request,
)

_SDK_ERROR_PREFIXES: Final[Mapping[str, str]] = {
    "cloudwatch": "CloudWatch",
    "dynamodb": "DynamoDb",
    "eventbridge": "EventBridge",
    "lambda": "Lambda",
    "s3": "S3",
    "sagemaker": "SageMaker",
    "sfn": "Sfn",
    "sns": "Sns",
    "sqs": "Sqs",
    "ssm": "Ssm",
}
_NORMALISE = ("boto_service_name", "service_action_name")
_BOTO_SERVICE: Final[Mapping[str, str]] = {"eventbridge": "events", "cloudwatchlogs": "logs"}


class ClientCache:
    """Stands in for the ``boto3`` module where moto makes a client per task: one per service."""

    def __init__(self) -> None:
        """An empty cache with a session of its own."""
        self._session = boto3.session.Session()
        self._clients: dict[tuple[str, str, str | None], Any] = {}
        self._lock = Lock()

    def client(self, *, service_name: str, region_name: str, **options: Any) -> Any:
        """The client of a service in a region at an endpoint."""
        key = (service_name, region_name, options.get("endpoint_url"))
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._session.client(
                    service_name=service_name, region_name=region_name, **options
                )
            return self._clients[key]


def install_integrations(seams: Seams, *, sync_poll_s: float) -> None:
    """Normalise every integration by botocore's model and poll ``.sync`` tasks this often."""
    seams.patch(
        state_task_service.StateTaskService,
        "_normalise_parameters",
        normalise_parameters,
        parameters=("self", "parameters", *_NORMALISE),
    )
    seams.patch(
        state_task_service.StateTaskService,
        "_normalise_response",
        normalise_response,
        parameters=("self", "response", *_NORMALISE),
    )
    seams.patch(
        state_task_service_aws_sdk,
        "_SERVICE_ERROR_NAMES",
        dict(_SDK_ERROR_PREFIXES),
        parameters=None,
    )
    seams.patch(
        state_task_service_callback,
        "_DELAY_SECONDS_SYNC_CONDITION_CHECK",
        sync_poll_s,
        parameters=None,
    )
    overrides_name = "_SERVICE_NAME_SFN_TO_BOTO_OVERRIDES"
    service = state_task_service.StateTaskService
    overrides = {**getattr(service, overrides_name), **_BOTO_SERVICE}
    seams.patch(service, overrides_name, overrides, parameters=None)
    seams.patch(StateTask, "_eval_parameters", eval_parameters, parameters=("self", "env"))
    cache = SimpleNamespace(client=ClientCache().client)
    seams.patch(boto_client, "boto3", cache, parameters=None)
    _install_client_errors(seams)


def eval_parameters(self: Any, env: Any) -> dict[str, Any]:
    """Every argument of a task; moto silently drops those that it has not listed."""
    if self.parargs is None:
        return {}
    self.parargs.eval(env=env)
    arguments: dict[str, Any] = env.stack.pop()
    return arguments


def normalise_parameters(
    self: Any,
    parameters: dict[str, Any],
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    """Rename and convert the arguments of a task in place, as boto3 wants them."""
    model = _model(self, boto_service_name, service_action_name)
    converted = to_request(parameters, model.input_shape)
    parameters.clear()
    parameters.update(converted)


def normalise_response(
    self: Any,
    response: Any,
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    """Make the response of a task JSON in place, with AWS's member names."""
    if not isinstance(response, dict):
        return
    model = _model(self, boto_service_name, service_action_name)
    is_sdk = self.resource.service_name == "aws-sdk"
    time_format = iso_time if is_sdk else epoch_milliseconds
    converted = to_output(response, model.output_shape, time_format)
    response.clear()
    response.update(converted)


def task_failure(state: Any, env: Any, error: str, cause: str) -> FailureEvent:
    """A failed task with this error name and cause, as the history shows it."""
    details = TaskFailedEventDetails(
        error=error,
        cause=cause,
        resource=state._get_sfn_resource(),  # noqa: SLF001 - the seam
        resourceType=state._get_sfn_resource_type(),  # noqa: SLF001 - the seam
    )
    event_details: Any = {"taskFailedEventDetails": details}
    return FailureEvent(
        env=env,
        error_name=error_name_of(error),
        event_type=HistoryEventType.TaskFailed,
        event_details=event_details,
    )


def _model(self: Any, service: str | None, action: str | None) -> Any:
    return operation_model(
        self._get_boto_service_name(service),
        self._get_boto_service_action(action),
    )


def _install_client_errors(seams: Seams) -> None:
    """A service's refusal is the task's failure, not a broken interpreter (States.Runtime)."""

    def from_error(self: Any, env: Any, ex: Exception) -> Any:
        if isinstance(ex, ClientError) and isinstance(self, state_task_service.StateTaskService):
            code = str(ex.response["Error"]["Code"]).removesuffix("Exception")
            service = self.resource.service_name
            prefix = {"events": "EventBridge", "sns": "SNS", "sqs": "SQS"}.get(service, service)
            return task_failure(self, env, f"{prefix}.{code}Exception", str(ex))
        return original(self, env, ex)

    original = seams.patch(
        ExecutionState, "_from_error", from_error, parameters=("self", "env", "ex")
    )
