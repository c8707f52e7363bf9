"""A stack in memory for the steps that work on data, with the real tables engine."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from loopwright.aws.stores import StoredDatasets, StoredEvidence, StoredSpecs
from loopwright.domain.run import Trigger
from loopwright.domain.spec import ProjectSpec
from loopwright.engines.tables import DuckTables
from loopwright.steps import (
    check_bucket,
    profile_part,
    read_part,
    register_dataset,
    validate_dataset,
    version_dataset,
)
from loopwright.steps.registration import Registration
from tests.fakes import (
    InMemoryCatalog,
    InMemoryEventBus,
    InMemoryExternalTables,
    InMemoryLedger,
    InMemoryLineage,
    InMemoryObjectStore,
    InMemoryReceipts,
    ManualClock,
)
from tests.fakes.projects import a_record, a_spec


def csv_body(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return rows as the bytes of a CSV file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


class DataStack:
    """The project `loans`, pushed, and the steps from RegisterDataset to ValidateDataset."""

    def __init__(self, spec: ProjectSpec | None = None, **record: Any) -> None:
        """Push the project."""
        self.objects = InMemoryObjectStore()
        self.specs = StoredSpecs(self.objects)
        self.datasets = StoredDatasets(self.objects)
        self.evidence = StoredEvidence(self.objects)
        self.ledger = InMemoryLedger()
        self.catalog = InMemoryCatalog()
        self.lineage = InMemoryLineage()
        self.events = InMemoryEventBus()
        self.receipts = InMemoryReceipts()
        self.external_tables: InMemoryExternalTables | None = None
        self.clock = ManualClock()
        self.tables = DuckTables(memory_mib=256, threads=1)
        self._record = record
        self.push(spec or a_spec())

    def push(self, spec: ProjectSpec) -> None:
        """Store a spec and point the project at it."""
        digest = self.specs.put_spec(spec)
        self.ledger.put_project(a_record(spec=digest, **self._record))

    def upload(self, rows: Sequence[Mapping[str, Any]], key: str = "incoming/loans/a.csv") -> str:
        """Upload rows as CSV; return the key."""
        self.objects.place(key, csv_body(rows))
        return key

    def register(self, key: str | None = None, **changes: Any) -> Registration:
        """Run RegisterDataset and, for an upload, ReadPart and VersionDataset."""
        planned = self.plan(key, **changes)
        return planned if planned.outcome != "to_read" else self.version(planned)

    def plan(
        self,
        key: str | None = None,
        *,
        run: str = "r1",
        trigger: Trigger = "upload",
        version_id: str | None = "v1",
        **changes: Any,
    ) -> register_dataset.Result:
        """Run RegisterDataset."""
        request = register_dataset.Request(
            run=run,
            execution=f"arn:{run}",
            trigger=trigger,
            key=key,
            version_id=version_id if key else None,
            actor="ana",
            reason="new data",
            **changes,
        )
        return register_dataset.register_dataset(
            request,
            objects=self.objects,
            specs=self.specs,
            datasets=self.datasets,
            ledger=self.ledger,
            clock=self.clock,
        )

    def read(self, planned: Registration, batch: int) -> read_part.Result:
        """Run ReadPart for one batch of a plan."""
        assert planned.plan is not None
        return read_part.read_part(
            read_part.Request(
                run=planned.run, project=planned.project, plan=planned.plan, batch=batch
            ),
            objects=self.objects,
            specs=self.specs,
            tables=self.tables,
        )

    def version(
        self, planned: Registration, parts: Sequence[read_part.Result] | None = None
    ) -> version_dataset.Result:
        """Run VersionDataset, by default on what ReadPart gives for every batch."""
        assert planned.plan is not None
        read = parts if parts is not None else [self.read(planned, n) for n in planned.reading]
        return version_dataset.version_dataset(
            version_dataset.Request(
                run=planned.run,
                project=planned.project,
                plan=planned.plan,
                parts=tuple(version_dataset.ReadBatch(**part.model_dump()) for part in read),
            ),
            objects=self.objects,
            specs=self.specs,
            datasets=self.datasets,
            ledger=self.ledger,
            catalog=self.catalog,
            lineage=self.lineage,
            events=self.events,
            clock=self.clock,
            external_tables=self.external_tables,
        )

    def profile(self, registered: Registration) -> list[profile_part.Result]:
        """Run ProfilePart for every batch."""
        return [
            profile_part.profile_part(
                profile_part.Request(
                    run=registered.run,
                    project=registered.project,
                    spec=str(registered.spec),
                    dataset=str(registered.dataset),
                    batch=batch,
                ),
                objects=self.objects,
                specs=self.specs,
                datasets=self.datasets,
                tables=self.tables,
            )
            for batch in registered.batches
        ]

    def check_buckets(self, registered: Registration) -> list[check_bucket.Result]:
        """Run CheckBucket for every bucket."""
        return [
            check_bucket.check_bucket(
                check_bucket.Request(
                    run=registered.run,
                    project=registered.project,
                    spec=str(registered.spec),
                    dataset=str(registered.dataset),
                    bucket=bucket,
                    batches=len(registered.batches),
                ),
                objects=self.objects,
                specs=self.specs,
                tables=self.tables,
            )
            for bucket in registered.buckets
        ]

    def validate(
        self,
        registered: Registration,
        parts: Sequence[profile_part.Result],
        buckets: Sequence[check_bucket.Result] | None = None,
    ) -> validate_dataset.Result:
        """Run ValidateDataset, by default on what CheckBucket gives for every bucket."""
        checked = self.check_buckets(registered) if buckets is None else buckets
        request = validate_dataset.Request(
            run=registered.run,
            project=registered.project,
            spec=str(registered.spec),
            dataset=str(registered.dataset),
            expected=len(registered.batches),
            parts=tuple(
                validate_dataset.ProfiledPart.model_validate(part.model_dump()) for part in parts
            ),
            buckets=tuple(
                validate_dataset.CheckedBucket.model_validate(one.model_dump()) for one in checked
            ),
        )
        return validate_dataset.validate_dataset(
            request,
            objects=self.objects,
            specs=self.specs,
            datasets=self.datasets,
            evidence=self.evidence,
            lineage=self.lineage,
            ledger=self.ledger,
            catalog=self.catalog,
            clock=self.clock,
        )

    @property
    def state(self) -> tuple[object, ...]:
        """Return everything that is stored, to compare before and after a repeated call."""
        return (
            dict(self.objects.objects),
            self.ledger.runs(),
            self.ledger.datasets("loans"),
            dict(self.lineage.edges),
        )
