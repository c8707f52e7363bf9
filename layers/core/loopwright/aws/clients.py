"""boto3 clients, made late and once, and AWS's refusals as our errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from loopwright.errors import ServiceError, TransientServiceError

_TRANSIENT = frozenset(
    {
        "ConcurrentModificationException",
        "ConditionalRequestConflict",
        "InternalError",
        "InternalException",
        "InternalFailure",
        "InternalServerError",
        "OperationAborted",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
_PAUSES_SECONDS = (0.05, 0.1, 0.2, 0.4)


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


def is_transient(code: str) -> bool:
    """Tell whether the same call may succeed later."""
    return code in _TRANSIENT


def patiently[Answer](
    call: Callable[[], Answer],
    *,
    passes: Callable[[ClientError], bool],
    sleep: Callable[[float], None],
) -> Answer:
    """Do a call up to five times while it collides with another one, which boto3 does not retry."""
    for pause in _PAUSES_SECONDS:
        try:
            return call()
        except ClientError as error:
            if not passes(error):
                raise
        sleep(pause)
    return call()


@contextmanager
def translated(call: str) -> Iterator[None]:
    """Turn what boto3 raises inside into ServiceError, naming the call."""
    try:
        yield
    except ClientError as error:
        message = f"{call}: {error}"
        if is_transient(error_code(error)):
            raise TransientServiceError(message) from error
        raise ServiceError(message) from error
    except BotoCoreError as error:
        message = f"{call}: {error}"
        raise TransientServiceError(message) from error
