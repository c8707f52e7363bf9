"""What the steps need from the outside world, as Protocols. Adapters and fakes fulfil them."""

from loopwright.ports.catalog import Catalog, ExternalTables, Ledger, Lineage
from loopwright.ports.engines import (
    ColumnTables,
    Learner,
    ReportRenderer,
    Scorer,
    Scorers,
    Scores,
    Tables,
)
from loopwright.ports.services import Clock, Endpoint, EventBus, Host, Metrics, TaskTokens
from loopwright.ports.storage import (
    DatasetStore,
    EvidenceStore,
    ModelStore,
    ObjectInfo,
    ObjectStore,
    Signatures,
    SpecStore,
)
from loopwright.ports.traffic import ReceiptStore, WindowStore
from loopwright.ports.workbench import Workbench

__all__ = [
    "Catalog",
    "Clock",
    "ColumnTables",
    "DatasetStore",
    "Endpoint",
    "EventBus",
    "EvidenceStore",
    "ExternalTables",
    "Host",
    "Learner",
    "Ledger",
    "Lineage",
    "Metrics",
    "ModelStore",
    "ObjectInfo",
    "ObjectStore",
    "ReceiptStore",
    "ReportRenderer",
    "Scorer",
    "Scorers",
    "Scores",
    "Signatures",
    "SpecStore",
    "Tables",
    "TaskTokens",
    "WindowStore",
    "Workbench",
]
