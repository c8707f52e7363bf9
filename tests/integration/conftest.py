"""Each port twice: the fake, and the AWS adapter over moto in this process."""

from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import pytest
from moto import mock_aws

from loopwright.aws.items import Table
from loopwright.aws.ledger import DynamoLedger
from loopwright.aws.lineage import DynamoLineage
from loopwright.aws.objects import S3ObjectStore
from loopwright.aws.receipts import DynamoReceipts
from loopwright.aws.windows import DynamoWindows
from loopwright.ports import Ledger, Lineage, ObjectStore, ReceiptStore, WindowStore
from tests.fakes import (
    InMemoryLedger,
    InMemoryLineage,
    InMemoryObjectStore,
    InMemoryReceipts,
    InMemoryWindows,
    ManualClock,
)

BUCKET = "store-of-tests"


@dataclass(frozen=True)
class Adapters:
    """One implementation of every stored port."""

    objects: ObjectStore
    ledger: Ledger
    lineage: Lineage
    receipts: ReceiptStore
    windows: WindowStore
    clock: ManualClock


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start moto with credentials that mean nothing."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


@pytest.fixture(params=["fake", "aws"])
def adapters(request: pytest.FixtureRequest) -> Adapters:
    """Return every stored port, in memory or on moto."""
    clock = ManualClock()
    if request.param == "fake":
        return Adapters(
            InMemoryObjectStore(),
            InMemoryLedger(),
            InMemoryLineage(),
            InMemoryReceipts(),
            InMemoryWindows(),
            clock,
        )
    request.getfixturevalue("aws")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    objects = S3ObjectStore(s3, BUCKET)
    catalog = _table("catalog", gsi1=("gsi1pk", "gsi1sk"))
    receipts = _table("receipts", labels_by_project=("label_project", "labelled_at"))
    return Adapters(
        objects,
        DynamoLedger(catalog),
        DynamoLineage(catalog),
        DynamoReceipts(receipts, objects=objects, clock=clock, keep_days=400),
        DynamoWindows(_table("windows"), clock=clock),
        clock,
    )


def _table(name: str, **indexes: tuple[str, str]) -> Table:
    """Create a table keyed by pk and sk, with the given indexes."""
    dynamodb = boto3.client("dynamodb")
    attributes = {"pk", "sk", *(key for keys in indexes.values() for key in keys)}
    options = {
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index,
                "KeySchema": _keys(*keys),
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, keys in indexes.items()
        ]
    }
    dynamodb.create_table(
        TableName=name,
        KeySchema=_keys("pk", "sk"),
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": "S"} for attribute in sorted(attributes)
        ],
        BillingMode="PAY_PER_REQUEST",
        **(options if indexes else {}),
    )
    return Table(dynamodb, name)


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]
