"""The seam of SageMaker training: jobs that run, fail, run out of time and are stopped."""

import contextlib
import io
import json
import tarfile
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.twin.loop_harness import ROLE_ARN, Loop

pytestmark = pytest.mark.twin

TRAIN = """
import json, os, pathlib, sys
root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
parameters = json.loads((root / "input/config/hyperparameters.json").read_text())
rows = (root / "input/data/train/part.csv").read_text().split()
(root / "model/answer.json").write_text(json.dumps({
    "rows": len(rows), "parameters": parameters, "python": sys.version_info[:2],
    "job": os.environ["TRAINING_JOB_NAME"], "endpoint": os.environ.get("AWS_ENDPOINT_URL")}))
(root / "output/data/note.txt").write_text("note")
print("accuracy=0.5")
print("accuracy=0.75")
"""
FAIL = """
import os, pathlib
(pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"]) / "output/failure").write_text("row 3: no target")
raise SystemExit(1)
"""
NEVER_ENDS = """
import os, pathlib, signal, sys, time
root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
def finish(*_):
    (root / "model/partial.txt").write_text("saved")
    sys.exit(0)
signal.signal(signal.SIGTERM, finish)
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""


def bucket(loop: Loop) -> str:
    """A bucket with two rows of training data."""
    name = loop.unique("bucket")
    location = {"LocationConstraint": loop.context.region}
    loop.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=location)
    loop.client("s3").put_object(Bucket=name, Key="data/train/part.csv", Body=b"1\n2\n")
    return name


def channel(name: str, uri: str) -> dict[str, Any]:
    """An input of a job."""
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": uri,
        "S3DataDistributionType": "FullyReplicated",
    }
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def request(loop: Loop, script: str, where: str, **changes: Any) -> dict[str, Any]:
    """A request that runs this script through ``exec``, as ours do."""
    name = loop.unique("job")
    with contextlib.suppress(loop.client("s3").exceptions.NoSuchBucket):
        loop.client("s3").put_object(Bucket=where, Key=f"{name}/train.py", Body=script.encode())
    return {
        "TrainingJobName": name,
        "RoleArn": ROLE_ARN,
        "AlgorithmSpecification": {
            "TrainingImage": "image",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["bash", "-c"],
            "ContainerArguments": ["exec python3 /opt/ml/input/data/script/train.py"],
            "MetricDefinitions": [{"Name": "accuracy", "Regex": "accuracy=([0-9.]+)"}],
        },
        "HyperParameters": {"depth": "3"},
        "InputDataConfig": [
            channel("train", f"s3://{where}/data/train/"),
            channel("script", f"s3://{where}/{name}/train.py"),
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{where}/jobs"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "EnableNetworkIsolation": True,
        **changes,
    }


def run(loop: Loop, job: dict[str, Any], *, within_s: float = 30) -> dict[str, Any]:
    """Create a job and describe its end."""
    loop.client("sagemaker").create_training_job(**job)
    return wait(loop, job["TrainingJobName"], within_s=within_s)


def wait(loop: Loop, name: str, *, within_s: float = 30) -> dict[str, Any]:
    """The description of a job that ended."""

    def describe() -> dict[str, Any]:
        found: dict[str, Any] = loop.client("sagemaker").describe_training_job(TrainingJobName=name)
        return found

    loop.until(
        lambda: describe()["TrainingJobStatus"] in {"Completed", "Failed", "Stopped"}, within_s
    )
    return describe()


def model_of(loop: Loop, described: dict[str, Any]) -> dict[str, bytes]:
    """The files of the model archive."""
    uri = described["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://")
    name, _, key = uri.partition("/")
    body = loop.client("s3").get_object(Bucket=name, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        files = {member.name: archive.extractfile(member) for member in archive.getmembers()}
        return {name: file.read() for name, file in files.items() if file is not None}


def test_a_job_trains_in_the_training_environment_and_its_model_is_stored(loop: Loop) -> None:
    """moto calls it completed before anything ran, and stores nothing."""
    where = bucket(loop)
    job = request(loop, TRAIN, where)
    ended = run(loop, job)
    answer = json.loads(model_of(loop, ended)["answer.json"])
    output_key = f"jobs/{job['TrainingJobName']}/output/output.tar.gz"
    logged = loop.client("logs").filter_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=job["TrainingJobName"]
    )

    assert ended["TrainingJobStatus"] == "Completed"
    assert answer["rows"] == 2
    assert answer["parameters"] == {"depth": "3"}
    assert answer["python"] == [3, 12]
    assert answer["endpoint"] is None
    assert ended["FinalMetricDataList"][0]["Value"] == 0.75
    assert ended["BillableTimeInSeconds"] >= 1
    assert [event["message"] for event in logged["events"]][-1] == "accuracy=0.75"
    assert loop.client("s3").head_object(Bucket=where, Key=output_key)["ContentLength"] > 0


SHARES = """
import json, os, sys, time
from pathlib import Path
base = Path(os.environ["SAGEMAKER_BASE_DIR"])
config = json.loads((base / "input/config/resourceconfig.json").read_text())
rank = config["hosts"].index(config["current_host"])
mine = sorted(path.name for path in (base / "input/data/train").iterdir())
all_of = sorted(path.name for path in (base / "input/data/script").iterdir())
print(rank, mine, all_of, flush=True)
if os.environ.get("FAILS") == str(rank):
    (base / "output").mkdir(exist_ok=True)
    (base / "output/failure").write_text(f"host {rank} has had enough")
    sys.exit(1)
if os.environ.get("FAILS"):
    time.sleep(60)
if rank == 0:
    (base / "model" / "said.json").write_text(json.dumps([mine, config["hosts"]]))
"""


def on_three_hosts(loop: Loop, where: str, **changes: Any) -> dict[str, Any]:
    """A request for three hosts that share five objects."""
    for name in "abcde":
        loop.client("s3").put_object(Bucket=where, Key=f"shared/{name}", Body=name.encode())
    job = request(loop, SHARES, where, **changes)
    sharded = channel("train", f"s3://{where}/shared/")
    sharded["DataSource"]["S3DataSource"]["S3DataDistributionType"] = "ShardedByS3Key"
    job["InputDataConfig"][0] = sharded
    job["ResourceConfig"]["InstanceCount"] = 3
    return job


def test_the_hosts_of_a_job_share_the_objects_of_a_channel(loop: Loop) -> None:
    """Each has its own process, log and objects; the first host's model is stored."""
    job = on_three_hosts(loop, bucket(loop))
    ended = run(loop, job)
    group, logs = {"logGroupName": "/aws/sagemaker/TrainingJobs"}, loop.client("logs")
    streams = logs.describe_log_streams(**group, logStreamNamePrefix=f"{job['TrainingJobName']}/")
    events = [
        logs.get_log_events(**group, logStreamName=stream["logStreamName"])["events"]
        for stream in streams["logStreams"]
    ]

    assert ended["TrainingJobStatus"] == "Completed"
    assert json.loads(model_of(loop, ended)["said.json"]) == [
        ["a", "d"],
        ["127.0.0.1", "127.0.0.2", "127.0.0.3"],
    ]
    assert sorted([one["message"] for one in stream] for stream in events) == [
        ["0 ['a', 'd'] ['train.py']"],
        ["1 ['b', 'e'] ['train.py']"],
        ["2 ['c'] ['train.py']"],
    ]


def test_a_host_that_fails_stops_the_others_and_gives_the_reason(loop: Loop) -> None:
    """The others would wait for it for a minute."""
    ended = run(loop, on_three_hosts(loop, bucket(loop), Environment={"FAILS": "1"}))

    assert ended["TrainingJobStatus"] == "Failed"
    assert "AlgorithmError: host 1 has had enough" in ended["FailureReason"]


def test_the_reason_of_a_failed_job_is_what_the_job_wrote(loop: Loop) -> None:
    """Its failure file, prefixed as SageMaker does."""
    ended = run(loop, request(loop, FAIL, bucket(loop)))

    assert ended["TrainingJobStatus"] == "Failed"
    assert ended["FailureReason"] == "AlgorithmError: row 3: no target, exit code: 1"


def test_a_channel_without_data_fails_the_job(loop: Loop) -> None:
    """With the prefix in the reason."""
    where = bucket(loop)
    loop.client("s3").delete_object(Bucket=where, Key="data/train/part.csv")
    ended = run(loop, request(loop, TRAIN, where))

    assert ended["TrainingJobStatus"] == "Failed"
    assert f"s3://{where}/data/train/" in ended["FailureReason"]


def test_a_job_that_never_ends_is_told_to_stop_and_may_save_what_it_has(loop: Loop) -> None:
    """SIGTERM reaches the script, because the shell replaced itself by it."""
    stopping = {"MaxRuntimeInSeconds": 2}
    ended = run(loop, request(loop, NEVER_ENDS, bucket(loop), StoppingCondition=stopping))

    assert ended["TrainingJobStatus"] == "Stopped"
    assert ended["SecondaryStatus"] == "MaxRuntimeExceeded"
    assert model_of(loop, ended) == {"partial.txt": b"saved"}


def test_a_job_can_be_stopped(loop: Loop) -> None:
    """moto does not know the call."""
    job = request(loop, NEVER_ENDS, bucket(loop))
    loop.client("sagemaker").create_training_job(**job)
    loop.client("sagemaker").stop_training_job(TrainingJobName=job["TrainingJobName"])
    ended = wait(loop, job["TrainingJobName"])

    assert ended["TrainingJobStatus"] == "Stopped"


def test_a_name_can_be_used_once(loop: Loop) -> None:
    """moto accepts it twice."""
    job = request(loop, FAIL, bucket(loop))
    run(loop, job)
    with pytest.raises(ClientError) as refused:
        loop.client("sagemaker").create_training_job(**job)

    assert refused.value.response["Error"]["Code"] == "ResourceInUse"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"TrainingJobName": "under_score"}, "TrainingJobName"),
        ({"TrainingJobName": "x" * 64}, "TrainingJobName"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 9, "MaxWaitTimeInSeconds": 8}}, "MaxWait"),
        (
            {
                "EnableManagedSpotTraining": True,
                "StoppingCondition": {"MaxRuntimeInSeconds": 9, "MaxWaitTimeInSeconds": 8},
            },
            "must not be below",
        ),
        ({"EnableManagedSpotTraining": True}, "MaxWaitTimeInSeconds is required"),
        ({"ResourceConfig": {"InstanceType": "ml.nope", "InstanceCount": 1}}, "enum"),
        ({"ResourceConfig": {"VolumeSizeInGB": 1}}, "exactly one of"),
        ({"Environment": {"1BAD": "x"}}, "Environment"),
        ({"ResourceConfig": {"InstanceType": "ml.m5.large"}}, "InstanceCount"),
        ({"StoppingCondition": {}}, "'StoppingCondition' is required"),
        ({"HyperParameters": {f"h{n}": "x" for n in range(101)}}, "101 members"),
        ({"HyperParameters": {"a": "x" * 2501}}, "2500"),
    ],
)
def test_what_sagemaker_refuses_is_refused(
    loop: Loop, changes: dict[str, Any], message: str
) -> None:
    """By botocore's model, and by the rules that only SageMaker knows."""
    job = request(loop, FAIL, "bucket-of-nobody", **changes)
    with pytest.raises(ClientError, match=message) as refused:
        unchecked_client(loop).create_training_job(**job)

    assert refused.value.response["Error"]["Code"] == "ValidationException"


def unchecked_client(loop: Loop) -> Any:
    """A client that sends what it is given, as Step Functions does."""
    return boto3.client(
        "sagemaker",
        endpoint_url=loop.context.endpoint_url,
        region_name=loop.context.region,
        aws_access_key_id="ak",
        aws_secret_access_key="sk",
        config=Config(parameter_validation=False),
    )


def test_the_end_of_a_job_cannot_be_stopped_and_an_unknown_job_not_described(loop: Loop) -> None:
    """Both are refused, as SageMaker does."""
    job = request(loop, FAIL, bucket(loop))
    run(loop, job)
    with pytest.raises(ClientError, match="Failed"):
        loop.client("sagemaker").stop_training_job(TrainingJobName=job["TrainingJobName"])
    with pytest.raises(ClientError, match="not found"):
        loop.client("sagemaker").describe_training_job(TrainingJobName="nobody")


def test_every_change_of_status_is_an_event(loop: Loop) -> None:
    """From Starting to the end."""
    url, arn = loop.queue()
    job = request(loop, FAIL, bucket(loop))
    pattern = {"source": ["aws.sagemaker"], "detail": {"TrainingJobName": [job["TrainingJobName"]]}}
    loop.rule(target={"Arn": arn}, EventPattern=json.dumps(pattern))
    run(loop, job)
    loop.settle()
    details = [json.loads(message["Body"])["detail"] for message in loop.messages(url)]

    assert {detail["SecondaryStatus"] for detail in details} == {
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Failed",
    }


def machine_for(job: dict[str, Any], *, action: str = "createTrainingJob") -> dict[str, Any]:
    """A machine that runs a job and catches its failure."""
    catch = {"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}
    return {
        "StartAt": "Train",
        "States": {
            "Train": {
                "Type": "Task",
                "Resource": f"arn:aws:states:::sagemaker:{action}.sync",
                "Arguments": job,
                "Catch": [{**catch, "Output": "{% $states.errorOutput %}"}],
                "End": True,
            },
            "Caught": {"Type": "Pass", "End": True},
        },
    }


def test_a_machine_waits_for_its_job_and_gets_its_description(loop: Loop) -> None:
    """moto refuses the integration."""
    ended = loop.run(machine_for(request(loop, TRAIN, bucket(loop))))

    assert ended["output"]["TrainingJobStatus"] == "Completed"
    assert ended["output"]["ModelArtifacts"]["S3ModelArtifacts"].endswith("/output/model.tar.gz")


def test_a_failed_job_fails_the_task_with_its_description_as_the_cause(loop: Loop) -> None:
    """The reason is found by the run's report."""
    ended = loop.run(machine_for(request(loop, FAIL, bucket(loop))))
    cause = json.loads(ended["output"]["Cause"])

    assert ended["output"]["Error"] == "States.TaskFailed"
    assert cause["FailureReason"].startswith("AlgorithmError: row 3")


def test_a_stopped_execution_stops_its_job(loop: Loop) -> None:
    """Nobody would wait for it."""
    job = request(loop, NEVER_ENDS, bucket(loop))
    execution = loop.start(loop.machine(machine_for(job)))
    sagemaker = loop.client("sagemaker")
    names = {"NameContains": job["TrainingJobName"]}
    loop.until(lambda: bool(sagemaker.list_training_jobs(**names)["TrainingJobSummaries"]))
    loop.client("stepfunctions").stop_execution(executionArn=execution)
    ended = wait(loop, job["TrainingJobName"])

    assert ended["TrainingJobStatus"] == "Stopped"
