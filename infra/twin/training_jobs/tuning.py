"""Tuning jobs: trials as training jobs, some at a time, with settings drawn from the ranges.

SageMaker's own strategy learns from the trials before; the twin draws at random, with a fixed seed.
The toolkit of the image starts a trial: it unpacks a folder of code and runs one file of it.
"""

import math
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Any, Final  # requests and answers are JSON documents

# Runs the training job of a trial to its end; None when there was none, for it was stopped.
type RunTrial = Callable[[dict[str, Any], Event], Mapping[str, Any] | None]

# What the toolkit does: the code in /opt/ml/code, on the path, and the program run there.
_AS_THE_TOOLKIT: Final = (
    "mkdir -p /opt/ml/code && tar -xzf {code} -C /opt/ml/code && cd /opt/ml/code "
    "&& PYTHONPATH=/opt/ml/code exec python3 {program}"
)
_KEPT: Final = (
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "StoppingCondition",
    "EnableNetworkIsolation",
    "Environment",
)


@dataclass
class TuningJob:
    """The state of one tuning job; only its own thread and a request to stop change it."""

    arn: str
    request: Mapping[str, Any]
    created_at: datetime
    status: str = "InProgress"
    failure_reason: str | None = None
    ended_at: datetime | None = None
    trials: list[dict[str, Any]] = field(default_factory=list)
    stop_requested: Event = field(default_factory=Event)

    @property
    def name(self) -> str:
        """The name that the request gives it."""
        return str(self.request["HyperParameterTuningJobName"])

    @property
    def definitions(self) -> list[Mapping[str, Any]]:
        """What the trials are, of one design or of several in turn."""
        several = self.request.get("TrainingJobDefinitions")
        return list(several) if several else [self.request["TrainingJobDefinition"]]

    @property
    def best(self) -> dict[str, Any] | None:
        """The trial whose objective is best, by the direction of its definition."""
        measured = [one for one in self.trials if _objective(one) is not None]
        return max(measured, key=_goodness, default=None)

    def run(self, run_trial: RunTrial, now: Callable[[], datetime]) -> None:
        """Run all trials to their end; never raises."""
        limits = self.request["HyperParameterTuningJobConfig"]["ResourceLimits"]
        requests = [self.trial_request(at) for at in range(limits["MaxNumberOfTrainingJobs"])]
        with ThreadPoolExecutor(limits["MaxParallelTrainingJobs"]) as pool:
            ended = list(pool.map(lambda one: run_trial(one, self.stop_requested), requests))
        for at, (request, end) in enumerate(zip(requests, ended, strict=True)):
            if end is not None:
                self.trials.append(self._summary(at, request, end))
        self.ended_at = now()
        self.status = "Stopped" if self.stop_requested.is_set() else "Completed"
        if self.status == "Completed" and self.best is None:
            self.status = "Failed"
            first = next((one.get("FailureReason") for one in self.trials), None)
            self.failure_reason = f"All training jobs failed: {first}"

    def trial_request(self, at: int) -> dict[str, Any]:
        """The training job of a trial, by its number."""
        definition = self.definitions[at % len(self.definitions)]
        fixed = definition["StaticHyperParameters"]
        command = _AS_THE_TOOLKIT.format(
            code=fixed["sagemaker_submit_directory"], program=fixed["sagemaker_program"]
        )
        algorithm = {
            **definition["AlgorithmSpecification"],
            "ContainerEntrypoint": ["bash", "-c"],
            "ContainerArguments": [command],
        }
        seed = f"{self.request['HyperParameterTuningJobConfig'].get('RandomSeed', 0)}-{at}"
        return {
            **{name: definition[name] for name in _KEPT if name in definition},
            "TrainingJobName": f"{self.name}-{at + 1:03d}",
            "AlgorithmSpecification": algorithm,
            "HyperParameters": {**fixed, **drawn(definition["HyperParameterRanges"], seed)},
        }

    def describe(self) -> dict[str, Any]:
        """The answer of DescribeHyperParameterTuningJob, without members that have no value."""
        counts = {"Completed": sum(_objective(one) is not None for one in self.trials)}
        answer = {
            **self.request,
            "HyperParameterTuningJobArn": self.arn,
            "HyperParameterTuningJobStatus": self.status,
            "CreationTime": self.created_at,
            "HyperParameterTuningEndTime": self.ended_at,
            "BestTrainingJob": self.best,
            "FailureReason": self.failure_reason,
            "TrainingJobStatusCounters": counts,
            "ObjectiveStatusCounters": {"Succeeded": counts["Completed"]},
        }
        answer.pop("Tags", None)
        return {name: value for name, value in answer.items() if value is not None}

    def _summary(
        self, at: int, request: dict[str, Any], ended: Mapping[str, Any]
    ) -> dict[str, Any]:
        definition = self.definitions[at % len(self.definitions)]
        goal = definition["TuningObjective"]
        names = {
            one["Name"] for ranges in definition["HyperParameterRanges"].values() for one in ranges
        }
        found = [
            one["Value"]
            for one in ended.get("FinalMetricDataList", ())
            if one["MetricName"] == goal["MetricName"]
        ]
        summary = {
            "TrainingJobDefinitionName": definition.get("DefinitionName"),
            "TrainingJobName": request["TrainingJobName"],
            "TrainingJobArn": ended["TrainingJobArn"],
            "CreationTime": ended["CreationTime"],
            "TrainingJobStatus": ended["TrainingJobStatus"],
            "FailureReason": ended.get("FailureReason"),
            "TunedHyperParameters": {
                name: value for name, value in request["HyperParameters"].items() if name in names
            },
        }
        if found and ended["TrainingJobStatus"] == "Completed":
            summary["FinalHyperParameterTuningJobObjectiveMetric"] = {**goal, "Value": found[-1]}
        return {name: value for name, value in summary.items() if value is not None}


def drawn(ranges: Mapping[str, Any], seed: str) -> dict[str, str]:
    """One text per range, drawn as its scale says; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - settings of a model
    found = {}
    for one in ranges.get("IntegerParameterRanges", ()):
        found[one["Name"]] = str(chance.randint(int(one["MinValue"]), int(one["MaxValue"])))
    for one in ranges.get("ContinuousParameterRanges", ()):
        low, high = float(one["MinValue"]), float(one["MaxValue"])
        if one.get("ScalingType") == "Logarithmic":
            value = math.exp(chance.uniform(math.log(low), math.log(high)))
        else:
            value = chance.uniform(low, high)
        found[one["Name"]] = str(value)
    return found


def _objective(trial: Mapping[str, Any]) -> float | None:
    metric = trial.get("FinalHyperParameterTuningJobObjectiveMetric")
    return None if metric is None else float(metric["Value"])


def _goodness(trial: Mapping[str, Any]) -> float:
    metric = trial["FinalHyperParameterTuningJobObjectiveMetric"]
    value = float(metric["Value"])
    return value if metric["Type"] == "Maximize" else -value
