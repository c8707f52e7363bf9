"""The HTTP API over real sockets: signatures of botocore, limits, and the function behind."""

import base64
import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from infra.twin.http_api import MAX_BODY_BYTES
from infra.twin.twin import DEFAULT_USER, SECOND_USER
from tests.twin.mini_stack import Mini, running_mini


@pytest.fixture(scope="module")
def mini() -> Iterator[Mini]:
    """The mini stack on a twin."""
    with running_mini() as running:
        yield running


def send(
    mini: Mini,
    method: str,
    target: str,
    *,
    user: str | None = DEFAULT_USER,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
) -> tuple[int, Any, HTTPResponse]:
    """Send a request, signed as a user or not at all: status, JSON, response."""
    url = mini.twin.outputs["ApiUrl"]
    request = AWSRequest(method, f"{url}{target}", data=body, headers=headers or {})
    if user is not None:
        credentials = mini.twin.session(user).get_credentials()
        SigV4Auth(credentials, "execute-api", "eu-west-1").add_auth(request)
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, target, body, dict(request.headers.items()))
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    return response.status, json.loads(answer or b"null"), response


def test_a_signed_request_reaches_the_function(mini: Mini) -> None:
    """Path, query, body and the caller's identity."""
    status, answer, _ = send(
        mini,
        "POST",
        "/projects/a%20b/echo?x=1&x=2",
        body=b'{"instances": []}',
        headers={"content-type": "application/json"},
    )
    event = answer["event"]

    assert status == 200
    assert event["routeKey"] == "POST /projects/{project}/echo"
    assert event["pathParameters"] == {"project": "a b"}
    assert event["queryStringParameters"] == {"x": "1,2"}
    assert event["body"] == '{"instances": []}'


@pytest.mark.parametrize("user", [DEFAULT_USER, SECOND_USER])
def test_the_function_knows_who_called(mini: Mini, user: str) -> None:
    """Two users, so that somebody else can approve."""
    _, answer, _ = send(mini, "POST", "/projects/p/echo", user=user)
    iam = answer["event"]["requestContext"]["authorizer"]["iam"]

    assert iam["userArn"] == mini.twin.identities[user].user_arn
    assert iam["userArn"].endswith(f":user/{user}")


def test_who_does_not_sign_is_forbidden(mini: Mini) -> None:
    """IAM is the default authorizer of the template."""
    status, answer, _ = send(mini, "POST", "/projects/p/echo", user=None)

    assert (status, answer) == (403, {"message": "Forbidden"})


def test_a_route_without_authorizer_is_open(mini: Mini) -> None:
    """Because the template says NONE."""
    status, answer, _ = send(mini, "PUT", "/open", user=None)

    assert status == 200
    assert answer["event"]["routeKey"] == "ANY /open"
    assert "authorizer" not in answer["event"]["requestContext"]


def test_a_greedy_path_takes_everything_below(mini: Mini) -> None:
    """As files do."""
    _, answer, _ = send(mini, "GET", "/files/a/b/c.txt")

    assert answer["event"]["pathParameters"] == {"path": "a/b/c.txt"}


def test_bytes_arrive_as_they_were_sent(mini: Mini) -> None:
    """Base64 in the event."""
    body = bytes(range(256))
    headers = {"content-type": "application/octet-stream"}
    _, answer, _ = send(mini, "POST", "/projects/p/echo", body=body, headers=headers)

    assert base64.b64decode(answer["event"]["body"]) == body


def test_an_unknown_route_is_not_found(mini: Mini) -> None:
    """With the answer of API Gateway."""
    assert send(mini, "GET", "/nowhere")[:2] == (404, {"message": "Not Found"})


def test_a_body_over_ten_mebibytes_is_refused(mini: Mini) -> None:
    """And the connection lives long enough to say so."""
    status, answer, _ = send(mini, "POST", "/projects/p/echo", body=bytes(MAX_BODY_BYTES + 1))

    assert (status, answer) == (413, {"message": "Request Entity Too Large"})


def test_the_api_is_on_loopback_only(mini: Mini) -> None:
    """Nobody else on the network can call it."""
    assert urlsplit(mini.twin.api_url).hostname == "127.0.0.1"
