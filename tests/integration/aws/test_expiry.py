"""What becomes of receipts whose time is over; the fake keeps everything."""

import boto3
import pytest

from loopwright.aws.objects import S3ObjectStore
from loopwright.aws.receipts import DynamoReceipts
from loopwright.domain.receipt import Labels, Prediction, Receipt
from loopwright.errors import NotFoundError
from tests.fakes import ManualClock
from tests.integration.moto_store import aws, make_bucket, make_table

__all__ = ["aws"]
KEEP_DAYS = 30


@pytest.mark.usefixtures("aws")
def test_an_expired_receipt_is_gone_before_dynamodb_deletes_it() -> None:
    """Its body in the bucket may be gone by then; labels that came later do not bring it back."""
    clock = ManualClock()
    make_bucket("store")
    objects = S3ObjectStore(boto3.client("s3"), "store")
    table = make_table("receipts")
    receipts = DynamoReceipts(table, objects=objects, clock=clock, keep_days=KEEP_DAYS)
    receipts.put(a_receipt())
    clock.advance(hours=24 * (KEEP_DAYS - 1))
    receipts.put_labels(some_labels(), previous=None)
    kept = [receipt.id for receipt, _ in receipts.labelled("loans")]
    clock.advance(hours=25)

    assert kept == ["a1"]
    assert list(receipts.labelled("loans")) == []
    with pytest.raises(NotFoundError, match="a1"):
        receipts.get("loans", "a1")


def a_receipt() -> Receipt:
    """Return a receipt of one instance."""
    return Receipt(
        id="a1",
        project="loans",
        model="m1",
        at="2026-01-01T00:00:00+00:00",
        actor="ann",
        instances=({"note": "x"},),
        context=({},),
        predictions=(Prediction(value=1, probabilities=(0.25, 0.75)),),
    )


def some_labels() -> Labels:
    """Return its labels."""
    return Labels(receipt="a1", project="loans", labels={0: 1}, at="2026-01-30", actor="ann")
