"""The gateway without sockets: what it answers when."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from infra.twin.bridge import Invocation
from infra.twin.errors import SandboxError
from infra.twin.http_api import MAX_BODY_BYTES, ApiSettings, HttpApiGateway
from infra.twin.http_events import HttpRequest, HttpResponse
from infra.twin.identities import Identity

CALLER = Identity("ada", "arn:aws:iam::123456789012:user/ada", "AIDA1", "123456789012", "AK", "s")
URI = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:f/invocations"
INTEGRATION = {"uri": URI, "payloadFormatVersion": "2.0"}
OPEN = {"x-amazon-apigateway-integration": INTEGRATION}
BODY = {
    "paths": {"/open": {"post": OPEN}, "/iam": {"post": {**OPEN, "security": [{"AWS_IAM": []}]}}},
    "components": {"securitySchemes": {"AWS_IAM": {"x-amazon-apigateway-authtype": "awsSigv4"}}},
}

type Answer = Callable[[dict[str, Any]], Invocation]
type Ask = Callable[[Answer, HttpRequest], HttpResponse]


def answering(payload: object, function_error: str | None = None) -> Answer:
    """A function with a fixed answer."""
    encoded = json.dumps(payload).encode()
    return lambda _event: Invocation(encoded, function_error, "r", "")


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Ask a gateway whose function is given."""
    gateways = []

    def run(answer: Answer, request: HttpRequest) -> HttpResponse:
        gateway = HttpApiGateway(
            BODY,
            ApiSettings("api", "eu-west-1", "123456789012", timeout_s=0.2),
            invoke=lambda _arn, payload: answer(json.loads(payload)),
            find_identity=lambda key: CALLER if key == "AK" else None,
        )
        gateways.append(gateway)
        return gateway.answer(request)

    yield run
    for gateway in gateways:
        gateway.close()


def a_request(path: str = "/open", body: bytes = b"{}", **headers: Any) -> HttpRequest:
    """A POST of JSON."""
    sent = {"content-type": "application/json", "host": "h", **headers}
    return HttpRequest("POST", path, "", sent, body, "r-1", datetime.now(UTC))


def a_signed_request(identity: Identity, path: str = "/iam") -> HttpRequest:
    """The same, signed by botocore as this identity."""
    request = AWSRequest("POST", f"http://h{path}", data=b"{}")
    session = identity.session("http://h", "eu-west-1")
    SigV4Auth(session.get_credentials(), "execute-api", "eu-west-1").add_auth(request)
    headers: dict[str, Any] = {name.lower(): str(value) for name, value in request.headers.items()}
    return a_request(path, **headers)


def test_a_functions_answer_reaches_the_caller(ask: Ask) -> None:
    """The plain case."""
    response = ask(answering({"statusCode": 202, "body": "x"}), a_request())

    assert (response.status, response.body) == (202, b"x")


def test_a_signed_callers_identity_reaches_the_function(ask: Ask) -> None:
    """The actor of every transition comes from here."""
    events = []

    def answer(event: dict[str, Any]) -> Invocation:
        events.append(event)
        return Invocation(b"{}", None, "r", "")

    response = ask(answer, a_signed_request(CALLER))

    assert response.status == 200
    assert events[0]["requestContext"]["authorizer"]["iam"]["userArn"] == CALLER.user_arn


def test_an_unsigned_request_to_a_signed_route_is_forbidden(ask: Ask) -> None:
    """The function does not run."""
    response = ask(lambda _event: pytest.fail("it ran"), a_request("/iam"))

    assert (response.status, json.loads(response.body)) == (403, {"message": "Forbidden"})


def test_an_unknown_key_is_forbidden(ask: Ask) -> None:
    """Well signed, but by nobody."""
    stranger = Identity("eve", "arn", "id", "1", "AKOTHER", "s")

    assert ask(answering({}), a_signed_request(stranger)).status == 403


def test_a_wrong_secret_is_forbidden(ask: Ask) -> None:
    """The right key, but not its owner."""
    forger = Identity("eve", "arn", "id", "1", "AK", "guessed")

    assert ask(answering({}), a_signed_request(forger)).status == 403


def test_an_unknown_route_is_not_found(ask: Ask) -> None:
    """As API Gateway says it."""
    response = ask(answering({}), a_request("/nowhere"))

    assert (response.status, json.loads(response.body)) == (404, {"message": "Not Found"})


def test_a_body_over_ten_mebibytes_is_too_large(ask: Ask) -> None:
    """API Gateway's own limit."""
    assert ask(answering({}), a_request(body=bytes(MAX_BODY_BYTES + 1))).status == 413


@pytest.mark.parametrize(
    "answer",
    [answering({"errorType": "E"}, "Unhandled"), answering({"statusCode": "many"})],
    ids=["function error", "malformed answer"],
)
def test_what_a_function_breaks_is_an_internal_error(ask: Ask, answer: Answer) -> None:
    """The caller learns nothing of the inside."""
    response = ask(answer, a_request())

    assert (response.status, json.loads(response.body)) == (
        500,
        {"message": "Internal Server Error"},
    )


def test_a_sandbox_that_cannot_start_is_an_internal_error(ask: Ask) -> None:
    """While the twin stops, or when no process can be made."""

    def answer(_event: dict[str, Any]) -> Invocation:
        message = "no process"
        raise SandboxError(message)

    assert ask(answer, a_request()).status == 500


def test_a_function_that_takes_too_long_is_unavailable(ask: Ask) -> None:
    """API Gateway waits thirty seconds; the test a fifth of one."""

    def answer(_event: dict[str, Any]) -> Invocation:
        time.sleep(0.4)
        return Invocation(b"{}", None, "r", "")

    assert ask(answer, a_request()).status == 503
