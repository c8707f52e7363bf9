"""In-memory collaborators that pass the same contract tests as the AWS adapters."""

from tests.fakes.catalog import InMemoryCatalog, InMemoryLedger, InMemoryLineage
from tests.fakes.external_tables import InMemoryExternalTables
from tests.fakes.services import (
    CollectedMetrics,
    InMemoryEventBus,
    InMemoryTaskTokens,
    KeyedSignatures,
    ManualClock,
    ScriptedEndpoint,
)
from tests.fakes.storage import InMemoryObjectStore
from tests.fakes.traffic import InMemoryReceipts, InMemoryWindows

__all__ = [
    "CollectedMetrics",
    "InMemoryCatalog",
    "InMemoryEventBus",
    "InMemoryExternalTables",
    "InMemoryLedger",
    "InMemoryLineage",
    "InMemoryObjectStore",
    "InMemoryReceipts",
    "InMemoryTaskTokens",
    "InMemoryWindows",
    "KeyedSignatures",
    "ManualClock",
    "ScriptedEndpoint",
]
