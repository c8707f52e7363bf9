"""What is stored survives the stack, and is closed to everybody else."""

from typing import Any

import pytest

from tests.template.stack import NESTED, resources, written

STORAGE = written(NESTED[0])
KEPT = [
    (name, resource)
    for name, resource in STORAGE["Resources"].items()
    if resource["Type"] in {"AWS::S3::Bucket", "AWS::DynamoDB::Table"}
]
TABLES = resources("AWS::DynamoDB::Table", STORAGE)
BUCKET = resources("AWS::S3::Bucket", STORAGE)["Bucket"]


@pytest.mark.parametrize(("name", "resource"), KEPT, ids=[name for name, _ in KEPT])
def test_what_is_stored_outlives_the_stack(name: str, resource: dict[str, Any]) -> None:
    """Also when a change would replace it."""
    assert resource["DeletionPolicy"] == "Retain"
    assert resource["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_table_costs_nothing_idle_and_can_be_restored(table: str) -> None:
    """On demand, with recovery to any second."""
    recovery = TABLES[table]["PointInTimeRecoverySpecification"]

    assert TABLES[table]["BillingMode"] == "PAY_PER_REQUEST"
    assert recovery == {"PointInTimeRecoveryEnabled": True}


def test_receipts_have_a_stream_and_an_end() -> None:
    """The stream feeds the windows."""
    table = TABLES["ReceiptsTable"]

    assert table["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_the_store_is_versioned_encrypted_closed_and_tells_of_uploads() -> None:
    """A replaced upload can be had again."""
    assert BUCKET["VersioningConfiguration"] == {"Status": "Enabled"}
    assert BUCKET["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert all(BUCKET["PublicAccessBlockConfiguration"].values())
    assert BUCKET["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }


def test_the_store_speaks_tls_only() -> None:
    """For the bucket and for its objects."""
    policy = resources("AWS::S3::BucketPolicy", STORAGE)["BucketPolicy"]
    [statement] = policy["PolicyDocument"]["Statement"]

    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(statement["Resource"]) == 2
