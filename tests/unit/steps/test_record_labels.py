import json
from pathlib import Path
from typing import Any

import pytest

from loopwright.domain.receipt import Labels, Receipt
from loopwright.errors import ConflictError, RequestError, RequestTooLargeError
from loopwright.steps import record_labels as step
from loopwright.steps.record_labels import Request, Result, record_labels, request_of_file
from tests.fakes.serving import GOOD, PROJECT, LoanDesk

EVENT = Path(__file__).parents[2] / "events" / "s3_labels_created.json"


@pytest.fixture
def desk() -> LoanDesk:
    """Return a desk with the receipts r1 and r2 of two instances each."""
    desk = LoanDesk()
    for name in ("r1", "r2"):
        desk.receipts.put(
            Receipt(
                id=name,
                project=PROJECT,
                model=desk.first,
                at=desk.now,
                actor="ann",
                instances=(GOOD, GOOD),
                context=({}, {}),
                predictions=(),
            )
        )
    return desk


def record(desk: LoanDesk, request: Request) -> Result:
    """Record labels."""
    return record_labels(
        request,
        receipts=desk.receipts,
        models=desk.models,
        objects=desk.objects,
        clock=desk.clock,
        max_body_bytes=10_000,
    )


def send(desk: LoanDesk, *labels: tuple[str, int, Any]) -> Result:
    """Send labels through the API."""
    sent = [{"receipt": r, "instance": i, "label": value} for r, i, value in labels]
    body = json.dumps({"labels": sent}).encode()
    return record(desk, Request(project=PROJECT, actor="bob", body=body))


def upload(desk: LoanDesk, name: str, body: bytes) -> Result:
    """Upload a file of labels."""
    key = f"labels/{PROJECT}/{name}"
    desk.objects.place(key, body)
    return record(desk, request_of_file({"detail": {"object": {"key": key}}}))


def test_labels_are_joined_to_their_receipts(desk: LoanDesk) -> None:
    """Whatever their order in the body."""
    result = send(desk, ("r2", 1, 0), ("r1", 0, 1), ("r2", 0, 1))

    assert (result.accepted, result.already, result.refused) == (3, 0, 0)
    assert desk.receipts.labels(PROJECT, "r2") == Labels(
        receipt="r2", project=PROJECT, labels={0: 1, 1: 0}, at=desk.now, actor="bob"
    )


def test_labels_for_unknown_receipts_are_refused_by_name(desk: LoanDesk) -> None:
    """The others are stored."""
    result = send(desk, ("nobody", 0, 1), ("r1", 0, 1))

    assert (result.accepted, result.refused) == (1, 1)
    assert result.refusals[0].row == 1
    assert "no receipt 'nobody'" in result.refusals[0].reason


def test_sending_twice_changes_nothing(desk: LoanDesk) -> None:
    """The time and actor of the first stay."""
    send(desk, ("r1", 0, 1))
    desk.clock.advance(hours=1)
    result = send(desk, ("r1", 0, 1))
    stored = desk.receipts.labels(PROJECT, "r1")

    assert (result.accepted, result.already) == (0, 1)
    assert stored is not None
    assert stored.at != desk.now


def test_a_wrong_body_is_refused_whole(desk: LoanDesk) -> None:
    """The fields at fault are named."""
    with pytest.raises(RequestError, match=r"labels\.0\.instance"):
        record(
            desk,
            Request(
                project=PROJECT, actor="bob", body=b'{"labels": [{"receipt": "a", "label": 1}]}'
            ),
        )


def test_a_file_is_recorded_and_reported(desk: LoanDesk) -> None:
    """Nobody waits for the answer, so the report says what became of each refused row."""
    body = b"receipt,instance,label\nr1,0,1\nr1,0,0\nr9,0,1\nr1,x,1\n"
    result = upload(desk, "a.csv", body)
    assert result.report is not None
    report = json.loads(desk.objects.read(result.report))

    assert (result.accepted, result.refused) == (1, 3)
    assert result.report.startswith(f"labels-reports/{PROJECT}/")
    assert report["file"] == f"labels/{PROJECT}/a.csv"
    assert [one["row"] for one in report["refusals"]] == [2, 3, 4]


def test_a_file_that_comes_twice_changes_nothing(desk: LoanDesk) -> None:
    """Each delivery has its own report."""
    upload(desk, "a.csv", b"receipt,instance,label\nr1,0,1\n")
    again = upload(desk, "a.csv", b"receipt,instance,label\nr1,0,1\n")

    assert (again.accepted, again.already) == (0, 1)
    assert len(desk.objects.keys("labels-reports/")) == 2


def test_a_file_that_cannot_be_read_is_reported_whole(desk: LoanDesk) -> None:
    """The upload stays, and retrying would not help."""
    result = upload(desk, "a.parquet", b"PAR1")

    assert result.refused == 1
    assert ".csv and .jsonl" in result.refusals[0].reason
    assert result.report in desk.objects.objects


def test_a_file_that_is_too_large_is_refused(
    desk: LoanDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is never read into memory."""
    monkeypatch.setattr(step, "MAX_FILE_BYTES", 10)
    result = upload(desk, "a.csv", b"receipt,instance,label\n")

    assert "23 bytes, the limit is 10: split it" in result.refusals[0].reason


def test_labels_that_somebody_else_stores_meanwhile_are_merged(desk: LoanDesk) -> None:
    """A conflict is read again, and only then refused."""
    tries = 0
    original = desk.receipts.put_labels

    def contended(labels: Labels, *, previous: Labels | None) -> None:
        nonlocal tries
        tries += 1
        if tries <= 2:
            message = "changed meanwhile"
            raise ConflictError(message)
        original(labels, previous=previous)

    desk.receipts.put_labels = contended  # type: ignore[method-assign]  # a store under contention
    first = send(desk, ("r1", 0, 1))
    tries = -10
    second = send(desk, ("r2", 0, 1))

    assert first.accepted == 1
    assert "changed 5 times meanwhile" in second.refusals[0].reason


def test_the_request_of_a_file_comes_from_the_event_of_its_upload() -> None:
    """The project is in the key."""
    request = request_of_file(json.loads(EVENT.read_text()))

    assert request.project == "employment"
    assert request.key == "labels/employment/january.csv"


def test_only_a_few_refusals_of_a_file_are_answered_and_all_are_reported(desk: LoanDesk) -> None:
    """An answer has a limit of size, a report has none."""
    result = upload(desk, "a.csv", b"receipt,instance,label\n" + b"r9,0,1\n" * 150)
    assert result.report is not None

    assert (result.refused, len(result.refusals)) == (150, 100)
    assert len(json.loads(desk.objects.read(result.report))["refusals"]) == 150


def test_labels_of_too_many_receipts_are_refused(
    desk: LoanDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each receipt costs some calls, and an API request has to end in time."""
    monkeypatch.setattr(step, "MAX_RECEIPTS", 1)

    with pytest.raises(RequestTooLargeError, match="of 2 receipts, the limit is 1"):
        send(desk, ("r1", 0, 1), ("r2", 0, 1))
