"""The bridge of SageMaker training: moto calls a job completed before anything ran.

Tuning jobs run their trials as such jobs.
"""

import json
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, Final  # moto's objects are untyped

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.sagemaker.responses import SageMakerResponse

from infra.twin.bridge import TwinContext
from infra.twin.errors import TwinError
from infra.twin.events import EventRouter
from infra.twin.training_jobs.job import TrainingJob
from infra.twin.training_jobs.requests import problems_of, tuning_problems
from infra.twin.training_jobs.runner import JobRunner
from infra.twin.training_jobs.tuning import TuningJob

TRAINING_ENVIRONMENT: Final = Path(__file__).resolve().parents[3] / ".venv-training"
GRACE_S: Final = 5.0
_LOOK_EVERY_S: Final = 0.1


class TrainingJobsBridge:
    """Create, describe, list and stop jobs that run as processes of the training environment."""

    def __init__(
        self,
        router: EventRouter,
        *,
        training_environment: Path = TRAINING_ENVIRONMENT,
        grace_s: float = GRACE_S,
    ) -> None:
        """State changes go to this router; SageMaker's grace of 120 s is shorter here."""
        self._router = router
        self._binaries = training_environment / "bin"
        self._grace_s = grace_s
        self._jobs: dict[str, TrainingJob] = {}
        self._tunings: dict[str, TuningJob] = {}
        self._threads: list[Thread] = []
        self._lock = Lock()
        self._runner: JobRunner | None = None

    def install(self, context: TwinContext) -> None:
        """Answer the calls of SageMaker's training jobs."""
        self._runner = JobRunner(context, self._router.emit, self._binaries, self._grace_s)
        answers = {
            "create_training_job": self._create,
            "describe_training_job": self._describe,
            "list_training_jobs": self._list,
            "stop_training_job": self._stop_job,
            "create_hyper_parameter_tuning_job": self._create_tuning,
            "describe_hyper_parameter_tuning_job": self._describe_tuning,
            "stop_hyper_parameter_tuning_job": self._stop_tuning,
        }
        for name in answers:
            if not hasattr(SageMakerResponse, name):
                setattr(SageMakerResponse, name, _not_in_moto)
        for name, answer in answers.items():
            context.seams.patch(SageMakerResponse, name, _method(answer), parameters=("self",))

    def start(self) -> None:
        """Every job starts its own thread."""

    def is_idle(self) -> bool:
        """Whether no job runs."""
        tunings = [one.status != "InProgress" for one in list(self._tunings.values())]
        return all(tunings) and all(job.has_ended for job in list(self._jobs.values()))

    def stop(self) -> None:
        """Stop every job and wait for its process to end."""
        for tuning in list(self._tunings.values()):
            tuning.stop_requested.set()
        for job in list(self._jobs.values()):
            job.stop_requested.set()
        for thread in self._threads:
            thread.join(timeout=self._grace_s + 5)

    def interrupt(self, name: str) -> None:
        """Take the spare capacity of a spot job away: it starts again, from its checkpoints."""
        job = self._jobs[name]
        if not job.request.get("EnableManagedSpotTraining"):
            message = f"the training job {name} does not run on spare capacity"
            raise TwinError(message)
        job.interrupted.set()

    def _create(self, request: dict[str, Any]) -> dict[str, Any]:
        problems = problems_of(request)
        if problems:
            raise JsonRESTError("ValidationException", "; ".join(problems))
        runner = self._require_runner()
        job = self._add(request, runner.context)
        runner.move(job, "InProgress", "Starting")
        thread = Thread(target=runner.run, args=(job,), name=f"job-{job.name}", daemon=True)
        self._threads.append(thread)
        thread.start()
        return {"TrainingJobArn": job.arn}

    def _add(self, request: dict[str, Any], context: TwinContext) -> TrainingJob:
        name = request["TrainingJobName"]
        where = f"{context.region}:{context.account_id}"
        arn = f"arn:aws:sagemaker:{where}:training-job/{name.lower()}"
        with self._lock:
            if name in self._jobs:
                message = (
                    "Training job names must be unique within an AWS account and region, and a "
                    f"training job with this name already exists ({self._jobs[name].arn})"
                )
                raise JsonRESTError("ResourceInUse", message)
            self._jobs[name] = TrainingJob(arn, request, context.clock.now())
            return self._jobs[name]

    def _describe(self, request: dict[str, Any]) -> dict[str, Any]:
        return self._job(request).describe()

    def _list(self, request: dict[str, Any]) -> dict[str, Any]:
        wanted, status = request.get("NameContains", ""), request.get("StatusEquals")
        jobs = [job for job in self._jobs.values() if wanted in job.name]
        jobs = [job for job in jobs if status in {None, job.status}]
        newest_first = sorted(jobs, key=lambda job: job.created_at, reverse=True)
        return {"TrainingJobSummaries": [job.summary() for job in newest_first]}

    def _stop_job(self, request: dict[str, Any]) -> dict[str, Any]:
        job = self._job(request)
        if job.has_ended:
            message = f"The request was rejected because the training job is in status {job.status}"
            raise JsonRESTError("ValidationException", message)
        job.stop_requested.set()
        self._require_runner().move(job, "Stopping", "Stopping")
        return {}

    def _create_tuning(self, request: dict[str, Any]) -> dict[str, Any]:
        context, name = self._require_runner().context, request["HyperParameterTuningJobName"]
        arn = f"arn:aws:sagemaker:{context.region}:{context.account_id}:hyper-parameter-tuning-job/"
        tuning = TuningJob(arn + name.lower(), request, context.clock.now())
        problems = tuning_problems(request) or [
            problem
            for at, _ in enumerate(tuning.definitions)
            for problem in problems_of(tuning.trial_request(at))
        ]
        if problems:
            raise JsonRESTError("ValidationException", "; ".join(problems))
        with self._lock:
            if name in self._tunings:
                message = f"A tuning job with this name already exists ({tuning.arn})"
                raise JsonRESTError("ResourceInUse", message)
            self._tunings[name] = tuning
        arguments = (self._run_trial, context.clock.now)
        thread = Thread(target=tuning.run, args=arguments, name=f"tuning-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()
        return {"HyperParameterTuningJobArn": tuning.arn}

    def _run_trial(self, request: dict[str, Any], stop_requested: Event) -> dict[str, Any] | None:
        """Run the job of a trial to its end."""
        if stop_requested.is_set():
            return None
        self._create(request)
        job = self._jobs[request["TrainingJobName"]]
        while not job.has_ended:
            if stop_requested.wait(_LOOK_EVERY_S):
                job.stop_requested.set()
        return job.describe()

    def _describe_tuning(self, request: dict[str, Any]) -> dict[str, Any]:
        return self._tuning(request).describe()

    def _stop_tuning(self, request: dict[str, Any]) -> dict[str, Any]:
        self._tuning(request).stop_requested.set()
        return {}

    def _tuning(self, request: dict[str, Any]) -> TuningJob:
        tuning = self._tunings.get(request["HyperParameterTuningJobName"])
        if tuning is None:
            raise JsonRESTError("ResourceNotFound", "Requested resource not found.")
        return tuning

    def _job(self, request: dict[str, Any]) -> TrainingJob:
        job = self._jobs.get(request["TrainingJobName"])
        if job is None:
            raise JsonRESTError("ValidationException", "Requested resource not found.")
        return job

    def _require_runner(self) -> JobRunner:
        if self._runner is None:
            message = "the bridge of the training jobs is not installed"
            raise RuntimeError(message)
        return self._runner


def _method(answer: Any) -> Any:
    """A method of moto's response class that parses the body and serialises the answer."""

    def respond(self: Any) -> ActionResult:
        return ActionResult(answer(json.loads(self.body or "{}")))

    return respond


def _not_in_moto(self: Any) -> None:
    """Stands where moto has no such call."""
    raise JsonRESTError("NotImplementedError", f"{type(self).__name__} does not know this call")
