"""HTTP requests as Lambda events (payload format 2.0), and Lambda answers as HTTP responses.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any  # a function may answer any JSON value
from urllib.parse import parse_qsl

from infra.twin.http_routes import RouteMatch
from infra.twin.identities import Identity

_TEXT_TYPES = ("text/", "application/json", "application/xml", "application/javascript")


@dataclass(frozen=True)
class HttpRequest:
    """A request as it arrived; header names lower-case, repeated headers joined by commas."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    request_id: str
    received_at: datetime


@dataclass(frozen=True)
class HttpResponse:
    """What goes back to the caller."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Sequence[str] = ()


def message_response(status: int, message: str) -> HttpResponse:
    """An answer of the API itself, in the form that API Gateway gives it."""
    body = json.dumps({"message": message}).encode()
    return HttpResponse(status, body, {"content-type": "application/json"})


def lambda_event(
    request: HttpRequest,
    match: RouteMatch,
    *,
    api_id: str,
    account_id: str,
    caller: Identity | None,
) -> dict[str, Any]:
    """The event for the function behind a route."""
    body, is_base64 = _encoded_body(request)
    cookies = [part.strip() for part in request.headers.get("cookie", "").split(";")]
    query = _joined(parse_qsl(request.query, keep_blank_values=True))
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": match.route.key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": {name: value for name, value in request.headers.items() if name != "cookie"},
        "requestContext": _request_context(request, match, api_id, account_id),
        "isBase64Encoded": is_base64,
    }
    if any(cookies):
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = query
    if match.parameters:
        event["pathParameters"] = dict(match.parameters)
    if request.body:
        event["body"] = body
    if caller is not None:
        event["requestContext"]["authorizer"] = {"iam": _iam(caller)}
    return event


def _encoded_body(request: HttpRequest) -> tuple[str, bool]:
    """Text for text types, base64 for the rest, as API Gateway decides by the content type."""
    content_type = request.headers.get("content-type", "").lower()
    if content_type.startswith(_TEXT_TYPES):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(request.body).decode(), bool(request.body)


def _joined(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _request_context(
    request: HttpRequest, match: RouteMatch, api_id: str, account_id: str
) -> dict[str, Any]:
    return {
        "accountId": account_id,
        "apiId": api_id,
        "domainName": request.headers.get("host", ""),
        "domainPrefix": api_id,
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": request.headers.get("user-agent", ""),
        },
        "requestId": request.request_id,
        "routeKey": match.route.key,
        "stage": "$default",
        "time": request.received_at.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(request.received_at.timestamp() * 1000),
    }


def _iam(caller: Identity) -> dict[str, Any]:
    return {
        "accessKey": caller.access_key,
        "accountId": caller.account_id,
        "callerId": caller.user_id,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": caller.user_arn,
        "userId": caller.user_id,
    }


def http_response(payload: bytes) -> HttpResponse:
    """A function's answer; raises ValueError for one that API Gateway would call malformed."""
    answer = json.loads(payload)
    if not isinstance(answer, dict) or "statusCode" not in answer:
        body = json.dumps(answer).encode()
        return HttpResponse(200, body, {"content-type": "application/json"})
    headers = {str(name).lower(): str(value) for name, value in _headers(answer).items()}
    return HttpResponse(
        status=int(answer["statusCode"]),
        body=_decoded_body(answer),
        headers={"content-type": "text/plain;charset=UTF-8", **headers},
        cookies=tuple(map(str, answer.get("cookies") or ())),
    )


def _headers(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    several = answer.get("multiValueHeaders") or {}
    joined = {name: ",".join(map(str, values)) for name, values in several.items()}
    return {**joined, **(answer.get("headers") or {})}


def _decoded_body(answer: Mapping[str, Any]) -> bytes:
    body = answer.get("body") or ""
    if not isinstance(body, str):
        message = "the function's body is not a text"
        raise TypeError(message)
    return base64.b64decode(body, validate=True) if answer.get("isBase64Encoded") else body.encode()
