"""A training job and the answers that describe it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Any, Final  # requests and answers are JSON documents

_ECHOED: Final = (
    "TrainingJobName",
    "HyperParameters",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "StoppingCondition",
    "VpcConfig",
    "CheckpointConfig",
    "Environment",
    "AlgorithmSpecification",
)
_SUMMARY: Final = frozenset(
    {
        "TrainingJobName",
        "TrainingJobArn",
        "CreationTime",
        "TrainingEndTime",
        "LastModifiedTime",
        "TrainingJobStatus",
        "SecondaryStatus",
    }
)
_MESSAGES: Final = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading the training data",
    "Training": "Training in progress",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "Stopped": "Training job stopped",
    "Interrupted": "Training job interrupted: its spare capacity is needed elsewhere",
}
_ENDED: Final = frozenset({"Completed", "Failed", "Stopped"})
_MOST_REASON: Final = 1024


@dataclass
class TrainingJob:
    """The state of one job; only its own thread and StopTrainingJob change it."""

    arn: str
    request: Mapping[str, Any]
    created_at: datetime
    status: str = "InProgress"
    secondary_status: str = "Starting"
    failure_reason: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    modified_at: datetime | None = None
    metrics: list[dict[str, Any]] = field(default_factory=list)
    transitions: list[dict[str, Any]] = field(default_factory=list)
    stop_requested: Event = field(default_factory=Event)
    interrupted: Event = field(default_factory=Event)

    @property
    def name(self) -> str:
        """The name that the request gives it."""
        return str(self.request["TrainingJobName"])

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names of its hosts. Several are addresses of this machine: they must find each other."""
        resources = self.request["ResourceConfig"]
        chosen = (resources.get("InstancePreferences") or [resources])[0]
        count = int(chosen.get("InstanceCount", 1))
        return ("algo-1",) if count == 1 else tuple(f"127.0.0.{host + 1}" for host in range(count))

    @property
    def checkpoints(self) -> str | None:
        """Where its checkpoints are kept: an S3 URI, if anywhere."""
        kept = self.request.get("CheckpointConfig")
        return None if kept is None else str(kept["S3Uri"])

    @property
    def has_ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in _ENDED

    @property
    def output_prefix(self) -> str:
        """Where its artifacts go: an S3 URI without a slash at the end."""
        path = str(self.request["OutputDataConfig"]["S3OutputPath"]).rstrip("/")
        return f"{path}/{self.name}/output"

    def move_to(
        self, status: str, secondary: str, at: datetime, *, reason: str | None = None
    ) -> None:
        """Enter a status; the transition before ends."""
        if self.transitions:
            self.transitions[-1].setdefault("EndTime", at)
        message = (reason or _MESSAGES.get(secondary, ""))[:_MOST_REASON]
        self.transitions.append({"Status": secondary, "StartTime": at, "StatusMessage": message})
        self.secondary_status, self.modified_at = secondary, at
        self.failure_reason = message if status == "Failed" else None
        self.status = status

    def describe(self) -> dict[str, Any]:
        """The answer of DescribeTrainingJob, without the members that have no value."""
        spot = bool(self.request.get("EnableManagedSpotTraining"))
        answer = {
            **{name: self.request[name] for name in _ECHOED if name in self.request},
            "TrainingJobArn": self.arn,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary_status,
            "FailureReason": self.failure_reason,
            "ModelArtifacts": {"S3ModelArtifacts": f"{self.output_prefix}/model.tar.gz"},
            "CreationTime": self.created_at,
            "TrainingStartTime": self.started_at,
            "TrainingEndTime": self.ended_at,
            "LastModifiedTime": self.modified_at or self.created_at,
            "SecondaryStatusTransitions": self.transitions,
            "FinalMetricDataList": self.metrics or None,
            "EnableNetworkIsolation": bool(self.request.get("EnableNetworkIsolation")),
            "EnableManagedSpotTraining": spot,
            "TrainingTimeInSeconds": self._seconds(),
            "BillableTimeInSeconds": self._seconds(),
        }
        return {name: value for name, value in answer.items() if value is not None}

    def summary(self) -> dict[str, Any]:
        """The entry of ListTrainingJobs."""
        return {name: value for name, value in self.describe().items() if name in _SUMMARY}

    def _seconds(self) -> int | None:
        if self.started_at is None or self.ended_at is None:
            return None
        return max(math.ceil((self.ended_at - self.started_at).total_seconds()), 1)
