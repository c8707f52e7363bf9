"""A Lambda runtime in plain Python, for machines for which awslambdaric has no wheel (macOS on
arm64).

It speaks the same Runtime API: ``python -m infra.twin.plain_worker handler.handler``.
"""

import importlib
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any  # an event and an answer are any JSON value

_LOG_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(message)s"
_PREFIX = "/2018-06-01/runtime"

type Handler = Callable[[Any, "PlainContext"], Any]


@dataclass(frozen=True)
class PlainContext:
    """The context object that a handler receives, with the names that AWS gave them."""

    aws_request_id: str
    invoked_function_arn: str
    deadline_ms: int
    function_name: str
    function_version: str
    memory_limit_in_mb: str
    log_group_name: str
    log_stream_name: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the platform ends the invocation."""
        return max(0, self.deadline_ms - int(time.time() * 1000))


def load_handler(name: str) -> Handler:
    """The callable that ``module.attribute`` names; slashes may separate packages."""
    module_name, _, attribute = name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module_name.replace("/", ".")), attribute)
    return handler


def error_body(error: BaseException) -> bytes:
    """An exception as Lambda reports it."""
    frames = traceback.format_tb(error.__traceback__)
    report = {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": "",
        "stackTrace": frames,
    }
    return json.dumps(report).encode()


def run(handler_name: str, address: str) -> int:
    """Serve events until the Runtime API closes; the exit code of the process."""
    logging.basicConfig(stream=sys.stdout, format=_LOG_FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
    try:
        handler = load_handler(handler_name)
    except Exception as error:  # noqa: BLE001 - whatever a module raises at import is an init error
        traceback.print_exc()
        _post(address, f"{_PREFIX}/init/error", error_body(error))
        return 1
    while serve_one(handler, address):
        pass
    return 0


def serve_one(handler: Handler, address: str) -> bool:
    """Fetch, handle and answer one event; False when there are no more."""
    connection = HTTPConnection(address)
    try:
        connection.request("GET", f"{_PREFIX}/invocation/next")
        response = connection.getresponse()
        payload = response.read()
    except OSError:
        return False
    finally:
        connection.close()
    context = _context(dict(response.getheaders()))
    path = f"{_PREFIX}/invocation/{context.aws_request_id}"
    try:
        body = json.dumps(handler(json.loads(payload), context)).encode()
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is the function's error
        traceback.print_exc()
        return _post(address, f"{path}/error", error_body(error))
    return _post(address, f"{path}/response", body)


def _context(headers: dict[str, str]) -> PlainContext:
    return PlainContext(
        aws_request_id=headers["Lambda-Runtime-Aws-Request-Id"],
        invoked_function_arn=headers["Lambda-Runtime-Invoked-Function-Arn"],
        deadline_ms=int(headers["Lambda-Runtime-Deadline-Ms"]),
        function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
        function_version=os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
        memory_limit_in_mb=os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
        log_group_name=os.environ["AWS_LAMBDA_LOG_GROUP_NAME"],
        log_stream_name=os.environ["AWS_LAMBDA_LOG_STREAM_NAME"],
    )


def _post(address: str, path: str, body: bytes) -> bool:
    connection = HTTPConnection(address)
    try:
        connection.request("POST", path, body)
        connection.getresponse().read()
    except OSError:
        return False
    finally:
        connection.close()
    return True


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], os.environ["AWS_LAMBDA_RUNTIME_API"]))
