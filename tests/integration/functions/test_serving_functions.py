"""The functions that serve, over the real adapters and a real ONNX model, with moto behind them."""

from dataclasses import dataclass
from typing import Any

import boto3
import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from loopwright import bootstrap
from loopwright.domain.bins import Counts, NumericBins, Reference
from loopwright.domain.counting import count_values
from loopwright.domain.model import Field, ModelManifest, PackagedFile, Signature
from loopwright.domain.record import canonical_json, digest_of
from loopwright.domain.run import Champion, ModelRecord, ProjectRecord
from loopwright.domain.spec import Column, NoProtected, ProjectSpec
from loopwright.domain.spec_models import Monitoring
from tests.integration.functions.calling import ask, call, event_of

PROJECT = "coins"
SPEC = ProjectSpec(
    project=PROJECT,
    question="Will the coin show its head?",
    owner="mint@example.org",
    intended_use="Shows that the functions work together.",
    affected_people="nobody at all",
    task="binary",
    target="head",
    protected=NoProtected(none="coins are no people"),
    columns={"x": Column(type="number"), "head": Column(type="category", values=(0, 1))},
    monitoring=Monitoring(window_rows=100),
)
BINS = NumericBins(edges=(0.0, 0.25, 0.5, 0.75, 1.0))


@dataclass(frozen=True)
class Served:
    """A served project: its model, and its bucket."""

    model: str
    bucket: str

    def ask(
        self, function: str, event: str, body: Any = None, **path: str
    ) -> tuple[int, dict[str, Any]]:
        """Call a route of the project."""
        return ask(function, event, body, **{"project": PROJECT, **path})


@pytest.fixture
def served(stores: str) -> Served:
    """Put a champion into the stores."""
    model = put_model()
    put_champion(model)
    return Served(model, stores)


def put_model() -> str:
    """Store a model that answers (1 - x, x)."""
    spec = bootstrap.specs().put_spec(SPEC)
    signature = Signature(
        project=PROJECT,
        spec=spec,
        task="binary",
        target="head",
        fields=(Field(name="x", type="number"),),
        context=("note",),
        classes=(0, 1),
    )
    even = np.linspace(0, 1, 1_000)
    reference = Reference(
        bins={"x": BINS},
        counts=Counts(rows=1_000, columns={"x": count_values(BINS, even)}),
        prediction_bins=BINS,
        prediction_counts=count_values(BINS, even),
    )
    files = {
        "model.onnx": onnx_model(),
        "signature.json": canonical_json(signature),
        "reference.json": canonical_json(reference),
    }
    manifest = ModelManifest(
        project=PROJECT,
        spec=spec,
        dataset="d",
        code="c",
        image="i",
        libraries={},
        files=tuple(
            PackagedFile(name=name, bytes=len(body), sha256=digest_of(body))
            for name, body in files.items()
        ),
    )
    return bootstrap.models().put_package(manifest, files)


def onnx_model() -> bytes:
    """Return the bytes of the model."""
    graph = helper.make_graph(
        [
            helper.make_node("Sub", ["one", "x"], ["rest"]),
            helper.make_node("Concat", ["rest", "x"], ["probabilities"], axis=1),
        ],
        "coin",
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, [None, 1])],
        [helper.make_tensor_value_info("probabilities", TensorProto.DOUBLE, [None, 2])],
        [numpy_helper.from_array(np.ones((1, 1)), "one")],
    )
    opsets = [helper.make_opsetid("", 18)]
    body: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()
    return body


def put_champion(model: str) -> None:
    """List the project and its model, and let the model answer."""
    at = "2026-01-01T00:00:00+00:00"
    ledger = bootstrap.ledger()
    spec = bootstrap.models().manifest(PROJECT, model).spec
    ledger.put_project(
        ProjectRecord(
            project=PROJECT,
            spec=spec,
            code="c",
            bundle_key="b",
            image="i",
            salt="s",
            pushed_at=at,
            actor="ann",
        )
    )
    ledger.add_model(
        ModelRecord(
            project=PROJECT,
            model=model,
            run="r",
            dataset="d",
            spec=spec,
            code="c",
            registered_at=at,
        )
    )
    ledger.move_champion(
        Champion(project=PROJECT, model=model, at=at, actor="ann", reason="first"), expected=None
    )


def stream_of(receipt: str) -> dict[str, Any]:
    """Return the stream's event of a stored receipt."""
    found = boto3.client("dynamodb").get_item(
        TableName="receipts", Key={"pk": {"S": f"{PROJECT}#{receipt}"}, "sk": {"S": "RECEIPT"}}
    )
    event = event_of("receipts_stream")
    event["Records"][0]["dynamodb"]["NewImage"] = found["Item"]
    return event


def test_a_prediction_is_answered_receipted_counted_labelled_and_shown(served: Served) -> None:
    """The way of one request through every function that touches it."""
    instances = [{"x": 0.9}] * 120
    status, answer = served.ask("predict", "api_predictions", {"instances": instances})
    counted = [call("observe_predictions", stream_of(answer["receipt"])) for _ in "12"]
    body = {"labels": [{"receipt": answer["receipt"], "instance": 0, "label": 1}]}
    _, labelled = served.ask("record_labels", "api_labels", body)
    _, shown = served.ask("show_receipt", "api_receipt", receipt=answer["receipt"])
    _, project = served.ask("show_project", "api_project")
    drift = call("assess_drift", {"project": PROJECT, "execution": "e"})
    again = call("assess_drift", {"project": PROJECT, "execution": "e"})

    assert (status, answer["model"], answer["receipt"]) == (200, served.model, "JKJaXmPLvHcESHA")
    assert answer["predictions"][0] == {"value": 1, "probabilities": [pytest.approx(0.1), 0.9]}
    assert counted == [{"state": {}, "batchItemFailures": []}] * 2
    assert labelled["accepted"] == 1
    assert shown["recomputed"]["agrees"]
    assert shown["labels"]["labels"] == {"0": 1}
    assert (project["champion"]["model"], project["window_rows"]) == (served.model, 120)
    assert (drift["verdict"], drift["rows"]) == ("material", 120)
    assert again == drift


def test_a_large_receipt_is_counted_from_the_bucket(served: Served) -> None:
    """The stream then holds only where its body lies."""
    instances = [{"x": position / 1_000, "note": "n" * 400} for position in range(1_000)]
    _, answer = served.ask("predict", "api_predictions", {"instances": instances})
    call("observe_predictions", stream_of(answer["receipt"]))
    _, project = served.ask("show_project", "api_project")

    assert project["window_rows"] == 1_000
    assert bootstrap.object_store().keys("receipts/") == [
        f"receipts/{PROJECT}/{answer['receipt']}.json.gz"
    ]


def test_what_is_refused_is_a_problem_document(served: Served) -> None:
    """With the status that HTTP has for it."""
    wrong = served.ask("predict", "api_predictions", {"instances": [{"y": 1}]})
    nobody = served.ask("predict", "api_predictions", {"instances": [{"x": 1}]}, project="nobody")
    receipt = served.ask("show_receipt", "api_receipt", receipt="none")
    body = {"decision": "approved", "reason": "because", "evidence": "d"}
    decision = served.ask("record_decision", "api_decision", body, run="none")
    rollback = served.ask("roll_back", "api_rollback", {})

    assert [wrong[0], nobody[0], receipt[0], decision[0], rollback[0]] == [400, 404, 404, 409, 400]
    assert [one["field"] for one in wrong[1]["errors"]] == ["x", "y"]


def test_a_file_of_labels_is_recorded_when_it_is_uploaded(served: Served) -> None:
    """The event is EventBridge's own."""
    _, answer = served.ask("predict", "api_predictions", {"instances": [{"x": 0.9}]})
    event = event_of("s3_labels_created")
    event["detail"]["object"]["key"] = f"labels/{PROJECT}/a.csv"
    boto3.client("s3").put_object(
        Bucket=served.bucket,
        Key=f"labels/{PROJECT}/a.csv",
        Body=f"receipt,instance,label\n{answer['receipt']},0,1\n".encode(),
    )
    result = call("record_labels", event)

    assert (result["accepted"], result["refused"]) == (1, 0)


def test_the_governor_and_the_approval_are_functions_too(served: Served) -> None:
    """Their events are the states' payloads."""
    asked = {"project": PROJECT, "trigger": "person", "actor": "ann", "execution": "e"}
    ruling = call("assess_retraining", asked)
    evidence = {"name": "decision.json", "key": "runs/coins/r/decision.json", "digest": "d"}
    waits = call(
        "await_approval",
        {
            "run": "r",
            "project": PROJECT,
            "model": served.model,
            "evidence": evidence,
            "token": "t",
            "timeout_seconds": 60,
        },
    )
    _, document = served.ask("describe_api", "api_openapi")

    assert (ruling["verdict"], ruling["event"]["name"]) == ("refuse", "RetrainingRefused")
    assert waits["run"] == "r"
    assert "/openapi.json" in document["paths"]
