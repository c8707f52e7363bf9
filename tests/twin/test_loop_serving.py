"""Predictions, receipts and labels through the API of the whole stack, each event coming twice."""

import json
from collections.abc import Iterator, Mapping
from typing import Any  # JSON documents

import pytest

from loopwright import bootstrap
from loopwright.domain.receipt import Receipt
from tests.twin.loop_stack import (
    DIABETES,
    LoopStack,
    instance_of,
    patients,
    running_stack,
    write_project,
)

PROJECT = "served"
PREDICTIONS = f"/projects/{PROJECT}/predictions"
LABELS = f"/projects/{PROJECT}/labels"
MAX_BODY_BYTES = 1_000_000


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopStack]:
    """A stack that gets every event and every batch of a stream twice, with one champion."""
    folder = tmp_path_factory.mktemp("serving")
    with running_stack(folder, duplicate_deliveries=True) as running:
        changes = {"monitoring.window_rows": 100_000, "columns.glu.max_missing_share": 0.05}
        running.push_project(write_project(folder, PROJECT, changes=changes))
        running.push_project(write_project(folder, "silent"))
        run = running.push_data(PROJECT, DIABETES / "data" / "diabetes.csv")
        assert run.outcome == "model_promoted", run.reasons
        yield running


def good(**changes: Any) -> dict[str, Any]:
    """A good instance with these changes."""
    return instance_of(patients()[0]) | changes


def refused(stack: LoopStack, instances: list[Any]) -> tuple[int, Any]:
    """The status and the problem document of a request that must be refused."""
    before = receipts(stack)
    status, problem = stack.request("POST", PREDICTIONS, {"instances": instances})

    assert receipts(stack) == before
    return status, problem


def receipts(stack: LoopStack) -> int:
    """How many receipts there are."""
    return sum(item["sk"]["S"] == "RECEIPT" for item in stack.items("ReceiptsTableName"))


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"bmii": 3.0}, "bmii", "the nearest known one is 'bmi'"),
        ({"progression": 90}, "progression", "send it as a label"),
        ({"bmi": "heavy"}, "bmi", "expected a finite number, got text 'heavy'"),
        ({"age": 41.5}, "age", "expected a whole number"),
        ({"bp": None}, "bp", "a value is required"),
        ({"tc": [1]}, "tc", "expected a finite number, got a list"),
        ({"ldl": True}, "ldl", "expected a finite number"),
    ],
)
def test_a_bad_field_is_named_with_its_instance(
    stack: LoopStack, change: Mapping[str, Any], field: str, said: str
) -> None:
    """Unknown, mistyped, null: the second instance is the bad one."""
    status, problem = refused(stack, [good(), good(**change)])
    (error,) = problem["errors"]

    assert status == 400
    assert (error["instance"], error["field"]) == (1, field)
    assert said in error["detail"]


def test_a_missing_field_is_named(stack: LoopStack) -> None:
    """With the hint that null may be sent where the model knows missing values."""
    instance = {name: value for name, value in good().items() if name not in {"bmi", "glu"}}
    status, problem = refused(stack, [instance])

    assert status == 400
    assert [error["field"] for error in problem["errors"]] == ["bmi", "glu"]
    assert "send null when it is unknown" in problem["errors"][1]["detail"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b'{"instances": [', "not JSON"),
        (b'{"instances": [{"age": NaN}]}', "NaN is not a JSON number; send null"),
        (b'{"instances": [{"age": -Infinity}]}', "-Infinity is not a JSON number"),
        (b'{"instances": [{"age": 1, "age": 2}]}', "'age' occurs twice"),
        (b'{"instances": []}', "at least one instance"),
        (b'{"rows": [{}]}', '"instances"'),
        (b'{"instances": ["x"]}', "expected an object of field values"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_malformed_body_is_refused_in_words(stack: LoopStack, body: bytes, said: str) -> None:
    """As a problem document that says what was expected."""
    status, problem = stack.request("POST", PREDICTIONS, body)

    assert status == 400
    assert said in problem["detail"]
    assert problem["type"] == "urn:loopwright:problem:invalid-request"


def test_too_many_instances_and_too_many_bytes_are_413(stack: LoopStack) -> None:
    """Each names its limit."""
    many = refused(stack, [good()] * 1_001)
    long = refused(stack, [good(patient="x" * MAX_BODY_BYTES)])

    assert (many[0], long[0]) == (413, 413)
    assert "1,001 instances, the limit is 1,000" in many[1]["detail"]
    assert "the limit is 1,000,000" in long[1]["detail"]


def test_a_request_that_nobody_signed_is_403(stack: LoopStack) -> None:
    """For every verb of the API."""
    statuses = {
        stack.request(method, path, b"{}", user=None)[0]
        for method, path in (
            ("POST", PREDICTIONS),
            ("POST", LABELS),
            ("GET", f"/projects/{PROJECT}"),
            ("GET", f"/projects/{PROJECT}/receipts/any"),
            ("POST", f"/projects/{PROJECT}/rollback"),
            ("POST", f"/projects/{PROJECT}/runs/any/decision"),
        )
    }

    assert statuses == {403}


def test_a_project_without_a_champion_says_when_it_will_answer(stack: LoopStack) -> None:
    """404, and an unknown project names the known ones."""
    body = {"instances": [good()]}
    silent = stack.request("POST", "/projects/silent/predictions", body)
    unknown = stack.request("POST", "/projects/serve/predictions", body)

    assert (silent[0], unknown[0]) == (404, 404)
    assert "has no champion yet" in silent[1]["detail"]
    assert PROJECT in unknown[1]["detail"]


def test_an_answer_has_a_receipt_that_can_be_computed_again(stack: LoopStack) -> None:
    """The context is kept apart from what the model saw; every digit comes out again."""
    answer = stack.predict(PROJECT, [good(), good(bmi=40.0, glu=None)])
    status, shown = stack.request("GET", f"/projects/{PROJECT}/receipts/{answer['receipt']}")
    receipt = shown["receipt"]

    assert status == 200
    assert shown["recomputed"]["agrees"] is True
    assert shown["recomputed"]["predictions"] == answer["predictions"] == receipt["predictions"]
    assert receipt["actor"].endswith("user/twin-user")
    assert receipt["context"] == [{"patient": 1, "sex": 2}] * 2
    assert not {"patient", "sex"} & set(receipt["instances"][0])
    assert receipt["model"] == answer["model"]


def test_a_protected_column_never_changes_an_answer(stack: LoopStack) -> None:
    """It is context: the same instance of the other sex gets the same number."""
    one, other = stack.predict(PROJECT, [good(sex=1), good(sex=2)])["predictions"]

    assert one == other


def test_a_receipt_over_300_kb_lies_in_the_bucket_and_is_counted(stack: LoopStack) -> None:
    """The item points to a gzip object; showing it and counting it read the object."""
    model = bootstrap.ledger().champion(PROJECT)
    assert model is not None
    stack.twin.drain(timeout_s=300)
    before = bootstrap.windows().open_rows(PROJECT, model.model)
    long_id = "p" * 300
    answer = stack.predict(PROJECT, [good(patient=long_id)] * 1_000)
    item = next(
        item
        for item in stack.items("ReceiptsTableName")
        if item["pk"]["S"] == f"{PROJECT}#{answer['receipt']}"
    )
    shown = stack.request("GET", f"/projects/{PROJECT}/receipts/{answer['receipt']}")[1]
    stack.twin.drain(timeout_s=300)

    assert "document" not in item
    assert item["body_key"]["S"] in stack.keys(f"receipts/{PROJECT}/")
    assert shown["recomputed"]["agrees"] is True
    assert bootstrap.windows().open_rows(PROJECT, model.model) == before + 1_000


def test_an_unknown_receipt_is_404(stack: LoopStack) -> None:
    """Also one of another project."""
    receipt = stack.predict(PROJECT, [good()])["receipt"]
    unknown = stack.request("GET", f"/projects/{PROJECT}/receipts/none")
    foreign = stack.request("GET", f"/projects/silent/receipts/{receipt}")

    assert (unknown[0], foreign[0]) == (404, 404)


def test_labels_are_accepted_once_and_refused_with_their_row(stack: LoopStack) -> None:
    """New, repeated, conflicting, beyond the request, not a number, and for an unknown receipt."""
    receipt = stack.predict(PROJECT, [good(), good(bmi=30.0)])["receipt"]
    first = send_labels(stack, [(receipt, 0, 151)])
    again = send_labels(stack, [(receipt, 0, 151)])
    mixed = send_labels(
        stack,
        [(receipt, 0, 99), (receipt, 1, 75), (receipt, 2, 75), (receipt, 1, "ill"), ("none", 0, 1)],
    )
    reasons = {refusal["row"]: refusal["reason"] for refusal in mixed["refusals"]}
    shown = stack.request("GET", f"/projects/{PROJECT}/receipts/{receipt}")[1]

    assert (first["accepted"], first["already"], first["refused"]) == (1, 0, 0)
    assert (again["accepted"], again["already"], again["refused"]) == (0, 1, 0)
    assert (mixed["accepted"], mixed["refused"]) == (1, 4)
    assert "already labelled 151" in reasons[1]
    assert "instances 0 to 1, not 2" in reasons[3]
    assert "expected a finite number" in reasons[4]
    assert "no receipt 'none'" in reasons[5]
    assert shown["labels"]["labels"] == {"0": 151, "1": 75}


def send_labels(stack: LoopStack, labels: list[tuple[str, int, Any]]) -> Any:
    """Send labels through the API; the answer."""
    rows = [
        {"receipt": receipt, "instance": instance, "label": label}
        for receipt, instance, label in labels
    ]
    status, answer = stack.request("POST", LABELS, {"labels": rows})
    assert status == 200, answer
    return answer


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "not JSON"),
        (b'{"labels": [{"receipt": "a", "instance": 0}]}', "labels.0.label"),
        (b'{"labels": [{"receipt": "a", "instance": 0, "label": 1, "by": 2}]}', "labels.0.by"),
    ],
)
def test_a_malformed_body_of_labels_is_refused(stack: LoopStack, body: bytes, said: str) -> None:
    """400, and the row and key are named."""
    status, problem = stack.request("POST", LABELS, body)

    assert status == 400
    assert said in json.dumps(problem)


def test_a_file_of_labels_is_joined_and_reported(stack: LoopStack) -> None:
    """S3 tells it twice: the second time every label is there already."""
    receipt = stack.predict(PROJECT, [good(), good(age=30)])["receipt"]
    text = f"receipt,instance,label\n{receipt},0,140\n{receipt},1,90\n{receipt},7,1\nnone,0,1\n"
    put(stack, f"labels/{PROJECT}/july.csv", text)
    shown = stack.request("GET", f"/projects/{PROJECT}/receipts/{receipt}")[1]
    reports = [report for report in label_reports(stack) if report["file"].endswith("july.csv")]
    counts = sorted((each["accepted"], each["already"], each["refused"]) for each in reports)

    assert shown["labels"]["labels"] == {"0": 140, "1": 90}
    assert counts == [(0, 2, 2), (2, 0, 2)]
    assert {refusal["row"] for refusal in reports[0]["refusals"]} == {3, 4}


def test_a_file_that_holds_no_labels_is_reported_whole(stack: LoopStack) -> None:
    """It stays where it is, and the report says what was expected."""
    put(stack, f"labels/{PROJECT}/notes.csv", "who,what\nme,that\n")
    report = next(each for each in label_reports(stack) if each["file"].endswith("notes.csv"))

    assert report["refused"] == 1
    assert "expected the header receipt,instance,label" in report["refusals"][0]["reason"]
    assert f"labels/{PROJECT}/notes.csv" in stack.keys(f"labels/{PROJECT}/")


def put(stack: LoopStack, key: str, text: str) -> None:
    """Upload a text and wait for what it starts."""
    bucket = stack.twin.outputs["BucketName"]
    stack.client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode())
    stack.twin.drain(timeout_s=300)


def label_reports(stack: LoopStack) -> list[dict[str, Any]]:
    """The reports about files of labels."""
    objects = bootstrap.object_store()
    return [json.loads(objects.read(key)) for key in stack.keys(f"labels-reports/{PROJECT}/")]


def test_every_prediction_is_counted_once_and_no_probe(stack: LoopStack) -> None:
    """However often the stream delivers a batch: the window has the rows of the receipts."""
    for bmi in (20.0, 25.0, 30.0):
        stack.predict(PROJECT, [good(bmi=bmi)] * 3)
    stack.twin.drain(timeout_s=300)
    kept = bootstrap.receipts()
    found: list[Receipt] = [
        kept.decode(item)
        for item in stack.items("ReceiptsTableName")
        if item["sk"]["S"] == "RECEIPT"
    ]
    model = bootstrap.ledger().champion(PROJECT)
    assert model is not None
    rows = sum(len(receipt.instances) for receipt in found if not receipt.probe)
    status, shown = stack.request("GET", f"/projects/{PROJECT}")

    assert rows >= 9
    assert any(receipt.probe for receipt in found)
    assert bootstrap.windows().open_rows(PROJECT, model.model) == rows
    assert (status, shown["window_rows"]) == (200, rows)


def test_the_api_describes_itself(stack: LoopStack) -> None:
    """The document names every path that is served."""
    status, document = stack.request("GET", "/openapi.json")

    assert status == 200
    assert "/projects/{project}/predictions" in document["paths"]
    assert "/projects/{project}/labels" in document["paths"]
