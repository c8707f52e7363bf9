"""``sagemaker:createTrainingJob``, ``createHyperParameterTuningJob``: moto refuses ``.sync``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final  # moto's objects and boto3 clients are untyped

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_factory
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
    ResourceCondition,
)
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for

from infra.twin.seams import Seams
from infra.twin.step_functions.integrations import task_failure
from infra.twin.step_functions.shapes import (
    compact_json,
    epoch_milliseconds,
    operation_model,
    to_output,
)


@dataclass(frozen=True)
class _Kind:
    """How a kind of job is created and looked at, and which of its members tell how it stands."""

    create: str
    describe: str
    name: str
    status: str


_KINDS: Final = {
    "createtrainingjob": _Kind(
        "create_training_job", "describe_training_job", "TrainingJobName", "TrainingJobStatus"
    ),
    "createhyperparametertuningjob": _Kind(
        "create_hyper_parameter_tuning_job",
        "describe_hyper_parameter_tuning_job",
        "HyperParameterTuningJobName",
        "HyperParameterTuningJobStatus",
    ),
}
_NAMED_ERRORS: Final = frozenset({"ResourceInUse", "ResourceLimitExceeded", "ResourceNotFound"})


class SageMakerService(state_task_service_callback.StateTaskServiceCallback):
    """The optimised SageMaker integration for training and tuning jobs."""

    def __init__(self) -> None:
        """Sync is what we offer; moto's base class needs the token form to be declared with it."""
        patterns: set[Any] = {ResourceCondition.Sync, ResourceCondition.WaitForTaskToken}
        super().__init__(patterns)

    def _validate_service_integration_is_supported(self) -> None:
        if self.resource.api_action.lower() not in _KINDS:
            message = f"The resource provided {self.resource.resource_arn} is not recognized."
            raise ValueError(message)

    @property
    def _kind(self) -> _Kind:
        return _KINDS[self.resource.api_action.lower()]

    def _client(self, region: str, credentials: object) -> Any:
        return boto_client_for(service="sagemaker", region=region, state_credentials=credentials)

    def _from_error(self, env: Any, ex: Exception) -> Any:
        if not isinstance(ex, ClientError):
            return super()._from_error(env=env, ex=ex)
        code = str(ex.response["Error"]["Code"]).removesuffix("Exception")
        name = code if code in _NAMED_ERRORS else "AmazonSageMaker"
        return task_failure(
            self, env, f"SageMaker.{name}Exception", ex.response["Error"]["Message"]
        )

    def _eval_service_task(
        self,
        env: Any,
        resource_runtime_part: Any,
        normalised_parameters: dict[str, Any],
        state_credentials: object,
    ) -> None:
        client = self._client(resource_runtime_part.region, state_credentials)
        response = getattr(client, self._kind.create)(**normalised_parameters)
        response.pop("ResponseMetadata", None)
        env.stack.append(response)

    def _build_sync_resolver(
        self,
        env: Any,
        resource_runtime_part: Any,
        normalised_parameters: dict[str, Any],
        state_credentials: object,
    ) -> Callable[[], dict[str, Any] | None]:
        env.stack.pop()
        client = self._client(resource_runtime_part.region, state_credentials)
        kind = self._kind
        name = {kind.name: normalised_parameters[kind.name]}

        def finished_job() -> dict[str, Any] | None:
            job = _job_document(getattr(client, kind.describe)(**name), kind.describe)
            if job[kind.status] == "Completed":
                return job
            if job[kind.status] in {"Failed", "Stopped"}:
                failure = task_failure(self, env, "States.TaskFailed", compact_json(job))
                raise FailureEventException(failure)
            return None

        return finished_job


def install_sagemaker_service(seams: Seams) -> None:
    """Offer the service where moto looks services up."""

    def service_for(service_name: str) -> Any:
        return SageMakerService() if service_name == "sagemaker" else original(service_name)

    original = seams.patch(
        state_task_factory, "state_task_service_for", service_for, parameters=("service_name",)
    )


def _job_document(description: dict[str, Any], operation: str) -> dict[str, Any]:
    description.pop("ResponseMetadata", None)
    shape = operation_model("sagemaker", operation).output_shape
    document: dict[str, Any] = to_output(description, shape, epoch_milliseconds)
    return document
