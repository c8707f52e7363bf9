"""boto3 clients, made late and once, and AWS's refusals as our errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from loopwright.errors import ServiceError, TransientServiceError

_TRANSIENT = frozenset(
    {
        "InternalError",
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)


@cache
def client(service: str) -> Any:
    """Return the one client of a service, with standard retries and short timeouts."""
    settings = Config(
        retries={"mode": "standard", "max_attempts": 4},
        connect_timeout=5,
        read_timeout=60,
    )
    return boto3.client(service, config=settings)


def error_code(error: ClientError) -> str:
    """Return the code of AWS's answer."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def translated(call: str) -> Iterator[None]:
    """Turn what boto3 raises inside into ServiceError, naming the call."""
    try:
        yield
    except ClientError as error:
        message = f"{call}: {error}"
        if error_code(error) in _TRANSIENT:
            raise TransientServiceError(message) from error
        raise ServiceError(message) from error
    except BotoCoreError as error:
        message = f"{call}: {error}"
        raise TransientServiceError(message) from error
