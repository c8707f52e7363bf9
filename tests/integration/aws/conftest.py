"""Each port twice: the fake, and the AWS adapter over moto in this process."""

import boto3
import pytest

from loopwright.aws.catalog import DynamoCatalog
from loopwright.aws.ledger import DynamoLedger
from loopwright.aws.lineage import DynamoLineage
from loopwright.aws.objects import S3ObjectStore
from loopwright.aws.receipts import DynamoReceipts
from loopwright.aws.signing import KmsSignatures
from loopwright.aws.windows import DynamoWindows
from tests.fakes import (
    InMemoryCatalog,
    InMemoryLedger,
    InMemoryLineage,
    InMemoryObjectStore,
    InMemoryReceipts,
    InMemoryWindows,
    KeyedSignatures,
    ManualClock,
)
from tests.integration.aws.adapters import BUCKET, Adapters
from tests.integration.moto_store import aws, make_bucket, make_signing_key, make_table

__all__ = ["adapters", "aws"]


@pytest.fixture(params=["fake", "aws"])
def adapters(request: pytest.FixtureRequest) -> Adapters:
    """Return every stored port, in memory or on moto."""
    clock = ManualClock()
    if request.param == "fake":
        return Adapters(
            InMemoryObjectStore(),
            InMemoryLedger(),
            InMemoryLineage(),
            InMemoryCatalog(),
            InMemoryReceipts(),
            InMemoryWindows(),
            KeyedSignatures(),
            clock,
        )
    request.getfixturevalue("aws")
    make_bucket(BUCKET)
    objects = S3ObjectStore(boto3.client("s3"), BUCKET)
    catalog = make_table("catalog")
    return Adapters(
        objects,
        DynamoLedger(catalog),
        DynamoLineage(catalog),
        DynamoCatalog(catalog),
        DynamoReceipts(make_table("receipts"), objects=objects, clock=clock, keep_days=400),
        DynamoWindows(make_table("windows"), clock=clock),
        KmsSignatures(boto3.client("kms"), make_signing_key()),
        clock,
    )
