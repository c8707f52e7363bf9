"""Answer with the event and what the process sees."""

import logging
import os
from typing import Any  # an event and a context of Lambda

from mini_layer import GREETING

logging.getLogger().setLevel(logging.INFO)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Echo an event, say who ran it, and log one line."""
    logging.getLogger().info("echo was called")
    return {
        "event": event,
        "greeting": GREETING,
        "stage": os.environ["STAGE"],
        "table": os.environ["TABLE_NAME"],
        "bucket_uri": os.environ["BUCKET_URI"],
        "process": os.getpid(),
        "request_id": context.aws_request_id,
    }
