"""The Lambda Runtime API for one sandbox: an HTTP server from which the runtime fetches its events.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from queue import SimpleQueue
from threading import Event
from typing import Literal

from infra.twin.http_body import read_body
from infra.twin.loopback_server import LoopbackServer

_TRACE_ID = "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0"


@dataclass(frozen=True)
class RuntimeEvent:
    """One event as the runtime sees it."""

    request_id: str
    payload: bytes
    function_arn: str
    deadline_s: float


@dataclass(frozen=True)
class RuntimeAnswer:
    """What the runtime posted back: a response, an error of the handler or of the init phase."""

    kind: Literal["response", "error", "init_error"]
    request_id: str
    body: bytes


class RuntimeApi:
    """A server on loopback; the runtime's ``next`` call blocks until ``offer`` brings an event."""

    def __init__(self) -> None:
        """Start listening on a free port."""
        self.is_ready = Event()
        self.answers: SimpleQueue[RuntimeAnswer] = SimpleQueue()
        self._events: SimpleQueue[RuntimeEvent | None] = SimpleQueue()
        self._server = LoopbackServer(_handler_of(self))

    @property
    def address(self) -> str:
        """The value of AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._server.server_port}"

    def offer(self, event: RuntimeEvent) -> None:
        """Hand the next event to the runtime."""
        self._events.put(event)

    def take(self) -> RuntimeEvent | None:
        """Wait for the next event; None when the sandbox ends."""
        self.is_ready.set()
        return self._events.get()

    def close(self) -> None:
        """Release the runtime that waits, stop the server and its thread."""
        self._events.put(None)
        self._server.close()


class _Handler(BaseHTTPRequestHandler):
    """The two calls of the Runtime API, for ``api``, which a subclass sets."""

    api: RuntimeApi
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing on stderr."""

    def do_GET(self) -> None:
        """Answer ``/runtime/invocation/next`` with the next event."""
        event = self.api.take()
        if event is None:
            self.close_connection = True
            return
        self._reply(200, event.payload, _event_headers(event))

    def do_POST(self) -> None:
        """Take a response or an error."""
        body = read_body(self.headers, self.rfile)
        self._reply(202, b'{"status":"OK"}', {})
        self.api.answers.put(_answer(self.path, body))

    def _reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _handler_of(api: RuntimeApi) -> type[BaseHTTPRequestHandler]:
    return type("RuntimeApiHandler", (_Handler,), {"api": api})


def _event_headers(event: RuntimeEvent) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": event.request_id,
        "Lambda-Runtime-Deadline-Ms": str(int((time.time() + event.deadline_s) * 1000)),
        "Lambda-Runtime-Invoked-Function-Arn": event.function_arn,
        "Lambda-Runtime-Trace-Id": _TRACE_ID,
    }


def _answer(path: str, body: bytes) -> RuntimeAnswer:
    parts = path.rstrip("/").split("/")
    if parts[-2:] == ["init", "error"]:
        return RuntimeAnswer("init_error", "", body)
    kind: Literal["response", "error"] = "error" if parts[-1] == "error" else "response"
    return RuntimeAnswer(kind, parts[-2], body)
