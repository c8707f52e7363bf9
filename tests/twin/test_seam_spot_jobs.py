"""The seam of spare capacity: what moto never takes away."""

import time
from collections.abc import Iterator
from functools import partial

import pytest
from botocore.exceptions import ClientError

from infra.twin.errors import TwinError
from infra.twin.loop_bridges import loop_bridges
from infra.twin.training_jobs.bridge import TrainingJobsBridge
from tests.twin.loop_harness import Loop, running_loop
from tests.twin.test_seam_training_jobs import FAIL, bucket, model_of, request, run, wait

pytestmark = pytest.mark.twin

COUNTS_STARTS = """
import os, pathlib, time
root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
kept = root / "checkpoints" / "starts.txt"
starts = int(kept.read_text()) + 1 if kept.exists() else 1
kept.write_text(str(starts))
print("start", starts, flush=True)
if starts < 3:
    time.sleep(60)
(root / "model" / "starts.txt").write_text(str(starts))
"""


@pytest.fixture(scope="module")
def spot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Loop, TrainingJobsBridge]]:
    """A twin whose spare capacity can be taken away."""
    bridges = loop_bridges()
    jobs = next(one for one in bridges if isinstance(one, TrainingJobsBridge))
    with running_loop(tmp_path_factory.mktemp("spot"), lambda: bridges) as running:
        yield running, jobs


def test_an_interrupted_spot_job_goes_on_from_its_checkpoints(
    spot: tuple[Loop, TrainingJobsBridge],
) -> None:
    """Twice; its folder is new each time, but for what it kept."""
    loop, jobs = spot
    where = bucket(loop)
    job = request(
        loop,
        COUNTS_STARTS,
        where,
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 120},
        CheckpointConfig={"S3Uri": f"s3://{where}/kept"},
    )
    loop.client("sagemaker").create_training_job(**job)
    for start in (1, 2):
        loop.until(partial(is_training, loop, job["TrainingJobName"]), 30)
        time.sleep(1)  # its first line keeps its number
        jobs.interrupt(job["TrainingJobName"])
        loop.until(partial(has_kept, loop, where, start), 30)
    ended = wait(loop, job["TrainingJobName"])
    statuses = [one["Status"] for one in ended["SecondaryStatusTransitions"]]

    assert ended["TrainingJobStatus"] == "Completed"
    assert model_of(loop, ended)["starts.txt"] == b"3"
    assert statuses.count("Interrupted") == 2


def is_training(loop: Loop, name: str) -> bool:
    """Whether the job's process runs."""
    found = loop.client("sagemaker").describe_training_job(TrainingJobName=name)
    return bool(found["SecondaryStatus"] == "Training")


def has_kept(loop: Loop, where: str, start: int) -> bool:
    """Whether the checkpoints say that the job has started so often."""
    try:
        kept = loop.client("s3").get_object(Bucket=where, Key="kept/starts.txt")
    except ClientError:
        return False
    return int(kept["Body"].read()) == start


def test_only_spare_capacity_can_be_taken_away(spot: tuple[Loop, TrainingJobsBridge]) -> None:
    """A job on demand is not interrupted."""
    loop, jobs = spot
    job = request(loop, FAIL, bucket(loop))
    run(loop, job)

    with pytest.raises(TwinError, match="does not run on spare capacity"):
        jobs.interrupt(job["TrainingJobName"])
