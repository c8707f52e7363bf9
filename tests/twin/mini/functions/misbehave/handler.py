"""Fail in the way that the event asks for."""

import os
import time


class MeasureError(Exception):
    """An error of the function's own."""


def handler(event, context):
    """Do the named misdeed; ``fine`` answers."""
    misdeed = event["misdeed"]
    if misdeed == "raise":
        raise MeasureError("row 3 has no key")
    if misdeed == "exit":
        os._exit(7)
    if misdeed == "sleep":
        time.sleep(60)
    if misdeed == "eat":
        kept = [bytes(10_000_000)] * 1
        while True:
            kept.append(b"x" * 10_000_000)
    if misdeed == "talk":
        for line in range(event["lines"]):
            print(f"line {line}")
    return {"misdeed": misdeed, "remaining_ms": context.get_remaining_time_in_millis()}
