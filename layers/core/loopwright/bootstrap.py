"""The composition root: one cached factory per collaborator.

An adapter is imported inside its factory, so a function loads only what it uses: predict never
imports DuckDB, and nothing here needs an environment until it is called.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from loopwright import settings

if TYPE_CHECKING:
    from loopwright.aws.items import Table
    from loopwright.ports import (
        Catalog,
        Clock,
        DatasetStore,
        Endpoint,
        EventBus,
        EvidenceStore,
        ExternalTables,
        Learner,
        Ledger,
        Lineage,
        Metrics,
        ModelStore,
        ObjectStore,
        ReceiptStore,
        ReportRenderer,
        Scorers,
        Signatures,
        SpecStore,
        Tables,
        TaskTokens,
        WindowStore,
        Workbench,
    )


@cache
def serving_settings() -> settings.ServingSettings:
    """Return the limits of a request, and the cache time of the champion pointer."""
    return settings.ServingSettings.load()


@cache
def machine_settings() -> settings.MachineSettings:
    """Return the machines whose broken executions leave something open."""
    return settings.MachineSettings.load()


@cache
def clock() -> Clock:
    """Return the clock."""
    from loopwright.aws.services import SystemClock

    return SystemClock(settings.ClockSettings.load().clock_file)


@cache
def object_store() -> ObjectStore:
    """Return the bucket."""
    from loopwright.aws.clients import client
    from loopwright.aws.objects import S3ObjectStore

    return S3ObjectStore(client("s3"), settings.StoreSettings.load().bucket)


@cache
def specs() -> SpecStore:
    """Return the specs."""
    from loopwright.aws.stores import StoredSpecs

    return StoredSpecs(object_store())


@cache
def datasets() -> DatasetStore:
    """Return the dataset versions."""
    from loopwright.aws.stores import StoredDatasets

    return StoredDatasets(object_store())


@cache
def models() -> ModelStore:
    """Return the model packages."""
    from loopwright.aws.stores import StoredModels

    return StoredModels(object_store(), signatures())


@cache
def signatures() -> Signatures:
    """Return the key that model packages are signed with."""
    from loopwright.aws.clients import client
    from loopwright.aws.signing import KmsSignatures

    return KmsSignatures(client("kms"), settings.SigningSettings.load().signing_key)


@cache
def evidence() -> EvidenceStore:
    """Return the documents of runs."""
    from loopwright.aws.stores import StoredEvidence

    return StoredEvidence(object_store())


@cache
def ledger() -> Ledger:
    """Return the ledger."""
    from loopwright.aws.ledger import DynamoLedger

    return DynamoLedger(_table(settings.CatalogSettings.load().catalog_table))


@cache
def lineage() -> Lineage:
    """Return the lineage."""
    from loopwright.aws.lineage import DynamoLineage

    return DynamoLineage(_table(settings.CatalogSettings.load().catalog_table))


@cache
def catalog() -> Catalog:
    """Return the catalog of data."""
    from loopwright.aws.catalog import DynamoCatalog

    return DynamoCatalog(_table(settings.CatalogSettings.load().catalog_table))


@cache
def external_tables() -> ExternalTables | None:
    """Return the tables for Athena, or None where the stack has no database for them."""
    from loopwright.aws.clients import client
    from loopwright.aws.external_tables import GlueExternalTables

    database = settings.ExternalTableSettings.load().glue_database
    return GlueExternalTables(client("glue"), database) if database else None


@cache
def event_bus() -> EventBus:
    """Return the stack's own bus."""
    from loopwright.aws.clients import client
    from loopwright.aws.services import EventBridgeBus

    return EventBridgeBus(client("events"), settings.BusSettings.load().event_bus)


@cache
def receipts() -> ReceiptStore:
    """Return the receipts."""
    from loopwright.aws.receipts import DynamoReceipts

    found = settings.ReceiptSettings.load()
    return DynamoReceipts(
        _table(found.receipts_table),
        objects=object_store(),
        clock=clock(),
        keep_days=found.receipt_days,
    )


@cache
def windows() -> WindowStore:
    """Return the live counts."""
    from loopwright.aws.windows import DynamoWindows

    return DynamoWindows(_table(settings.WindowSettings.load().windows_table), clock=clock())


@cache
def endpoint() -> Endpoint:
    """Return the public prediction path."""
    from loopwright.aws.clients import client
    from loopwright.aws.endpoint import HttpEndpoint, parameter_reader

    name = settings.EndpointSettings.load().api_parameter
    return HttpEndpoint(parameter_reader(client("ssm"), name))


@cache
def task_tokens() -> TaskTokens:
    """Return the machines that wait for an answer."""
    from loopwright.aws.clients import client
    from loopwright.aws.services import WaitingTasks

    return WaitingTasks(client("stepfunctions"))


@cache
def metrics() -> Metrics:
    """Return the metrics."""
    from loopwright.telemetry import EmbeddedMetrics

    return EmbeddedMetrics()


@cache
def tables() -> Tables:
    """Return the table engine."""
    from loopwright.engines.tables import DuckTables

    found = settings.EngineSettings.load()
    return DuckTables(memory_mib=found.tables_memory_mib, threads=found.threads)


@cache
def workbench() -> Workbench:
    """Return what people compare, query and join dataset versions with."""
    from loopwright.engines.tables_workbench import DuckWorkbench

    found = settings.EngineSettings.load()
    return DuckWorkbench(memory_mib=found.tables_memory_mib, threads=found.threads)


@cache
def learner() -> Learner:
    """Return the learner of the feasibility gate."""
    from loopwright.engines.learner import SimpleLearner

    return SimpleLearner()


@cache
def scorers() -> Scorers:
    """Return what loads exported models."""
    from loopwright.engines.scorer import OnnxScorers

    return OnnxScorers()


@cache
def reports() -> ReportRenderer:
    """Return what makes pages of reports."""
    from loopwright.engines.reports.renderer import JinjaReports

    return JinjaReports()


def _table(name: str) -> Table:
    from loopwright.aws.clients import client
    from loopwright.aws.items import Table

    return Table(client("dynamodb"), name)
