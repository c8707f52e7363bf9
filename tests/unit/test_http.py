import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from loopwright import http
from loopwright.domain.record import Record
from loopwright.errors import NotFoundError, RequestError, ServiceError

EVENTS = Path(__file__).parents[1] / "events"


class Answer(Record):
    """What a step returns."""

    said: str


def an_event(**changes: Any) -> dict[str, Any]:
    """Return the stored prediction request with changes."""
    found: dict[str, Any] = json.loads((EVENTS / "api_predictions.json").read_text())
    return {**found, **changes}


def test_an_event_of_the_api_is_read() -> None:
    """The actor is who IAM says, the receipt's id is API Gateway's request id."""
    api = http.api_request(an_event())

    assert api.project == "employment"
    assert api.actor == "arn:aws:iam::123456789012:user/ann"
    assert api.id == "JKJaXmPLvHcESHA"
    assert json.loads(api.body)["instances"]
    assert not api.probe


def test_a_body_in_base64_is_decoded() -> None:
    """API Gateway encodes what it does not know to be text."""
    event = an_event(body=base64.b64encode(b"\xff{}").decode(), isBase64Encoded=True)

    assert http.api_request(event).body == b"\xff{}"


def test_the_header_of_a_probe_marks_it_however_it_is_written() -> None:
    """HTTP header names have no case."""
    assert http.api_request(an_event(headers={"X-Loopwright-Probe": "1"})).probe
    assert not http.api_request(an_event(headers={"x-loopwright-probe": "0"})).probe


def test_an_event_without_body_path_or_identity_is_read() -> None:
    """GET requests have no body, and an API without authorisation names nobody."""
    event = {"requestContext": {"requestId": "a"}}
    api = http.api_request(event)

    assert (api.body, api.path, api.actor) == (b"", {}, "anonymous")


@pytest.mark.parametrize("given", ["", "a/b", "x" * 200, "ü"])
def test_a_request_id_that_fits_no_key_is_replaced_by_its_digest(given: str) -> None:
    """It becomes part of an object key and of an address."""
    name = http.request_id(given)

    assert len(name) == 32
    assert name == http.request_id(given)


def test_an_answer_is_json() -> None:
    """A record or a mapping, with status 200."""
    expected = {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": '{"said": "yes"}',
    }

    assert http.respond(an_event(), lambda _: Answer(said="yes")) == expected
    assert http.respond(an_event(), lambda _: {"said": "yes"}) == expected


def test_a_refusal_is_a_problem_document() -> None:
    """RFC 9457, with the field at fault."""

    def refuse(_: http.ApiRequest) -> Record:
        raise RequestError("wrong", [{"instance": 0, "field": "age", "detail": "too old"}])

    answer = http.respond(an_event(), refuse)
    body = json.loads(answer["body"])

    assert answer["statusCode"] == body["status"] == 400
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert body["errors"] == [{"instance": 0, "field": "age", "detail": "too old"}]


def test_what_is_missing_is_answered_with_404() -> None:
    """So a client can tell it from a wrong request."""

    def refuse(_: http.ApiRequest) -> Record:
        raise NotFoundError("no champion yet")

    assert http.respond(an_event(), refuse)["statusCode"] == 404


def test_breakage_stays_an_exception() -> None:
    """The function's alarm must see it."""

    def fail(_: http.ApiRequest) -> Record:
        raise ServiceError("down")

    with pytest.raises(ServiceError):
        http.respond(an_event(), fail)


def test_other_events_are_run() -> None:
    """One function may serve a route and a rule."""

    def run(event: Mapping[str, Any]) -> Answer:
        return Answer(said=event["detail"])

    assert http.respond_or_run({"detail": "x"}, lambda _: Answer(said="api"), run) == {"said": "x"}
    assert http.respond_or_run(an_event(), lambda _: Answer(said="api"), run)["statusCode"] == 200
