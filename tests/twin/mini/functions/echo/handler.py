"""Answer with the event and what the process sees."""

import os

from mini_layer import GREETING


def handler(event, context):
    """Echo an event, say who ran it, and log one line."""
    print("echo was called")
    return {
        "event": event,
        "greeting": GREETING,
        "stage": os.environ["STAGE"],
        "table": os.environ["TABLE_NAME"],
        "bucket_uri": os.environ["BUCKET_URI"],
        "process": os.getpid(),
        "request_id": context.aws_request_id,
    }
