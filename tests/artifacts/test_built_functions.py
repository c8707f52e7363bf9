"""Every built function serves an event from its artifact alone, and fits into Lambda.

A run of the loop on the twin gives the events: what the machines sent is sent again to what
`sam build` made. A step that is repeated must give the same answer, so the answers are compared.
"""

import functools
import importlib.util
import json
import os
import platform
import re
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # JSON documents

import pytest
from samtranslator.yaml_helper import yaml_parse

from infra.twin.identities import FUNCTION_SECRET, function_access_key
from loopwright import bootstrap
from loopwright.domain.facts import bucket_key
from loopwright.domain.run import Run
from tests.twin.loop_stack import (
    DIABETES,
    ROOT,
    LoopStack,
    instance_of,
    patients,
    running_stack,
    write_project,
)

BUILD = ROOT / ".aws-sam" / "build"
EVENTS = ROOT / "tests" / "events"
PROGRAM = Path(__file__).with_name("run_built.py")
ARCHITECTURE = os.environ.get("ARCHITECTURE", "x86_64")
ELF_MACHINES = {"x86_64": 62, "arm64": 183}
NEWEST_GLIBC = (2, 34)
MAX_UNZIPPED_BYTES = 250 * 1024 * 1024
IN_THE_RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
PROJECT = "built"


def reason_to_skip() -> str:
    """Why what is built cannot be tested here; in CI it must be built."""
    if os.environ.get("CI"):
        return ""
    if not (BUILD / "template.yaml").exists():
        return "nothing is built; run `make build`"
    built_at = (BUILD / "template.yaml").stat().st_mtime
    sources = [*ROOT.glob("functions/*/*.py"), *ROOT.glob("layers/core/loopwright/**/*.py")]
    newer = [path for path in sources if path.stat().st_mtime > built_at]
    return f"{newer[0].name} changed after the build; run `make build`" if newer else ""


pytestmark = pytest.mark.skipif(bool(reason_to_skip()), reason=reason_to_skip() or "built")


@functools.cache
def built() -> dict[str, tuple[Path, ...]]:
    """The folder of each function as built, and those of its layers, by logical id."""
    if not (BUILD / "template.yaml").exists():
        return {}
    template = yaml_parse((BUILD / "template.yaml").read_text())
    layers = template["Globals"]["Function"]["Layers"]
    found = {}
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            names = [each["Ref"] for each in [*layers, *properties.get("Layers", [])]]
            folders = [properties["CodeUri"], *dict.fromkeys(names)]
            found[name] = tuple(BUILD / folder for folder in folders)
    return found


@dataclass
class Served:
    """A stack after one run of the loop, the events of its functions, and what they answered."""

    stack: LoopStack
    runtime: Path
    run: Run
    receipt: str
    events: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One release, a prediction with labels, and an event for every function."""
    folder = tmp_path_factory.mktemp("built")
    with running_stack(folder) as stack:
        stack.push_project(write_project(folder, PROJECT))
        run = stack.push_data(PROJECT, DIABETES / "data" / "diabetes.csv")
        assert run.outcome == "model_promoted", run.reasons
        receipt = stack.predict(PROJECT, [instance_of(row) for row in patients()[:3]])["receipt"]
        label = {"receipt": receipt, "instance": 0, "label": 151}
        stack.request("POST", f"/projects/{PROJECT}/labels", {"labels": [label]})
        stack.twin.drain(timeout_s=300)
        served = Served(stack, lambda_runtime(folder / "runtime"), run, str(receipt))
        for machine in machines_of(stack):
            recall(served, machine)
        served.events |= by_hand(served)
        yield served


def machines_of(stack: LoopStack) -> list[str]:
    """Every machine of the stack."""
    found = stack.client("stepfunctions").list_state_machines()["stateMachines"]
    return [str(machine["stateMachineArn"]) for machine in found]


def recall(served: Served, machine: str) -> None:
    """Keep what the executions of a machine sent to functions, and what these answered."""
    states = served.stack.client("stepfunctions")
    for execution in states.list_executions(stateMachineArn=machine)["executions"]:
        pages = states.get_paginator("get_execution_history").paginate(
            executionArn=execution["executionArn"]
        )
        events = {event["id"]: event for page in pages for event in page["events"]}
        for event in events.values():
            done = event.get("taskSucceededEventDetails", {})
            if done.get("resourceType") == "lambda":
                parameters = json.loads(call_of(event, events)["parameters"])
                name = logical_id(parameters["FunctionName"])
                served.events[name] = parameters["Payload"]
                served.answers[name] = json.loads(done["output"])["Payload"]


def call_of(event: Mapping[str, Any], events: Mapping[int, Any]) -> Any:
    """The scheduled task before an event; those of a Map run side by side."""
    while "taskScheduledEventDetails" not in event:
        event = events[event["previousEventId"]]
    return event["taskScheduledEventDetails"]


def logical_id(function: str) -> str:
    """The logical id in a function's name or ARN."""
    found = re.search(r"(?:^|-)([A-Za-z]+Function)(?:-|$)", function.split(":function:", 1)[-1])
    assert found, function
    return found[1]


def lambda_runtime(folder: Path) -> Path:
    """A folder with nothing but what Lambda's Python brings along."""
    folder.mkdir()
    for name in IN_THE_RUNTIME:
        found = importlib.util.find_spec(name)
        assert found, name
        origin = Path(str(found.origin))
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / source.name).symlink_to(source)
    return folder


def by_hand(served: Served) -> dict[str, Any]:
    """Events of the functions that no machine of a release calls."""
    run, receipt, release = served.run, served.receipt, served.stack.twin.outputs["ReleaseModelArn"]
    decision = next(each for each in run.evidence if each.name == "decision.json")
    stream = example("receipts_stream")
    stream["Records"][0]["dynamodb"]["NewImage"] = next(
        item
        for item in served.stack.items("ReceiptsTableName")
        if item["pk"]["S"] == f"{PROJECT}#{receipt}" and item["sk"]["S"] == "RECEIPT"
    )
    broken = example("execution_failed")
    broken["detail"] |= {"stateMachineArn": release, "input": json.dumps({"project": PROJECT})}
    label = {"receipt": receipt, "instance": 1, "label": 75}
    asked = {"project": PROJECT, "execution": "an-execution"}
    return {
        "CheckBucketFunction": a_bucket(run, served.stack.folder),
        "AwaitApprovalFunction": {
            "run": run.id,
            "project": PROJECT,
            "model": run.model,
            "evidence": decision.model_dump(mode="json"),
            "token": "a-token",
            "timeout_seconds": 3_600,
        },
        "CloseRunFunction": broken,
        "PredictFunction": api("api_predictions", {"instances": [instance_of(patients()[0])]}),
        "RecordLabelsFunction": api("api_labels", {"labels": [label]}),
        "ShowReceiptFunction": api("api_receipt", receipt=receipt),
        "ShowProjectFunction": api("api_project"),
        "RecordDecisionFunction": api(
            "api_decision", {"decision": "approved", "reason": "fine", "evidence": "0"}, run="none"
        ),
        "RollBackFunction": api("api_rollback", {"reason": "to see"}),
        "DescribeApiFunction": example("api_openapi"),
        "ObservePredictionsFunction": stream,
        "AssessDriftFunction": asked,
        "AssessRetrainingFunction": asked | {"trigger": "person", "actor": "me", "reason": "why"},
        "AssembleDatasetFunction": {
            "project": PROJECT,
            "run": "a-retraining",
            "champion": run.model,
            "dataset": run.dataset,
        },
    }


def a_bucket(run: Run, folder: Path) -> dict[str, Any]:
    """Spread the first part of the version: one of a single batch needs no bucket of its own."""
    version = (PROJECT, str(run.dataset), str(run.spec))
    part = bootstrap.datasets().manifest(PROJECT, str(run.dataset)).parts[0]
    bootstrap.object_store().download(part.key, folder / "part.parquet")
    written = bootstrap.tables().spread(
        {part.key: folder / "part.parquet"},
        bootstrap.specs().spec(PROJECT, str(run.spec)),
        folder,
        buckets=1,
    )
    bootstrap.object_store().upload(bucket_key(*version, 0, 0), written[0])
    names = {"project": PROJECT, "dataset": run.dataset, "spec": run.spec}
    return {"run": run.id, **names, "bucket": 0, "batches": 1}


def example(name: str) -> Any:
    """An event of the examples that tests and docs share."""
    return json.loads((EVENTS / f"{name}.json").read_text())


def api(name: str, body: Mapping[str, Any] | None = None, **path: str) -> Any:
    """An event of the API for this project."""
    event = example(name)
    event["pathParameters"] = {"project": PROJECT} | path
    return event | ({} if body is None else {"body": json.dumps(body)})


def status(wanted: int) -> Callable[[Any], bool]:
    """Whether an answer of the API has this status."""
    return lambda answer: bool(answer["statusCode"] == wanted)


def holds(**wanted: Any) -> Callable[[Any], bool]:
    """Whether an answer has these values."""
    return lambda answer: {name: answer[name] for name in wanted} == wanted


# The champion was promoted since, so a judgement of now is another one.
EXPECTED: dict[str, Callable[[Any], bool]] = {
    "EvaluateModelFunction": lambda answer: answer["champion"] is not None,
    "DecidePromotionFunction": holds(outcome="promote"),
    "CheckBucketFunction": holds(bucket=0),
    "AwaitApprovalFunction": lambda answer: set(answer) == {"run", "expires_at"},
    "CloseRunFunction": holds(closed=True, lease_released=False),
    "PredictFunction": status(200),
    "RecordLabelsFunction": status(200),
    "ShowReceiptFunction": lambda answer: json.loads(answer["body"])["recomputed"]["agrees"],
    "ShowProjectFunction": status(200),
    "RecordDecisionFunction": status(409),
    "RollBackFunction": status(409),
    "DescribeApiFunction": status(200),
    "ObservePredictionsFunction": holds(batchItemFailures=[]),
    "AssessDriftFunction": holds(verdict="insufficient_data"),
    "AssessRetrainingFunction": holds(verdict="refuse"),
    "AssembleDatasetFunction": lambda answer: answer["key"].startswith(f"assembled/{PROJECT}/"),
}


def run_built(served: Served, name: str, folder: Path) -> dict[str, Any]:
    """Call a built function in a process of its own; what it answered and what it imported."""
    code, *layers = built()[name]
    folders = [code, *(layer / "python" for layer in layers), served.runtime]
    given, out = folder / "given.json", folder / "out.json"
    given.write_text(
        json.dumps({"folders": [str(each) for each in folders], "event": served.events[name]})
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", PROGRAM, given, out],
        cwd=folder,
        env=environment(served, name),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def environment(served: Served, name: str) -> dict[str, str]:
    """What Lambda would give the function, and the twin's address."""
    functions = served.stack.client("lambda").get_paginator("list_functions").paginate()
    configuration = next(
        each
        for page in functions
        for each in page["Functions"]
        if logical_id(each["FunctionName"]) == name
    )
    context = served.stack.twin.context
    variables: dict[str, str] = configuration["Environment"]["Variables"]
    return variables | {
        "AWS_ACCESS_KEY_ID": function_access_key(configuration["FunctionName"]),
        "AWS_SECRET_ACCESS_KEY": FUNCTION_SECRET,
        "AWS_DEFAULT_REGION": context.region,
        "AWS_REGION": context.region,
        "AWS_ENDPOINT_URL": served.stack.twin.endpoint_url,
        "AWS_LAMBDA_FUNCTION_NAME": configuration["FunctionName"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "LOOPWRIGHT_CLOCK_FILE": str(context.clock_file),
        "POWERTOOLS_TRACE_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
        "PATH": os.environ["PATH"],
    }


@pytest.mark.skipif(
    platform.machine() not in {ARCHITECTURE, {"arm64": "aarch64"}.get(ARCHITECTURE)},
    reason=f"built for {ARCHITECTURE}, which this machine cannot run",
)
@pytest.mark.parametrize("name", sorted(built()))
def test_a_built_function_serves_an_event_from_its_artifact_alone(
    served: Served, name: str, tmp_path: Path
) -> None:
    """It finds every module in its own folder, its layers, Lambda's runtime or Python itself."""
    found = run_built(served, name, tmp_path)
    python = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))
    allowed = tuple(map(str, (*built()[name], served.runtime, PROGRAM, *python)))
    foreign = [file for file in found["files"] if not file.startswith(allowed)]

    assert "error" not in found, found["error"]
    assert [file for file in [*foreign, *found["files"]] if "site-packages" in file] == []
    assert foreign == []
    assert any("loopwright/steps" in file for file in found["files"])
    if name in EXPECTED:
        assert EXPECTED[name](found["answer"]), found["answer"]
    else:
        assert without_closing(found["answer"]) == without_closing(served.answers[name])


def without_closing(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer without what only the first call can say."""
    return {name: value for name, value in answer.items() if name != "closed_now"}


def test_every_function_of_the_template_is_built() -> None:
    """And the other way round."""
    template = yaml_parse((ROOT / "template.yaml").read_text())
    kind = "AWS::Serverless::Function"
    written = {name for name, one in template["Resources"].items() if one["Type"] == kind}

    assert set(built()) == written


@pytest.mark.parametrize("name", sorted(built()))
def test_a_function_and_its_layers_fit_into_lambda(name: str) -> None:
    """Unzipped, in all less than 250 MiB."""
    files = (path for folder in built()[name] for path in folder.rglob("*") if path.is_file())

    assert sum(path.stat().st_size for path in files) < MAX_UNZIPPED_BYTES


def libraries() -> list[Path]:
    """Every shared library that was built."""
    return sorted({path for path in BUILD.rglob("*") if ".so" in path.suffixes and path.is_file()})


def test_every_library_is_of_the_architecture_and_of_an_old_glibc() -> None:
    """What a host of another kind would have brought along could not be loaded."""
    found = libraries()
    bodies = {path: path.read_bytes() for path in found}
    machines = {int.from_bytes(body[18:20], "little") for body in bodies.values()}
    newest = {
        path.name: max(version)
        for path, body in bodies.items()
        if (version := [(int(a), int(b)) for a, b in re.findall(rb"GLIBC_(\d+)\.(\d+)", body)])
    }

    assert len(found) > 50
    assert all(body[:5] == b"\x7fELF\x02" for body in bodies.values())
    assert machines == {ELF_MACHINES[ARCHITECTURE]}
    assert {name: version for name, version in newest.items() if version > NEWEST_GLIBC} == {}
