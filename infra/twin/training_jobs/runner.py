"""The life of one job: download, train, upload, and the status that says how it went."""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final  # events are JSON documents

from botocore.exceptions import BotoCoreError, ClientError

from infra.twin.bridge import TwinContext
from infra.twin.step_functions.shapes import epoch_milliseconds, operation_model, to_output
from infra.twin.training_jobs.container import Container, MissingDataError
from infra.twin.training_jobs.hosts import JobEnd, run_hosts
from infra.twin.training_jobs.job import TrainingJob
from infra.twin.training_jobs.job_output import JobLog, final_metrics, upload_directory
from infra.twin.training_jobs.process import ProcessEnd, ProcessLimits

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
        root = self.context.state_directory / "training-jobs" / job.name
        try:
            while self._run(job, root):
                shutil.rmtree(root, ignore_errors=True)
                self.move(job, "InProgress", "Starting")
        except MissingDataError as error:
            self.move(job, "Failed", "Failed", f"ClientError: Data download failed: {error}")
        except (ClientError, BotoCoreError, OSError) as error:
            self.move(job, "Failed", "Failed", f"InternalServerError: {error}")
        finally:
            shutil.rmtree(root, ignore_errors=True)

    def move(
        self, job: TrainingJob, status: str, secondary: str, reason: str | None = None
    ) -> None:
        """Change the status and tell EventBridge."""
        job.move_to(status, secondary, self.context.clock.now(), reason=reason)
        shape = operation_model("sagemaker", "DescribeTrainingJob").output_shape
        detail = to_output(job.describe(), shape, epoch_milliseconds)
        self.emit("aws.sagemaker", STATE_CHANGE, detail, [job.arn])

    def _run(self, job: TrainingJob, root: Path) -> bool:
        """Run once; tell whether it was interrupted and must start again."""
        s3 = self.context.clients.client("s3")
        containers = [Container(root / name / "ml", job, at) for at, name in enumerate(job.hosts)]
        self.move(job, "InProgress", "Downloading")
        for container in containers:
            container.prepare()
            container.download(s3)
            container.fetch_checkpoints(s3)
        job.started_at = job.started_at or self.context.clock.now()
        self.move(job, "InProgress", "Training")
        began = int(time.time())
        logs = [
            JobLog(self.context, f"{job.name}/algo-{at + 1}-{began}")
            for at, _ in enumerate(containers)
        ]
        end = self._run_hosts(job, containers, logs)
        for log, container in zip(logs, containers, strict=True):
            log.flush()
            container.keep_checkpoints(s3)
        if job.interrupted.is_set() and not job.stop_requested.is_set():
            job.interrupted.clear()
            self.move(job, "InProgress", "Interrupted")
            return True
        job.ended_at = self.context.clock.now()
        definitions = job.request["AlgorithmSpecification"].get("MetricDefinitions", ())
        job.metrics = final_metrics(definitions, logs[0].lines, job.ended_at)
        self._finish(job, end.container, end.end)
        return False

    def _run_hosts(
        self, job: TrainingJob, containers: Sequence[Container], logs: Sequence[JobLog]
    ) -> JobEnd:
        stopping = job.request["StoppingCondition"]
        return run_hosts(
            containers,
            binaries=self.binaries,
            network=self._network(),
            limits=ProcessLimits(stopping.get("MaxRuntimeInSeconds", _DAY_S), self.grace_s),
            should_stop=lambda: job.stop_requested.is_set() or job.interrupted.is_set(),
            on_line=lambda host, line: logs[host].add(line),
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
