"""Every stored port in one value, as the tests of the adapters get it."""

from dataclasses import dataclass

from loopwright.ports import (
    Catalog,
    Ledger,
    Lineage,
    ObjectStore,
    ReceiptStore,
    Signatures,
    WindowStore,
)
from tests.fakes import ManualClock

BUCKET = "store-of-tests"


@dataclass(frozen=True)
class Adapters:
    """One implementation of every stored port."""

    objects: ObjectStore
    ledger: Ledger
    lineage: Lineage
    catalog: Catalog
    receipts: ReceiptStore
    windows: WindowStore
    signatures: Signatures
    clock: ManualClock
