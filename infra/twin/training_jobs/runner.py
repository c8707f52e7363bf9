"""The life of one job: download, train, upload, and the status that says how it went."""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final  # events are JSON documents

from botocore.exceptions import BotoCoreError, ClientError

from infra.twin.bridge import TwinContext
from infra.twin.step_functions.shapes import epoch_milliseconds, operation_model, to_output
from infra.twin.training_jobs.container import Container, MissingDataError
from infra.twin.training_jobs.job import TrainingJob
from infra.twin.training_jobs.job_output import JobLog, final_metrics, upload_directory
from infra.twin.training_jobs.process import ProcessEnd, ProcessLimits, run_process

STATE_CHANGE: Final = "SageMaker Training Job State Change"
_DAY_S: Final = 86_400
type EmitEvent = Callable[[str, str, dict[str, Any], list[str]], None]


@dataclass(frozen=True)
class JobRunner:
    """Runs jobs; ``binaries`` holds the python of the training environment."""

    context: TwinContext
    emit: EmitEvent
    binaries: Path
    grace_s: float

    def run(self, job: TrainingJob) -> None:
        """From the start to one of the final states; never raises."""
        root = self.context.state_directory / "training-jobs" / job.name / "ml"
        container = Container(root, job)
        try:
            self._run(job, container)
        except MissingDataError as error:
            self.move(job, "Failed", "Failed", f"ClientError: Data download failed: {error}")
        except (ClientError, BotoCoreError, OSError) as error:
            self.move(job, "Failed", "Failed", f"InternalServerError: {error}")
        finally:
            shutil.rmtree(root.parent, ignore_errors=True)

    def move(
        self, job: TrainingJob, status: str, secondary: str, reason: str | None = None
    ) -> None:
        """Change the status and tell EventBridge."""
        job.move_to(status, secondary, self.context.clock.now(), reason=reason)
        shape = operation_model("sagemaker", "DescribeTrainingJob").output_shape
        detail = to_output(job.describe(), shape, epoch_milliseconds)
        self.emit("aws.sagemaker", STATE_CHANGE, detail, [job.arn])

    def _run(self, job: TrainingJob, container: Container) -> None:
        s3 = self.context.clients.client("s3")
        container.prepare()
        self.move(job, "InProgress", "Downloading")
        container.download(s3)
        job.started_at = self.context.clock.now()
        self.move(job, "InProgress", "Training")
        log = JobLog(self.context, f"{job.name}/algo-1-{int(time.time())}")
        end = self._run_process(job, container, log)
        log.flush()
        job.ended_at = self.context.clock.now()
        definitions = job.request["AlgorithmSpecification"].get("MetricDefinitions", ())
        job.metrics = final_metrics(definitions, log.lines, job.ended_at)
        self._finish(job, container, end)

    def _run_process(self, job: TrainingJob, container: Container, log: JobLog) -> ProcessEnd:
        stopping = job.request["StoppingCondition"]
        return run_process(
            container.command(),
            directory=container.root,
            environment=container.environment(self.binaries, self._network()),
            limits=ProcessLimits(stopping.get("MaxRuntimeInSeconds", _DAY_S), self.grace_s),
            stop_requested=job.stop_requested,
            on_line=log.add,
        )

    def _finish(self, job: TrainingJob, container: Container, end: ProcessEnd) -> None:
        s3 = self.context.clients.client("s3")
        self.move(job, "InProgress", "Uploading")
        upload_directory(s3, container.root / "output/data", f"{job.output_prefix}/output.tar.gz")
        if end.cut_short is None and end.exit_code != 0:
            text = container.failure_text() or "the process wrote no reason"
            reason = f"AlgorithmError: {text}, exit code: {end.exit_code}"
            self.move(job, "Failed", "Failed", reason)
            return
        upload_directory(s3, container.root / "model", f"{job.output_prefix}/model.tar.gz")
        if end.cut_short is not None:
            self.move(job, "Stopped", end.cut_short)
        else:
            self.move(job, "Completed", "Completed")

    def _network(self) -> Mapping[str, str]:
        """How a job without isolation reaches the twin."""
        return {
            "AWS_ENDPOINT_URL": self.context.endpoint_url,
            "AWS_ACCESS_KEY_ID": "training",
            "AWS_SECRET_ACCESS_KEY": "training",
            "AWS_DEFAULT_REGION": self.context.region,
            "AWS_REGION": self.context.region,
        }
