"""A job on several hosts, as the deployed machine asks for it: XGBoost fits one model on all."""

from pathlib import Path

import duckdb
import pytest
import yaml

from cli.projects import BUNDLE_FILE
from loopwright.domain.package import Card
from loopwright.domain.spec_models import Training
from tests.integration.training.job_folder import ROOT, Job, spec
from tests.twin.loop_harness import ROLE_ARN, Loop
from tests.twin.test_seam_training_jobs import bucket, channel, model_of, run

pytestmark = pytest.mark.twin

MACHINE = ROOT / "statemachines" / "release_model.asl.yaml"


def uploaded(loop: Loop, laid: Job, folder: Path) -> str:
    """The channels of a job in a bucket, its rows in two parts; the address of their folder."""
    where, s3 = bucket(loop), loop.client("s3")
    files = {
        f"spec/{laid.digest}.json": laid.spec_file,
        "profile/profile.json": laid.base / "input" / "data" / "profile" / "profile.json",
        "bundle/bundle.tar.gz": BUNDLE_FILE,
    }
    for share in (0, 1):
        part = folder / f"part-{share}.parquet"
        duckdb.read_parquet(str(laid.part)).filter(f"id % 2 = {share}").write_parquet(str(part))
        files[f"train/{part.name}"] = part
    for key, path in files.items():
        s3.upload_file(str(path), where, f"together/{key}")
    return f"s3://{where}/together"


def test_the_hosts_of_a_job_fit_one_model_together(loop: Loop, tmp_path: Path) -> None:
    """Two processes with the bundle, a part each; the first one's package is stored."""
    laid = Job(tmp_path, spec(training=Training(estimators=("xgboost",), instances=2)))
    place = uploaded(loop, laid, tmp_path)
    algorithm = yaml.safe_load(MACHINE.read_text())["States"]["TrainModel"]["Arguments"]
    inputs = [channel(name, f"{place}/{name}/") for name in ("train", "profile", "spec", "bundle")]
    inputs[0]["DataSource"]["S3DataSource"]["S3DataDistributionType"] = "ShardedByS3Key"
    ended = run(
        loop,
        {
            "TrainingJobName": loop.unique("together"),
            "RoleArn": ROLE_ARN,
            "AlgorithmSpecification": algorithm["AlgorithmSpecification"]
            | {"TrainingImage": "image"},
            "HyperParameters": laid.origin.model_dump(),
            "InputDataConfig": inputs,
            "OutputDataConfig": {"S3OutputPath": f"{place}/jobs"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 2,
                "VolumeSizeInGB": 10,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 120},
            "EnableNetworkIsolation": True,
        },
        within_s=120,
    )
    card = Card.model_validate_json(model_of(loop, ended)["card.json"])

    assert ended["TrainingJobStatus"] == "Completed", ended.get("FailureReason")
    assert card.training_rows == 1_200
    assert [one.name for one in card.tried] == ["xgboost"]
