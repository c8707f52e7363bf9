"""Every way through release_model."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.core.exceptions import JsonRESTError
from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from infra.twin.training_jobs.requests import tuning_problems
from loopwright.domain.search_space import SPACES
from loopwright.domain.spec_models import Search, Training
from loopwright.domain.training_plan import plan_training
from tests.fakes.projects import a_record, a_spec
from tests.machines.machine_harness import (
    Breaks,
    Case,
    Interpreter,
    Run,
    World,
    definition,
    transitions,
)

MACHINE = "release_model"
UPLOAD: dict[str, Any] = {
    "trigger": "upload",
    "claim": None,
    "project": None,
    "key": "incoming/employment/2015.csv",
    "version_id": "v1",
    "dataset": None,
    "parents": [],
    "actor": "123456789012",
    "reason": "upload",
}
BY_A_PERSON = {
    **UPLOAD,
    "trigger": "person",
    "claim": "by-ada",
    "project": "employment",
    "key": None,
}
REASON = {"code": "column_missing", "message": "column AGEP is missing"}
EXPECTED = Path(__file__).parents[1] / "expected"
JOB: dict[str, Any] = json.loads((EXPECTED / "job.json").read_text())
PLAN: dict[str, Any] = JOB["plan"]
PREPARED: dict[str, Any] = {
    "outcome": "prepared",
    "project": "employment",
    "spec": "s" * 64,
    "code": "c" * 64,
    "image": "image:1",
    "dataset": "d" * 64,
    "training": PLAN,
    "reasons": [],
}
APPROVED: dict[str, Any] = {
    "outcome": "approved",
    "champion": "old",
    "actor": "decide_promotion",
    "reason": "every gate passed",
    "reasons": [],
}
PROMOTED: dict[str, Any] = {"outcome": "model_promoted", "reasons": []}
MOVED: dict[str, Any] = {"outcome": "champion_moved", "reasons": []}
FAILED_PROBE: dict[str, Any] = {"outcome": "candidate_rejected", "reasons": [REASON]}
FAILS, NO_CAPACITY, TOO_SLOW = "ml.c4.xlarge", "ml.c4.large", "ml.c4.2xlarge"
THROTTLED = "ml.c5.xlarge"
FAILURES = {
    FAILS: "train.py line 3: KeyError",
    NO_CAPACITY: "CapacityError: Unable to provision requested ML compute capacity.",
}
PUBLISHED = {"run": "run-1", "report": "runs/employment/run-1/report.html"}


def prepared(outcome: str) -> dict[str, Any]:
    """What prepare_dataset ends with when it is not prepared."""
    return {**PREPARED, "outcome": outcome, "training": None, "reasons": [REASON]}


def with_plan(**changes: Any) -> dict[str, Any]:
    """A preparation whose training plan differs by these fields."""
    return {**PREPARED, "training": {**PLAN, **changes}}


def spot(types: list[str]) -> dict[str, Any]:
    """A preparation for spare capacity of these types, in their order."""
    return with_plan(instance_types=types, spot=True, max_wait_seconds=7_200)


@pytest.fixture(scope="module", autouse=True)
def _failing_types() -> Iterator[None]:
    """Jobs on three types fail: no capacity, every script breaks, or they are too slow."""
    describe = SageMakerModelBackend.describe_training_job

    def failing(self: Any, training_job_name: str) -> Any:
        answer = describe(self, training_job_name)
        kind = answer["ResourceConfig"].get("InstanceType", "")
        if kind == TOO_SLOW:
            late = {"TrainingJobStatus": "Stopped", "SecondaryStatus": "MaxRuntimeExceeded"}
            return answer | late
        reason = FAILURES.get(kind)
        if reason is None:
            return answer
        return answer | {"TrainingJobStatus": "Failed", "FailureReason": reason}

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SageMakerModelBackend, "describe_training_job", failing)
        yield


@pytest.fixture(scope="module", autouse=True)
def _failing_tuning() -> Iterator[None]:
    """Tuning jobs on the type where every script breaks fail, too."""
    describe = SageMakerModelBackend.describe_hyper_parameter_tuning_job

    def failing(self: Any, hyper_parameter_tuning_job_name: str) -> Any:
        answer = describe(self, hyper_parameter_tuning_job_name)
        resources = answer["TrainingJobDefinitions"][0]["ResourceConfig"]
        if resources["InstanceType"] != FAILS:
            return answer
        return answer | {"HyperParameterTuningJobStatus": "Failed", "FailureReason": "no trial"}

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SageMakerModelBackend, "describe_hyper_parameter_tuning_job", failing)
        yield


def judged(outcome: str) -> dict[str, Any]:
    """What judge_candidate ends with when it does not approve."""
    return {**APPROVED, "outcome": outcome, "reasons": [REASON]}


def case(
    ends: str,
    *,
    prepare: Any = PREPARED,
    judge: Any = APPROVED,
    document: dict[str, Any] = UPLOAD,
    more: dict[str, Any] | None = None,
    **changed: Any,
) -> Case:
    """A case that differs by these answers from an upload that becomes champion."""
    usual = {
        "RegisterModel": [{"model": "m"}],
        "PromoteModel": [PROMOTED],
        "PublishRun": [PUBLISHED],
    }
    children = {"PrepareDataset": prepare, "JudgeCandidate": judge}
    return Case(ends, document, {**usual, **changed}, children, **(more or {}))


def claimed_before(world: World) -> None:
    """Another execution has taken the upload."""
    world.put(pk="CLAIM#incoming/employment/2015.csv#v1", sk="CLAIM", run="another")


SEARCHING = Training(
    estimators=("linear model", "boosted trees", "xgboost"), search=Search(trials=6, parallel=3)
)
TUNING = plan_training(
    a_spec(training=SEARCHING),
    a_record(),
    run="run-1",
    dataset="d",
    uri=lambda key: f"s3://b/{key}",
).model_dump(mode="json")["tuning"]
NO_TABLE = {"missing": frozenset({"CatalogTableName"})}
NO_IMAGE = {**PREPARED, "training": {**PLAN, "image": None, "max_runtime_seconds": None}}
# What the preparation was told to import comes back as the code of the run.
ECHO = {**PREPARED, "code": "{% $string($states.input.imported) %}"}
CASES = {
    "an upload becomes champion": case("ModelPromoted"),
    "a person releases": case("ModelPromoted", document=BY_A_PERSON, prepare=ECHO),
    "a person imports": case(
        "ModelPromoted", document={**BY_A_PERSON, "imported": "a" * 64}, prepare=ECHO
    ),
    "the script is a channel": case(
        "ModelPromoted", prepare={**PREPARED, "training": {**PLAN, "script_uri": "s3://store/c"}}
    ),
    "the event comes twice": case("AlreadyClaimed", more={"before": claimed_before}),
    "nothing is new": case("NothingNew", prepare=prepared("nothing_new")),
    "the dataset is rejected": case("DatasetRejected", prepare=prepared("dataset_rejected")),
    "nothing can be learned": case("Infeasible", prepare=prepared("infeasible")),
    "the candidate is rejected": case("CandidateRejected", judge=judged("candidate_rejected")),
    "a person refuses": case("ApprovalRefused", judge=judged("approval_refused")),
    "nobody decides": case("ApprovalExpired", judge=judged("approval_expired")),
    "the probe fails": case("CandidateRejected", PromoteModel=[FAILED_PROBE]),
    "the champion moves once": case("ModelPromoted", PromoteModel=[MOVED, PROMOTED]),
    "the champion keeps moving": case("ReleaseBroken", PromoteModel=[MOVED, MOVED, MOVED]),
    "the claim breaks": case("ReleaseBroken", more=NO_TABLE),
    "the preparation breaks": case("ReleaseBroken", prepare=Breaks()),
    "the job fails": case("ReleaseBroken", prepare=with_plan(instance_types=[FAILS])),
    "no spot capacity at first": case("ModelPromoted", prepare=spot([NO_CAPACITY, "ml.m5.large"])),
    "no spot capacity at all": case("ReleaseBroken", prepare=spot([NO_CAPACITY, NO_CAPACITY])),
    "the service is throttled once": case(
        "ModelPromoted", prepare=with_plan(instance_types=[THROTTLED])
    ),
    "the job left its best model at the limit": case(
        "ModelPromoted", prepare=with_plan(instance_types=[TOO_SLOW])
    ),
    "the job left nothing at the limit": case(
        "ReleaseBroken",
        prepare=with_plan(instance_types=[TOO_SLOW]),
        RegisterModel=[Breaks("ObjectMissingError")],
    ),
    "a search in parallel": case("ModelPromoted", prepare=with_plan(tuning=TUNING)),
    "every trial fails": case(
        "ReleaseBroken", prepare=with_plan(tuning=TUNING, instance_types=[FAILS])
    ),
    "the training plan is broken": case("ReleaseBroken", prepare=NO_IMAGE),
    "RegisterModel breaks": case("ReleaseBroken", RegisterModel=[Breaks()]),
    "the judgement breaks": case("ReleaseBroken", judge=Breaks()),
    "PromoteModel breaks": case("ReleaseBroken", PromoteModel=[Breaks()]),
    "PublishRun breaks once": case("ReleaseBroken", PublishRun=[Breaks(), PUBLISHED]),
    "PublishRun breaks twice": case("ReleaseBroken", PublishRun=[Breaks(), Breaks()]),
}
OUTCOMES = {
    "ModelPromoted": "model_promoted",
    "AlreadyClaimed": "already_claimed",
    "NothingNew": "nothing_new",
    "DatasetRejected": "dataset_rejected",
    "Infeasible": "infeasible",
    "CandidateRejected": "candidate_rejected",
    "ApprovalRefused": "approval_refused",
    "ApprovalExpired": "approval_expired",
}
REJECTIONS = [name for name, one in CASES.items() if one.ends in OUTCOMES]
BREAKAGES = [name for name, one in CASES.items() if one.ends == "ReleaseBroken"]


def run_of(interpreter: Interpreter, name: str) -> Run:
    """How a case went."""
    return interpreter.run(MACHINE, name, CASES[name])


@pytest.mark.parametrize("name", REJECTIONS)
def test_an_end_that_is_no_failure_succeeds(interpreter: Interpreter, name: str) -> None:
    """The outcome is in the output, whatever it is."""
    run = run_of(interpreter, name)

    assert (run.status, run.last_state) == ("SUCCEEDED", CASES[name].ends)
    assert run.output["outcome"] == OUTCOMES[run.last_state]
    assert run.output["project"] == "employment"


@pytest.mark.parametrize("name", BREAKAGES)
def test_breakage_is_published_and_then_fails(interpreter: Interpreter, name: str) -> None:
    """The project is known from the key before anything has read it."""
    run = run_of(interpreter, name)
    published = run.world.payloads["PublishRun"][-1]

    assert (run.status, run.last_state) == ("FAILED", "ReleaseBroken")
    assert published["outcome"] == "release_broken"
    assert published["error"] == run.error
    assert published["project"] == "employment"
    assert published["run"] == run.execution.rsplit(":", 1)[1]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("RegisterModel breaks", "BrokenError"),
        ("PublishRun breaks twice", "BrokenError"),
        ("the preparation breaks", "States.TaskFailed"),
        ("the training plan is broken", "States.QueryEvaluationError"),
        ("the champion keeps moving", "ChampionKeptMoving"),
        ("the claim breaks", "DynamoDB.ResourceNotFoundException"),
    ],
)
def test_a_failed_execution_keeps_the_first_error(
    interpreter: Interpreter, name: str, error: str
) -> None:
    """It names what to look for."""
    assert run_of(interpreter, name).error == error


def test_the_claim_names_the_key_and_its_version(interpreter: Interpreter) -> None:
    """The same upload delivered twice gives the same claim."""
    run = run_of(interpreter, "an upload becomes champion")

    assert [item["pk"]["S"] for item in run.world.items()] == [
        "CLAIM#incoming/employment/2015.csv#v1"
    ]


def test_a_start_without_claim_or_key_claims_itself(interpreter: Interpreter) -> None:
    """Or the second one from the console would find the first one's claim on nothing."""
    given = {**BY_A_PERSON, "claim": None}
    unclaimed = case("NothingNew", prepare=prepared("nothing_new"), document=given)
    run = interpreter.run(MACHINE, "no claim", unclaimed)

    assert [item["pk"]["S"] for item in run.world.items()] == [f"CLAIM#{run.execution}"]


def test_a_key_without_a_folder_breaks_nothing(interpreter: Interpreter) -> None:
    """A file at the top of the bucket matches the rule too; it names no project."""
    given = {**UPLOAD, "key": "a.csv"}
    at_the_top = case("NothingNew", prepare=prepared("nothing_new"), document=given)

    assert interpreter.run(MACHINE, "no folder", at_the_top).last_state == "NothingNew"


def test_an_upload_that_is_claimed_calls_nothing(interpreter: Interpreter) -> None:
    """Not even the report: the first run makes it."""
    assert run_of(interpreter, "the event comes twice").world.payloads == {}


def test_a_rejection_is_published_with_its_reasons(interpreter: Interpreter) -> None:
    """The report says what to do next."""
    published = run_of(interpreter, "the dataset is rejected").world.payloads["PublishRun"]

    assert [one["outcome"] for one in published] == ["dataset_rejected"]
    assert published[0]["reasons"] == [REASON]


def test_a_moved_champion_is_judged_again_and_expected_then(interpreter: Interpreter) -> None:
    """The write names the champion that the candidate was compared with."""
    promotions = run_of(interpreter, "the champion moves once").world.payloads["PromoteModel"]

    assert [one["champion"] for one in promotions] == ["old", "old"]
    assert promotions[0]["actor"] == "decide_promotion"


def training_job(run: Run) -> dict[str, Any]:
    """The description of the job that a run started."""
    name = run.world.payloads["RegisterModel"][0]["job_name"]
    found: dict[str, Any] = run.world.loop.client("sagemaker").describe_training_job(
        TrainingJobName=name
    )
    return found


def test_the_job_name_fits_what_sagemaker_takes(interpreter: Interpreter) -> None:
    """At most 63 letters, digits and hyphens; never the same name twice."""
    names = [
        run_of(interpreter, name).world.payloads["RegisterModel"][0]["job_name"]
        for name in ("an upload becomes champion", "a person releases")
    ]

    assert all(name.startswith("employment-") and name.endswith("-0") for name in names)
    assert all(len(name) <= 63 for name in names)
    assert len(set(names)) == 2


def test_the_job_is_isolated_and_has_the_channels_of_the_plan(interpreter: Interpreter) -> None:
    """The built-in trainer has no script, so there is no such channel."""
    job = training_job(run_of(interpreter, "an upload becomes champion"))
    channels = {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in job["InputDataConfig"]
    }

    assert job["EnableNetworkIsolation"] is True
    assert channels == {
        "train": PLAN["train_uri"],
        "profile": PLAN["profile_uri"],
        "spec": PLAN["spec_uri"],
        "bundle": PLAN["bundle_uri"],
    }


def test_a_script_of_the_users_is_a_channel(interpreter: Interpreter) -> None:
    """Only then."""
    job = training_job(run_of(interpreter, "the script is a channel"))

    assert [channel["ChannelName"] for channel in job["InputDataConfig"]][-1] == "script"


def test_no_argument_of_the_container_is_longer_than_sagemaker_takes() -> None:
    """256 characters each."""
    arguments = definition(MACHINE)["States"]["TrainModel"]["Arguments"]
    command = arguments["AlgorithmSpecification"]["ContainerArguments"]

    assert all(len(argument) <= 256 for argument in command)


def test_a_failed_job_ends_the_run_with_its_reason(interpreter: Interpreter) -> None:
    """What the script wrote to the failure file is the cause that people read."""
    run = run_of(interpreter, "the job fails")

    assert run.error == "States.TaskFailed"
    assert "train.py line 3: KeyError" in run.world.payloads["PublishRun"][0]["cause"]


def test_a_spot_job_without_capacity_goes_on_with_the_next_type(interpreter: Interpreter) -> None:
    """One type at a time, waiting included, its checkpoints in the same place."""
    job = training_job(run_of(interpreter, "no spot capacity at first"))

    assert job["ResourceConfig"]["InstanceType"] == "ml.m5.large"
    assert job["EnableManagedSpotTraining"] is True
    assert job["StoppingCondition"] == {
        "MaxRuntimeInSeconds": 3600,
        "MaxWaitTimeInSeconds": 7200,
    }
    assert job["CheckpointConfig"]["S3Uri"] == PLAN["output_uri"] + "/checkpoints"


def test_without_any_capacity_the_run_breaks_and_says_so(interpreter: Interpreter) -> None:
    """After the last type of the spec."""
    run = run_of(interpreter, "no spot capacity at all")

    assert "CapacityError" in run.world.payloads["PublishRun"][0]["cause"]


def test_a_throttled_request_is_made_again_under_another_name(interpreter: Interpreter) -> None:
    """A name is never used twice, even where the first request was lost."""
    run = run_of(interpreter, "the service is throttled once")

    assert run.world.payloads["RegisterModel"][0]["job_name"].endswith("-1")


def test_a_job_at_its_time_limit_is_judged_by_what_it_left(interpreter: Interpreter) -> None:
    """By the name and the archive of the job that was stopped; without one the limit is told."""
    left = run_of(interpreter, "the job left its best model at the limit").world.payloads
    nothing = run_of(interpreter, "the job left nothing at the limit").world.payloads

    assert left["RegisterModel"][0]["job_name"] in left["RegisterModel"][0]["artifact_uri"]
    assert "MaxRuntimeExceeded" in nothing["PublishRun"][0]["cause"]
    assert nothing["PublishRun"][0]["error"] == "States.TaskFailed"


def test_several_types_on_demand_are_left_to_sagemaker(interpreter: Interpreter) -> None:
    """A list of preferences, in the order of the spec, instead of one type."""
    types = ["ml.m5.large", "ml.m6i.large"]
    job = training_job(
        interpreter.run(
            MACHINE, "several types", case("ModelPromoted", prepare=with_plan(instance_types=types))
        )
    )

    assert job["ResourceConfig"] == {
        "InstancePreferences": [{"InstanceType": one, "InstanceCount": 1} for one in types],
        "VolumeSizeInGB": 30,
    }


REQUESTS: dict[str, dict[str, Any]] = {}
TUNING_REQUESTS: list[dict[str, Any]] = []


@pytest.fixture(scope="module", autouse=True)
def _kept_requests() -> Iterator[None]:
    """Keep what is sent to SageMaker by the name of the job."""
    create = SageMakerResponse.create_training_job

    def keeping(self: Any) -> Any:
        request = json.loads(self.body)
        kind = request["ResourceConfig"].get("InstanceType")
        if kind == THROTTLED and request["TrainingJobName"].endswith("-0"):
            raise JsonRESTError("ThrottlingException", "Rate exceeded")
        REQUESTS[request["TrainingJobName"]] = request
        return create(self)

    tune = SageMakerResponse.create_hyper_parameter_tuning_job

    def keeping_tuning(self: Any) -> Any:
        TUNING_REQUESTS.append(json.loads(self.body))
        return tune(self)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SageMakerResponse, "create_training_job", keeping)
        patched.setattr(SageMakerResponse, "create_hyper_parameter_tuning_job", keeping_tuning)
        yield


@pytest.mark.parametrize("kind", ["on demand", "spot"])
def test_the_request_is_the_one_of_sagemakers_sdk(interpreter: Interpreter, kind: str) -> None:
    """ModelTrainer's for the same job; only how the container starts, and the name, are ours."""
    expected = json.loads((EXPECTED / "sdk_training_request.json").read_text())[kind]
    plan = {"on demand": PREPARED, "spot": spot(PLAN["instance_types"])}[kind]
    run = interpreter.run(MACHINE, f"the request, {kind}", case("ModelPromoted", prepare=plan))
    sent = dict(REQUESTS[run.world.payloads["RegisterModel"][0]["job_name"]])
    algorithm = dict(sent["AlgorithmSpecification"])
    run_id = run.world.payloads["RegisterModel"][0]["run"]
    for tag in expected["Tags"]:
        tag["Value"] = run_id if tag["Key"] == "loopwright:run" else tag["Value"]

    assert [algorithm.pop("ContainerEntrypoint"), len(algorithm.pop("ContainerArguments"))] == [
        ["bash", "-c"],
        1,
    ]
    assert sent | {"AlgorithmSpecification": algorithm, "TrainingJobName": ""} == expected | {
        "TrainingJobName": ""
    }


def test_a_search_in_parallel_is_a_tuning_job_that_sagemaker_takes(
    interpreter: Interpreter,
) -> None:
    """One definition per design that has settings; limits, direction and data of the run."""
    run_of(interpreter, "a search in parallel")
    request = next(
        one
        for one in TUNING_REQUESTS
        if one["TrainingJobDefinitions"][0]["ResourceConfig"]["InstanceType"] != FAILS
    )
    definitions = request["TrainingJobDefinitions"]
    limits = request["HyperParameterTuningJobConfig"]["ResourceLimits"]
    trees = definitions[0]["HyperParameterRanges"]

    assert tuning_problems(request) == []
    assert len(request["HyperParameterTuningJobName"]) <= 32
    assert [one["DefinitionName"] for one in definitions] == ["boosted-trees", "xgboost"]
    assert [one["StaticHyperParameters"]["trial"] for one in definitions] == [
        "boosted trees",
        "xgboost",
    ]
    assert limits == {
        "MaxNumberOfTrainingJobs": 6,
        "MaxParallelTrainingJobs": 3,
    }
    assert definitions[0]["TuningObjective"] == {"Type": "Maximize", "MetricName": "objective"}
    assert {one["Name"] for ranges in trees.values() for one in ranges} == {
        *SPACES["boosted trees"]
    }
    assert [one["ChannelName"] for one in definitions[0]["InputDataConfig"]] == [
        "train",
        "spec",
        "bundle",
    ]


def test_the_best_settings_go_to_the_training_job(interpreter: Interpreter) -> None:
    """As one more hyperparameter; without a search there is none."""
    found = training_job(run_of(interpreter, "a search in parallel"))["HyperParameters"]
    usual = training_job(run_of(interpreter, "an upload becomes champion"))["HyperParameters"]
    broken = run_of(interpreter, "every trial fails").world.payloads["PublishRun"][0]

    assert usual == PLAN["hyperparameters"]
    assert found == usual | {"settings": found["settings"]}
    assert {*json.loads(found["settings"])} == {"design", "parameters"}
    assert "no trial" in broken["cause"]


def test_several_hosts_share_the_parts_and_nothing_else(interpreter: Interpreter) -> None:
    """Alone, a host gets everything."""
    shared = case("ModelPromoted", prepare=with_plan(instance_count=3))
    jobs = [
        training_job(one)
        for one in (
            run_of(interpreter, "an upload becomes champion"),
            interpreter.run(MACHINE, "three hosts", shared),
        )
    ]
    spread = [
        [c["DataSource"]["S3DataSource"]["S3DataDistributionType"] for c in job["InputDataConfig"]]
        for job in jobs
    ]

    assert spread == [["FullyReplicated"] * 4, ["ShardedByS3Key"] + ["FullyReplicated"] * 3]
    assert [job["ResourceConfig"]["InstanceCount"] for job in jobs] == [1, 3]


def test_only_an_import_is_handed_on_as_one(interpreter: Interpreter) -> None:
    """A release, an upload and a retraining name none."""
    codes = [
        run_of(interpreter, name).world.payloads["RegisterModel"][0]["code"]
        for name in ("a person releases", "a person imports")
    ]

    assert codes == ["null", "a" * 64]


def test_every_transition_is_taken(interpreter: Interpreter) -> None:
    """No branch and no Catch of the deployed file is left untried."""
    assert interpreter.steps(MACHINE, CASES) == transitions(definition(MACHINE)["States"])
