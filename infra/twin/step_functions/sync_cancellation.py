"""Stop what a ``.sync`` task started when the task times out or its execution is stopped."""

from collections.abc import Callable, Mapping
from typing import Any, Final  # moto's objects and boto3 clients are untyped

from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
    ResourceCondition,
)
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for

from infra.twin.seams import Seams

_PARAMETERS = (
    "self",
    "env",
    "resource_runtime_part",
    "normalised_parameters",
    "state_credentials",
)


def install_sync_cancellation(seams: Seams) -> None:
    """Cancel after moto stopped waiting without an outcome."""

    def evaluate_pattern(
        self: Any,
        env: Any,
        resource_runtime_part: Any,
        normalised_parameters: dict[str, Any],
        state_credentials: object,
    ) -> None:
        submitted = env.stack[-1]

        def cancel() -> None:
            is_sync = self.resource.condition in {ResourceCondition.Sync, ResourceCondition.Sync2}
            if is_sync and self.resource.service_name in _CANCEL:
                _CANCEL[self.resource.service_name](submitted, resource_runtime_part.region)

        try:
            original(self, env, resource_runtime_part, normalised_parameters, state_credentials)
        except TimeoutError:
            cancel()
            raise
        if env.stack[-1] is None:
            cancel()

    original = seams.patch(
        state_task_service_callback.StateTaskServiceCallback,
        "_eval_integration_pattern",
        evaluate_pattern,
        parameters=_PARAMETERS,
    )


def _stop_execution(submitted: Mapping[str, Any], region: str) -> None:
    boto_client_for(service="stepfunctions", region=region).stop_execution(
        executionArn=submitted["ExecutionArn"],
        error="States.TaskFailed",
        cause="The task of the parent execution timed out or was stopped.",
    )


def _stop_job(submitted: Mapping[str, Any], region: str) -> None:
    client = boto_client_for(service="sagemaker", region=region)
    tuning = submitted.get("HyperParameterTuningJobArn")
    if tuning:
        name = tuning.rsplit("/", 1)[1]
        client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        return
    client.stop_training_job(TrainingJobName=submitted["TrainingJobArn"].rsplit("/", 1)[1])


_CANCEL: Final[dict[str, Callable[[Mapping[str, Any], str], None]]] = {
    "states": _stop_execution,
    "sagemaker": _stop_job,
}
