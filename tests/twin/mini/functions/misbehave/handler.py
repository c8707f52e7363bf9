"""Fail in the way that the event asks for."""

import os
import sys
import time
from collections.abc import Callable
from typing import Any  # an event and a context of Lambda


class MeasureError(Exception):
    """An error of the function's own."""


def fail(_event: Any) -> None:
    """Raise the function's own error."""
    message = "row 3 has no key"
    raise MeasureError(message)


def eat(_event: Any) -> None:
    """Take all the memory there is."""
    kept: list[bytes] = []
    while True:
        kept.append(b"x" * 10_000_000)


def talk(event: Any) -> None:
    """Write many lines quickly."""
    for line in range(event["lines"]):
        sys.stdout.write(f"line {line}\n")


MISDEEDS: dict[str, Callable[[Any], None]] = {
    "eat": eat,
    "exit": lambda _event: os._exit(7),
    "fine": lambda _event: None,
    "nap": lambda _event: time.sleep(0.5),
    "raise": fail,
    "sleep": lambda _event: time.sleep(60),
    "talk": talk,
}


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Do the named misdeed, and answer if one still can."""
    MISDEEDS[event["misdeed"]](event)
    return {
        "misdeed": event["misdeed"],
        "batch": event.get("batch"),
        "remaining_ms": context.get_remaining_time_in_millis(),
        "process": os.getpid(),
    }
