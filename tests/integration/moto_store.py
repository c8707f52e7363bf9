"""The stores of a stack on moto in this process: a versioned bucket and the tables."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from moto import mock_aws

from loopwright.aws.items import Table

REGION = "eu-west-1"
INDEXES = {
    "catalog": {"gsi1": ("gsi1pk", "gsi1sk")},
    "receipts": {"labels_by_project": ("label_project", "labelled_at")},
    "windows": {},
}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start moto for one test."""
    with moto_with(monkeypatch):
        yield


@contextmanager
def moto_with(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start moto with credentials that mean nothing."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def make_bucket(name: str) -> None:
    """Create a versioned bucket."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def make_table(name: str) -> Table:
    """Create one of the three tables, with its indexes."""
    indexes = INDEXES[name]
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


def make_signing_key() -> str:
    """Create the key of model packages and return its ARN."""
    made = boto3.client("kms").create_key(KeySpec="RSA_3072", KeyUsage="SIGN_VERIFY")
    return str(made["KeyMetadata"]["Arn"])


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]
