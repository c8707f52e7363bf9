"""Requests as events and answers as responses, as payload format 2.0 has them."""

import base64
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.twin.http_events import HttpRequest, http_response, lambda_event
from infra.twin.http_routes import Route, RouteMatch
from infra.twin.identities import Identity

CALLER = Identity("ada", "arn:aws:iam::123456789012:user/ada", "AIDA1", "123456789012", "AK", "s")


def an_event(caller: Identity | None = None, **request: Any) -> dict[str, Any]:
    """The event of a request to ``POST /p/{id}``."""
    values: dict[str, Any] = {
        "method": "POST",
        "path": "/p/7",
        "query": "",
        "headers": {"content-type": "application/json", "host": "127.0.0.1:1"},
        "body": b"",
        "request_id": "r-1",
        "received_at": datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC),
    }
    match = RouteMatch(Route("POST", "/p/{id}", re.compile(""), "arn", True), {"id": "7"})
    return lambda_event(
        HttpRequest(**{**values, **request}),
        match,
        api_id="api",
        account_id="123456789012",
        caller=caller,
    )


def test_the_event_names_route_path_and_time() -> None:
    """The parts that Powertools' resolver reads."""
    event = an_event()
    context = event["requestContext"]

    assert (event["version"], event["routeKey"], event["rawPath"]) == (
        "2.0",
        "POST /p/{id}",
        "/p/7",
    )
    assert event["pathParameters"] == {"id": "7"}
    assert context["http"]["method"] == "POST"
    assert context["time"] == "01/Mar/2026:12:00:05 +0000"
    assert context["timeEpoch"] == 1772366405000


def test_parts_that_were_not_sent_are_left_out() -> None:
    """As AWS leaves them out, rather than sending null."""
    assert not {"body", "cookies", "queryStringParameters"} & set(an_event())


def test_a_query_given_twice_is_joined_by_a_comma() -> None:
    """Payload format 2.0 has no lists of values."""
    event = an_event(query="a=1&a=2&b=&c=x%20y")

    assert event["queryStringParameters"] == {"a": "1,2", "b": "", "c": "x y"}
    assert event["rawQueryString"] == "a=1&a=2&b=&c=x%20y"


def test_cookies_are_a_list_of_their_own() -> None:
    """And not a header."""
    event = an_event(headers={"cookie": "a=1; b=2"})

    assert event["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in event["headers"]


@pytest.mark.parametrize(
    ("content_type", "body", "is_base64"),
    [
        ("application/json; charset=utf-8", b"{}", False),
        ("text/csv", "ä".encode(), False),
        ("application/json", b"\xff", True),
        ("application/octet-stream", b"abc", True),
        ("", b"abc", True),
    ],
)
def test_text_stays_text_and_the_rest_is_base64(
    content_type: str, body: bytes, *, is_base64: bool
) -> None:
    """API Gateway decides by the content type; bytes that are no text survive."""
    event = an_event(body=body, headers={"content-type": content_type})
    received = base64.b64decode(event["body"]) if is_base64 else event["body"].encode()

    assert event["isBase64Encoded"] is is_base64
    assert received == body


def test_the_caller_is_in_the_authorizer() -> None:
    """Where handlers take the actor from."""
    iam = an_event(CALLER)["requestContext"]["authorizer"]["iam"]

    assert iam["userArn"] == CALLER.user_arn
    assert (iam["accessKey"], iam["accountId"], iam["callerId"], iam["userId"]) == (
        "AK",
        "123456789012",
        "AIDA1",
        "AIDA1",
    )


def test_an_answer_with_a_status_is_taken_apart() -> None:
    """Status, headers, several values, cookies and body."""
    answer = {
        "statusCode": 201,
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {"X-A": ["1", "2"]},
        "cookies": ["k=v"],
        "body": "{}",
    }
    response = http_response(json.dumps(answer).encode())

    assert (response.status, response.body) == (201, b"{}")
    assert response.headers == {"content-type": "application/json", "x-a": "1,2"}
    assert response.cookies == ("k=v",)


def test_an_answer_without_a_status_is_the_body() -> None:
    """Payload format 2.0 takes any JSON value."""
    response = http_response(b'{"a": 1}')

    assert (response.status, json.loads(response.body)) == (200, {"a": 1})


def test_a_base64_answer_is_decoded() -> None:
    """Bytes reach the caller as bytes."""
    answer = {
        "statusCode": 200,
        "isBase64Encoded": True,
        "body": base64.b64encode(b"\xff").decode(),
    }

    assert http_response(json.dumps(answer).encode()).body == b"\xff"


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": "many"},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "isBase64Encoded": True, "body": "*"},
    ],
)
def test_a_malformed_answer_is_an_error(answer: dict[str, Any]) -> None:
    """The gateway turns it into 500."""
    with pytest.raises((ValueError, TypeError)):
        http_response(json.dumps(answer).encode())
