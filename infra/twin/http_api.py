"""An HTTP API on loopback: routes, IAM authorisation, limits and errors as API Gateway has them."""

import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any  # an OpenAPI document is any JSON value
from uuid import uuid4

from infra.twin.bridge import Invocation
from infra.twin.errors import TwinError
from infra.twin.http_events import (
    HttpRequest,
    HttpResponse,
    http_response,
    lambda_event,
    message_response,
)
from infra.twin.http_routes import RouteMatch, find_route, read_routes
from infra.twin.identities import Identity
from infra.twin.sigv4 import (
    SignatureError,
    SignedRequest,
    parse_authorization,
    verify,
)

MAX_BODY_BYTES = 10 * 1024 * 1024
INTEGRATION_TIMEOUT_S = 30.0
_SERVICE = "execute-api"
_LOGGER = logging.getLogger(__name__)

type Invoke = Callable[[str, bytes], Invocation]
type FindIdentity = Callable[[str], Identity | None]


@dataclass(frozen=True)
class ApiSettings:
    """Where an API stands."""

    api_id: str
    region: str
    account_id: str
    timeout_s: float = INTEGRATION_TIMEOUT_S


class HttpApiGateway:
    """Answers requests for one API; knows nothing of sockets."""

    def __init__(
        self,
        body: Mapping[str, Any],
        settings: ApiSettings,
        *,
        invoke: Invoke,
        find_identity: FindIdentity,
    ) -> None:
        """An API with the routes of this OpenAPI body."""
        self._routes = read_routes(body)
        self._settings = settings
        self._invoke = invoke
        self._find_identity = find_identity
        self._workers = ThreadPoolExecutor(16, thread_name_prefix="twin-api")

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Route, authorise, invoke and translate back."""
        match = find_route(self._routes, request.method, request.path)
        if match is None:
            return message_response(404, "Not Found")
        if len(request.body) > MAX_BODY_BYTES:
            return message_response(413, "Request Entity Too Large")
        try:
            caller = self._authorise(request) if match.route.requires_iam else None
        except SignatureError as error:
            _LOGGER.info("%s %s is forbidden: %s", request.method, request.path, error)
            return message_response(403, "Forbidden")
        return self._integrate(request, match, caller)

    def _authorise(self, request: HttpRequest) -> Identity:
        credential = parse_authorization(request.headers.get("authorization"))
        identity = self._find_identity(credential.access_key)
        if identity is None:
            message = f"the access key {credential.access_key} is unknown"
            raise SignatureError(message)
        signed = SignedRequest(
            request.method, request.path, request.query, request.headers, request.body
        )
        verify(
            signed,
            credential,
            secret=identity.secret_key,
            service=_SERVICE,
            region=self._settings.region,
            now=datetime.now(UTC),
        )
        return identity

    def _integrate(
        self, request: HttpRequest, match: RouteMatch, caller: Identity | None
    ) -> HttpResponse:
        event = lambda_event(
            request,
            match,
            api_id=self._settings.api_id,
            account_id=self._settings.account_id,
            caller=caller,
        )
        payload = json.dumps(event).encode()
        future = self._workers.submit(self._invoke, match.route.function_arn, payload)
        try:
            outcome = future.result(self._settings.timeout_s)
        except FutureTimeoutError:
            return message_response(503, "Service Unavailable")
        except TwinError:
            _LOGGER.exception("%s could not be invoked", match.route.function_arn)
            return message_response(500, "Internal Server Error")
        if not outcome.succeeded:
            return message_response(500, "Internal Server Error")
        try:
            return http_response(outcome.payload)
        except (ValueError, TypeError):
            _LOGGER.exception("%s answered no HTTP response", match.route.key)
            return message_response(500, "Internal Server Error")

    def close(self) -> None:
        """End the threads that wait for functions."""
        self._workers.shutdown(wait=True, cancel_futures=True)


def new_request_id() -> str:
    """A request id such as API Gateway gives."""
    return str(uuid4())
