"""HTTP API events in, answers out; refusals become problem documents. Needs no AWS library."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loopwright.domain.problems import REFUSALS, problem_of
from loopwright.domain.record import Record, digest_of

PROBE_HEADER = "x-loopwright-probe"
_ID_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
_MAX_ID = 128


@dataclass(frozen=True)
class ApiRequest:
    """What a function needs of an API Gateway event (HTTP API, payload format 2.0)."""

    path: Mapping[str, str]
    body: bytes
    actor: str
    id: str
    probe: bool

    @property
    def project(self) -> str:
        """Return the project of the path."""
        return self.path["project"]


def api_request(event: Mapping[str, Any]) -> ApiRequest:
    """Read an event. The actor is the caller's own identity, as IAM authorised it."""
    context = event["requestContext"]
    text = event.get("body") or ""
    body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    identity = context.get("authorizer", {}).get("iam", {})
    headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
    return ApiRequest(
        path=event.get("pathParameters") or {},
        body=body,
        actor=identity.get("userArn") or "anonymous",
        id=request_id(context["requestId"]),
        probe=headers.get(PROBE_HEADER) == "1",
    )


def request_id(given: str) -> str:
    """Return API Gateway's request id as a name that fits a key and an address."""
    name = given.rstrip("=")
    fits = 0 < len(name) <= _MAX_ID and _ID_CHARACTERS.issuperset(name)
    return name if fits else digest_of(given.encode())[:32]


def respond(
    event: Mapping[str, Any], serve: Callable[[ApiRequest], Record | Mapping[str, Any]]
) -> dict[str, Any]:
    """Answer an event by `serve`; what the caller did wrong becomes a problem document.

    Breakage is not answered here: it stays an exception, so that the function's alarm sees it.
    """
    try:
        return _answer(200, serve(api_request(event)), "application/json")
    except REFUSALS as error:
        problem = problem_of(error)
        return _answer(problem.status, problem, "application/problem+json")


def _answer(status: int, body: Record | Mapping[str, Any], content_type: str) -> dict[str, Any]:
    document = body.model_dump(mode="json") if isinstance(body, Record) else body
    return {
        "statusCode": status,
        "headers": {"content-type": content_type},
        "body": json.dumps(document),
    }


def respond_or_run(
    event: Mapping[str, Any],
    serve: Callable[[ApiRequest], Record | Mapping[str, Any]],
    run: Callable[[Mapping[str, Any]], Record],
) -> dict[str, Any]:
    """Answer an API event by `serve`; give any other event to `run` and return its result."""
    if "requestContext" in event:
        return respond(event, serve)
    return run(event).model_dump(mode="json")
