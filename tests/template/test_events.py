"""Which event starts what, with which input, and what becomes of one that cannot be delivered."""

import json
import re
from typing import Any

import pytest
from moto.events.models import EventPattern

from infra.twin.event_inputs import target_input
from tests.template.stack import ROOT, deployed, machines, resources

EVENTS = ROOT / "tests" / "events"
RULES = resources("AWS::Events::Rule")
TARGETS = [(rule, target) for rule, one in RULES.items() for target in one["Targets"]]
# The prefixes of the store, and of what Lambda keeps there for us.
PREFIXES = {
    "incoming",
    "assembled",
    "staging",
    "labels",
    "labels-reports",
    "projects",
    "bundles",
    "datasets",
    "holdout",
    "quarantine",
    "jobs",
    "models",
    "runs",
    "windows",
    "receipts",
    "aws",
}


def event(name: str) -> dict[str, Any]:
    """A real event."""
    found: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return found


def starts(rule: str, happened: dict[str, Any]) -> bool:
    """Whether a rule takes an event; references in its pattern take what is there."""
    pattern = json.loads(json.dumps(RULES[rule]["EventPattern"]))
    detail = pattern.get("detail", {})
    if "bucket" in detail:
        detail["bucket"]["name"] = ["store"]
    if "stateMachineArn" in detail:
        detail["stateMachineArn"] = [happened["detail"]["stateMachineArn"]]
    message: Any = happened
    return bool(EventPattern.load(json.dumps(pattern)).matches_event(message))


def created(key: str, detail_type: str = "Object Created") -> dict[str, Any]:
    """The event of a new object."""
    happened = event("s3_object_created")
    happened["detail"]["object"]["key"] = key
    return happened | {"detail-type": detail_type}


def received(rule: str, happened: dict[str, Any]) -> Any:
    """What the first target of a rule gets."""
    return json.loads(target_input(RULES[rule]["Targets"][0], happened, reserved={}))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("incoming/employment/2015.csv", True),
        ("incoming/employment/2015/_SUCCESS", True),
        ("incoming/employment/a/b/_SUCCESS", True),
        ("incoming/employment/2015/part-1.csv", False),
        ("incoming/employment/a/b/part-1.csv", False),
        ("labels/employment/2016.csv", False),
    ],
)
def test_an_upload_starts_a_run_when_it_is_complete(key: str, expected: bool) -> None:
    """Files of a folder wait for its marker."""
    assert starts("UploadRule", created(key)) is expected


@pytest.mark.parametrize("prefix", sorted(PREFIXES - {"incoming"}))
def test_nothing_that_the_stack_writes_starts_a_run(prefix: str) -> None:
    """Or a run would start runs."""
    assert not starts("UploadRule", created(f"{prefix}/employment"))
    assert not starts("UploadRule", created(f"{prefix}/employment/d/part-0.parquet"))


def test_the_list_of_prefixes_is_that_of_the_rule() -> None:
    """A new prefix of the store belongs into both."""
    key = RULES["UploadRule"]["EventPattern"]["detail"]["object"]["key"]
    listed = key[1]["anything-but"]["wildcard"]

    assert {one.split("/")[0] for one in listed} == PREFIXES


def test_every_prefix_that_the_code_writes_is_in_the_list() -> None:
    """Or what a run writes would start a run."""
    sources = [path.read_text() for path in (ROOT / "layers/core/loopwright").rglob("*.py")]
    named = {prefix for text in sources for prefix in re.findall(r'f"([a-z-]+)/\{', text)}

    assert "quarantine" in named
    assert named <= PREFIXES


@pytest.mark.parametrize("rule", ["UploadRule", "LabelsRule"])
def test_only_a_new_object_counts(rule: str) -> None:
    """A tag that is added to an upload is no upload."""
    key = "labels/employment/a.csv" if rule == "LabelsRule" else "incoming/employment/a.csv"

    assert starts(rule, created(key))
    assert not starts(rule, created(key, "Object Tags Added"))


def test_an_upload_becomes_the_input_of_a_run() -> None:
    """Every field that the machine reads is there, also for a key with a quotation mark."""
    assert received("UploadRule", created('incoming/employment/say "hi".csv')) == {
        "trigger": "upload",
        "claim": None,
        "project": None,
        "key": 'incoming/employment/say "hi".csv',
        "version_id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
        "dataset": None,
        "parents": [],
        "actor": "123456789012",
        "reason": "upload",
    }


def test_a_drift_becomes_the_input_of_a_retraining() -> None:
    """The governor decides."""
    assert starts("DriftDetectedRule", event("drift_detected"))
    assert received("DriftDetectedRule", event("drift_detected")) == {
        "project": "employment",
        "trigger": "drift",
        "actor": "assess_drift",
        "reason": "AGEP drifted",
    }


@pytest.mark.parametrize(("verdict", "expected"), [("material", True), ("detected", False)])
def test_people_hear_of_material_drift_only(verdict: str, expected: bool) -> None:
    """The other kind is in the verdicts, for who looks."""
    happened = event("drift_detected")
    happened["detail"]["detail"]["verdict"] = verdict

    assert starts("PeopleRule", happened) is expected


def test_people_hear_of_what_waits_for_them() -> None:
    """An approval that nobody knows of expires."""
    happened = event("drift_detected") | {"detail-type": "ApprovalRequested"}

    assert starts("PeopleRule", happened)


def test_people_hear_of_receipts_that_could_not_be_counted() -> None:
    """What the stream gives up on lies in the bucket; no function's metric tells of it."""
    happened = event("s3_object_created")
    happened["detail"]["object"]["key"] = "aws/lambda/mapping/shard/2026/11/23/records"

    assert starts("UncountedReceiptsRule", happened)
    assert not starts("UncountedReceiptsRule", event("s3_object_created"))


def test_a_full_window_is_assessed() -> None:
    """Of its project only."""
    happened = event("drift_detected") | {"detail-type": "WindowFilled"}

    assert starts("WindowFilledRule", happened)
    assert received("WindowFilledRule", happened) == {"project": "employment"}


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_an_execution_that_did_not_end_well_is_closed(status: str) -> None:
    """Whatever the machine could not do itself."""
    happened = event("execution_failed")
    happened["detail"]["status"] = status

    assert starts("BrokenExecutionRule", happened)


def test_an_execution_that_ended_well_is_left_alone() -> None:
    """Its own states have published it."""
    happened = event("execution_failed")
    happened["detail"]["status"] = "SUCCEEDED"

    assert not starts("BrokenExecutionRule", happened)


def test_the_rule_on_broken_executions_names_every_machine() -> None:
    """A new machine belongs there."""
    named = RULES["BrokenExecutionRule"]["EventPattern"]["detail"]["stateMachineArn"]

    assert {one["Ref"] for one in named} == set(machines())


@pytest.mark.parametrize(("rule", "target"), TARGETS, ids=[rule for rule, _ in TARGETS])
def test_an_event_that_cannot_be_delivered_is_kept(rule: str, target: dict[str, Any]) -> None:
    """Bounded retries, then the dead-letter queue."""
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}}


def test_a_schedule_that_cannot_be_delivered_is_kept() -> None:
    """As a rule's event is."""
    for schedule in resources("AWS::Scheduler::Schedule").values():
        target = schedule["Target"]

        assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
        assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}}


def test_retraining_on_a_schedule_is_off_unless_a_project_is_named() -> None:
    """The safe default."""
    state = resources("AWS::Scheduler::Schedule")["RetrainingSchedule"]["State"]

    assert state == {"Fn::If": ["HasRetrainingProject", "ENABLED", "DISABLED"]}


def test_the_stream_counts_once_and_keeps_what_it_could_not_count() -> None:
    """One checkpoint per shard, bounded retries, and a target that keeps the records."""
    stream = deployed("AWS::Lambda::EventSourceMapping")["ObserveReceipts"]
    keeps = stream["DestinationConfig"]["OnFailure"]["Destination"]
    [pattern] = stream["FilterCriteria"]["Filters"]

    assert stream["ParallelizationFactor"] == 1
    assert stream["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert stream["BisectBatchOnFunctionError"] is True
    assert 0 < stream["MaximumRetryAttempts"] <= 10
    assert stream["TumblingWindowInSeconds"] > 0
    assert keeps == {"Fn::GetAtt": ["Storage", "Outputs.BucketArn"]}
    assert json.loads(pattern["Pattern"])["eventName"] == ["INSERT"]


def test_every_alarm_reaches_the_topic() -> None:
    """An alarm without an action is a light in an empty room."""
    alarms = deployed("AWS::CloudWatch::Alarm")

    assert len(alarms) >= 15
    assert all(alarm["AlarmActions"] == [{"Ref": "Topic"}] for alarm in alarms.values())
    assert all(alarm["TreatMissingData"] == "notBreaching" for alarm in alarms.values())


def test_the_topic_reaches_an_address() -> None:
    """And every stage but dev must have one."""
    subscription = deployed("AWS::SNS::Subscription")["EmailSubscription"]

    assert subscription["Endpoint"] == {"Ref": "AlertEmail"}
    assert subscription["TopicArn"] == {"Ref": "Topic"}
