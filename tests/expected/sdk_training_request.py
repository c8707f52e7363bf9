"""Write the CreateTrainingJob request that SageMaker's own SDK builds for a job like ours.

`make sdk-request` runs this in the SDK's environment (requirements/peers/sagemaker.txt). No call
leaves the machine: every operation of a client is answered here, and the one request is kept.
"""

import json
import os
from pathlib import Path
from typing import Any

os.environ |= {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
    "SAGEMAKER_TELEMETRY_OPT_OUT": "true",
}

import boto3
from botocore.client import BaseClient
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.shapes import CheckpointConfig, OutputDataConfig, StoppingCondition, Tag
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, Networking

JOB = json.loads(Path(__file__).with_name("job.json").read_text())
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
ANSWERS: dict[str, dict[str, Any]] = {
    "GetRole": {"Role": {"Arn": JOB["role"], "AssumeRolePolicyDocument": TRUST}},
    "GetCallerIdentity": {"Account": "111122223333", "Arn": JOB["role"]},
    "SimulatePrincipalPolicy": {"EvaluationResults": []},
    "DescribeTrainingJob": {"TrainingJobName": "job", "TrainingJobStatus": "Stopped"},
}
KEPT = Path(__file__).with_name("sdk_training_request.json")


def main() -> None:
    """Build the request twice, on demand and for spare capacity, and keep both."""
    requests = {name: request(spot=name == "spot") for name in ("on demand", "spot")}
    KEPT.write_text(json.dumps(requests, indent=2, sort_keys=True, default=str) + "\n")


def request(*, spot: bool) -> dict[str, Any]:
    """Return what the SDK sends for the job."""
    sent: dict[str, Any] = {}

    def answer(_client: Any, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if operation == "CreateTrainingJob":
            sent.update(parameters)
            return {"TrainingJobArn": "arn:aws:sagemaker:us-east-1:1:training-job/job"}
        return ANSWERS.get(operation, {})

    BaseClient._make_api_call = answer
    plan = JOB["plan"]
    waiting = {"max_wait_time_in_seconds": plan["max_wait_seconds"]} if spot else {}
    trainer = ModelTrainer(
        sagemaker_session=Session(boto3.Session(region_name="us-east-1")),
        training_image=plan["image"],
        role=JOB["role"],
        base_job_name="job",
        compute=Compute(
            instance_type=plan["instance_types"][0],
            instance_count=plan["instance_count"],
            volume_size_in_gb=plan["volume_gib"],
            enable_managed_spot_training=spot,
        ),
        networking=Networking(enable_network_isolation=True),
        stopping_condition=StoppingCondition(
            max_runtime_in_seconds=plan["max_runtime_seconds"], **waiting
        ),
        output_data_config=OutputDataConfig(s3_output_path=plan["output_uri"]),
        checkpoint_config=CheckpointConfig(s3_uri=plan["output_uri"] + "/checkpoints"),
        hyperparameters=plan["hyperparameters"],
        environment={"PYTHONUNBUFFERED": "1"},
        tags=[Tag(key=key, value=value) for key, value in JOB["tags"].items()],
    )
    channels = ("train", "profile", "spec", "bundle")
    trainer.train(
        [InputData(channel_name=name, data_source=plan[f"{name}_uri"]) for name in channels],
        wait=False,
        logs=False,
    )
    return sent


if __name__ == "__main__":
    main()
