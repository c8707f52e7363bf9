"""Fixtures of the functions: the stores on moto, and the environment of every function."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.functions.calling import forget
from tests.integration.moto_store import INDEXES, aws, make_bucket, make_signing_key, make_table

__all__ = ["aws", "stores"]

BUCKET = "store-of-functions"
MACHINES = "arn:aws:states:eu-west-1:123456789012:stateMachine"
ENVIRONMENT = {
    "LOOPWRIGHT_BUCKET": BUCKET,
    "LOOPWRIGHT_EVENT_BUS": "default",
    "LOOPWRIGHT_API_PARAMETER": "/tests/api",
    "LOOPWRIGHT_POINTER_TTL_SECONDS": "0",
    "LOOPWRIGHT_RELEASE_MACHINE": f"{MACHINES}:release-model",
    "LOOPWRIGHT_RETRAINING_MACHINE": f"{MACHINES}:retrain-model",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "LOOPWRIGHT_THREADS": "1",
    "POWERTOOLS_METRICS_NAMESPACE": "loopwright/tests",
}


@pytest.fixture
def stores(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Make the stores for one test; return the bucket."""
    with stores_with(monkeypatch) as bucket:
        yield bucket


@contextmanager
def stores_with(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Make the bucket and the tables, and tell every function of them; return the bucket."""
    for table in INDEXES:
        monkeypatch.setenv(f"LOOPWRIGHT_{table.upper()}_TABLE", table)
        make_table(table)
    monkeypatch.setenv("LOOPWRIGHT_SIGNING_KEY", make_signing_key())
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    make_bucket(BUCKET)
    forget()
    yield BUCKET
    forget()
