"""Call the functions of the stack in this process, as Lambda and the HTTP API do."""

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from loopwright import bootstrap
from loopwright.aws import clients

EVENTS = Path(__file__).parents[2] / "events"
CONTEXT = SimpleNamespace(
    function_name="f",
    function_version="1",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:f",
    aws_request_id="request",
    get_remaining_time_in_millis=lambda: 60_000,
)


def event_of(name: str) -> dict[str, Any]:
    """Return a recorded event."""
    found: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return found


def call(function: str, event: dict[str, Any]) -> dict[str, Any]:
    """Call a handler; what it answers must be JSON."""
    handler: Callable[..., dict[str, Any]]
    handler = importlib.import_module(f"functions.{function}.handler").handler
    answer = handler(event, CONTEXT)
    json.dumps(answer)
    return answer


def ask(function: str, event: str, body: Any = None, **path: str) -> tuple[int, dict[str, Any]]:
    """Call a route of the API with a body; return the status and the answer."""
    sent = event_of(event)
    sent["pathParameters"] = path
    sent["body"] = None if body is None else json.dumps(body)
    answer = call(function, sent)
    return answer["statusCode"], json.loads(answer["body"])


def forget() -> None:
    """Forget what was built for another environment."""
    for factory in (clients.client, *vars(bootstrap).values()):
        if hasattr(factory, "cache_clear"):
            factory.cache_clear()
    for module in ("predict", "observe_predictions"):
        for made in vars(importlib.import_module(f"functions.{module}.handler")).values():
            if hasattr(made, "cache_clear"):
                made.cache_clear()
