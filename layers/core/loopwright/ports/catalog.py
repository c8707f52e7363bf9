"""The catalog table: the ledger, the lineage and the catalog of data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from loopwright.domain.catalog import Description, Entry, Page, Quality, VersionEntry
    from loopwright.domain.dataset import Manifest
    from loopwright.domain.definitions import Definition
    from loopwright.domain.external_table import ExternalTable
    from loopwright.domain.lineage import Edge, Node
    from loopwright.domain.run import Approval, Champion, ModelRecord, ProjectRecord, Run, RunKey


class Ledger(Protocol):
    """The catalog table: projects, versions, runs, approvals, verdicts and the champion."""

    def project(self, project: str) -> ProjectRecord:
        """Return a project; NotFoundError names the projects there are."""
        ...

    def projects(self) -> list[ProjectRecord]:
        """Return all projects by name."""
        ...

    def put_project(self, record: ProjectRecord) -> ProjectRecord:
        """Store a project's current state; an existing salt stays. Return what is stored."""
        ...

    def add_dataset(self, manifest: Manifest) -> None:
        """List a dataset version; again is no error."""
        ...

    def datasets(self, project: str) -> list[str]:
        """Return the digests of a project's dataset versions, newest first."""
        ...

    def open_run(self, run: Run) -> None:
        """Store a new run; the same run again is no error."""
        ...

    def run(self, project: str, run: str) -> Run:
        """Return a run; NotFoundError when there is none."""
        ...

    def runs(self, project: str | None = None, *, limit: int = 50) -> list[Run]:
        """Return runs, newest first."""
        ...

    def update_run(self, run: str, project: str, changes: Mapping[str, Any]) -> Run:
        """Set fields of an open run; a closed run is not changed. Return what is stored."""
        ...

    def close_run(self, run: Run) -> bool:
        """Store a run's end once; False when it was closed before."""
        ...

    def verdict(self, project: str, key: RunKey) -> str | None:
        """Return the run that gave this key its verdict, or None."""
        ...

    def put_verdict(self, project: str, key: RunKey, run: str) -> None:
        """Record that a run gave this key its verdict; the first stays."""
        ...

    def add_model(self, record: ModelRecord) -> None:
        """List a model version; again is no error."""
        ...

    def model(self, project: str, model: str) -> ModelRecord:
        """Return a model version; NotFoundError when there is none."""
        ...

    def models(self, project: str) -> list[ModelRecord]:
        """Return a project's model versions, newest first."""
        ...

    def set_model_status(self, project: str, model: str, status: str) -> None:
        """Change a model's status (candidate, champion, retired, rejected)."""
        ...

    def champion(self, project: str) -> Champion | None:
        """Return the champion pointer, or None."""
        ...

    def move_champion(self, champion: Champion, *, expected: str | None) -> None:
        """Move the pointer if it still names `expected`; else PointerMovedError.

        A pointer that already names the same model for the same run is no error.
        """
        ...

    def withdraw_champion(self, project: str, *, expected: str) -> None:
        """Remove the pointer of a first champion that failed its probe; else PointerMovedError."""
        ...

    def request_approval(self, approval: Approval) -> None:
        """Store a request for approval; again for the same run replaces its token."""
        ...

    def approval(self, project: str, run: str) -> Approval:
        """Return a run's request; NotWaitingError when there is none."""
        ...

    def decide_approval(self, approval: Approval) -> None:
        """Store the decision once; NotWaitingError when it was decided otherwise before."""
        ...

    def release_lease(self, project: str, owner: str) -> bool:
        """Release the project's retraining lease if `owner` holds it."""
        ...

    def last_retraining(self, project: str) -> datetime | None:
        """Return when the last retraining of the project started, or None."""
        ...

    def note_retraining(self, project: str, at: datetime) -> None:
        """Record when a retraining started (for the cooldown)."""
        ...


class Lineage(Protocol):
    """Edges between what was made and what it was made from."""

    def record(self, edges: Sequence[Edge]) -> None:
        """Store each edge in both directions in one transaction; again is no error."""
        ...

    def upstream(self, node: Node) -> list[Edge]:
        """Return the edges that start at a node."""
        ...

    def downstream(self, node: Node) -> list[Edge]:
        """Return the edges that end at a node."""
        ...


class ExternalTables(Protocol):
    """Tables through which people ask by SQL, one per project."""

    def point(self, table: ExternalTable) -> None:
        """Create the table, or point it at a newer version; an older one changes nothing."""
        ...


class Catalog(Protocol):
    """What there is to learn from: the data of every project, and shared column definitions."""

    def describe(self, description: Description) -> None:
        """Store what a project says of its data; the newest stays."""
        ...

    def add_version(self, project: str, version: VersionEntry) -> None:
        """List a version, and show it with its project if it is the newest; again is no error."""
        ...

    def set_quality(self, project: str, quality: Quality) -> None:
        """Keep the verdict over a version, and show it with its project if that shows it."""
        ...

    def tag(self, project: str, *, add: Sequence[str], remove: Sequence[str]) -> Entry:
        """Add and remove tags; NotFoundError when the catalog does not know the project."""
        ...

    def entry(self, project: str) -> Entry:
        """Return a project's entry; NotFoundError when there is none."""
        ...

    def page(self, *, after: str | None = None, limit: int = 50) -> Page:
        """Return entries by project, by one query: at most `limit`, and at most 1 MB."""
        ...

    def versions(self, project: str) -> list[VersionEntry]:
        """Return a project's versions, newest first."""
        ...

    def put_definition(self, definition: Definition) -> bool:
        """Store a version of a definition once; False when that number is taken."""
        ...

    def definitions(self, name: str) -> list[Definition]:
        """Return the versions of a shared definition, oldest first."""
        ...
