"""The catalog table in memory: the ledger, the lineage and the catalog of data."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from loopwright.domain.catalog import Description, Entry, Page, Quality, VersionEntry
from loopwright.domain.dataset import Manifest
from loopwright.domain.definitions import Definition
from loopwright.domain.lineage import Edge, Node
from loopwright.domain.run import (
    Approval,
    Champion,
    ModelRecord,
    ProjectRecord,
    Run,
    RunKey,
)
from loopwright.errors import NotFoundError, NotWaitingError, PointerMovedError


class InMemoryLedger:
    """Projects, versions, runs, approvals, verdicts and the champion of each project."""

    def __init__(self, *projects: ProjectRecord) -> None:
        """Start with these projects."""
        self._projects = {record.project: record for record in projects}
        self._datasets: dict[str, dict[str, str]] = {}
        self._runs: dict[tuple[str, str], Run] = {}
        self._verdicts: dict[tuple[str, str], str] = {}
        self._models: dict[tuple[str, str], ModelRecord] = {}
        self._champions: dict[str, Champion] = {}
        self._approvals: dict[tuple[str, str], Approval] = {}
        self._retrained: dict[str, datetime] = {}
        self.leases: dict[str, str] = {}

    def project(self, project: str) -> ProjectRecord:
        """Return a project."""
        if project not in self._projects:
            message = f"there is no project {project!r}; known projects: {sorted(self._projects)}"
            raise NotFoundError(message)
        return self._projects[project]

    def projects(self) -> list[ProjectRecord]:
        """Return all projects by name."""
        return [self._projects[name] for name in sorted(self._projects)]

    def put_project(self, record: ProjectRecord) -> ProjectRecord:
        """Store a project's current state; an existing salt stays."""
        known = self._projects.get(record.project)
        stored = record if known is None else record.model_copy(update={"salt": known.salt})
        self._projects[record.project] = stored
        return stored

    def add_dataset(self, manifest: Manifest) -> None:
        """List a dataset version."""
        versions = self._datasets.setdefault(manifest.project, {})
        versions.setdefault(manifest.digest, manifest.registered_at)

    def datasets(self, project: str) -> list[str]:
        """Return the digests, newest first."""
        versions = self._datasets.get(project, {})
        return sorted(versions, key=lambda digest: versions[digest], reverse=True)

    def open_run(self, run: Run) -> None:
        """Store a new run."""
        self._runs.setdefault((run.project, run.id), run)

    def run(self, project: str, run: str) -> Run:
        """Return a run."""
        if (project, run) not in self._runs:
            message = f"project {project!r} has no run {run!r}"
            raise NotFoundError(message)
        return self._runs[project, run]

    def runs(self, project: str | None = None, *, limit: int = 50) -> list[Run]:
        """Return runs, newest first."""
        chosen = [run for run in self._runs.values() if project in (None, run.project)]
        return sorted(chosen, key=lambda run: run.started_at, reverse=True)[:limit]

    def update_run(self, run: str, project: str, changes: Mapping[str, Any]) -> Run:
        """Set fields of an open run."""
        stored = self.run(project, run)
        if stored.outcome is None:
            stored = Run.model_validate({**stored.model_dump(), **changes})
            self._runs[project, run] = stored
        return stored

    def close_run(self, run: Run) -> bool:
        """Store a run's end once."""
        stored = self._runs.get((run.project, run.id))
        if stored is not None and stored.outcome is not None:
            return False
        self._runs[run.project, run.id] = run
        return True

    def verdict(self, project: str, key: RunKey) -> str | None:
        """Return the run that gave this key its verdict."""
        return self._verdicts.get((project, key.digest))

    def put_verdict(self, project: str, key: RunKey, run: str) -> None:
        """Record that a run gave this key its verdict."""
        self._verdicts.setdefault((project, key.digest), run)

    def add_model(self, record: ModelRecord) -> None:
        """List a model version."""
        self._models.setdefault((record.project, record.model), record)

    def model(self, project: str, model: str) -> ModelRecord:
        """Return a model version."""
        if (project, model) not in self._models:
            message = f"project {project!r} has no model {model!r}"
            raise NotFoundError(message)
        return self._models[project, model]

    def models(self, project: str) -> list[ModelRecord]:
        """Return a project's model versions, newest first."""
        chosen = [record for record in self._models.values() if record.project == project]
        return sorted(chosen, key=lambda record: record.registered_at, reverse=True)

    def set_model_status(self, project: str, model: str, status: str) -> None:
        """Change a model's status."""
        stored = self.model(project, model).model_dump()
        self._models[project, model] = ModelRecord.model_validate({**stored, "status": status})

    def champion(self, project: str) -> Champion | None:
        """Return the champion pointer."""
        return self._champions.get(project)

    def move_champion(self, champion: Champion, *, expected: str | None) -> None:
        """Move the pointer if it still names `expected`."""
        stored = self._champions.get(champion.project)
        if stored is not None and (stored.model, stored.run) == (
            champion.model,
            champion.run,
        ):
            return
        found = None if stored is None else stored.model
        if found != expected:
            message = f"the champion of {champion.project} is {found}, not {expected}"
            raise PointerMovedError(message)
        self._champions[champion.project] = champion

    def withdraw_champion(self, project: str, *, expected: str) -> None:
        """Remove the pointer if it names `expected`."""
        stored = self._champions.get(project)
        if stored is None or stored.model != expected:
            message = f"the champion of {project} is {stored and stored.model}, not {expected}"
            raise PointerMovedError(message)
        del self._champions[project]

    def request_approval(self, approval: Approval) -> None:
        """Store a request for approval."""
        self._approvals[approval.project, approval.run] = approval

    def approval(self, project: str, run: str) -> Approval:
        """Return a run's request."""
        if (project, run) not in self._approvals:
            message = f"run {run!r} of project {project!r} does not wait for a decision"
            raise NotWaitingError(message)
        return self._approvals[project, run]

    def decide_approval(self, approval: Approval) -> None:
        """Store the decision once."""
        stored = self.approval(approval.project, approval.run)
        if stored.decision not in (None, approval.decision):
            message = f"run {approval.run!r} was already {stored.decision} by {stored.actor}"
            raise NotWaitingError(message)
        if stored.decision is None:
            self._approvals[approval.project, approval.run] = approval

    def release_lease(self, project: str, owner: str) -> bool:
        """Release the lease if `owner` holds it."""
        held = self.leases.get(project) == owner
        if held:
            del self.leases[project]
        return held

    def last_retraining(self, project: str) -> datetime | None:
        """Return when the last retraining started."""
        return self._retrained.get(project)

    def note_retraining(self, project: str, at: datetime) -> None:
        """Record when a retraining started."""
        self._retrained[project] = at


class InMemoryLineage:
    """Edges in memory."""

    def __init__(self) -> None:
        """Start with no edges."""
        self.edges: dict[tuple[str, str, str, str], Edge] = {}

    def record(self, edges: Sequence[Edge]) -> None:
        """Store edges; the first of its kind stays."""
        for edge in edges:
            identity = (
                edge.source.project,
                str(edge.source),
                edge.relation,
                str(edge.target),
            )
            self.edges.setdefault(identity, edge)

    def upstream(self, node: Node) -> list[Edge]:
        """Return the edges that start at a node."""
        return [edge for edge in self.edges.values() if edge.source == node]

    def downstream(self, node: Node) -> list[Edge]:
        """Return the edges that end at a node."""
        return [edge for edge in self.edges.values() if edge.target == node]


class InMemoryCatalog:
    """Entries, versions and shared definitions in memory."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.entries: dict[str, Entry] = {}
        self.listed: dict[tuple[str, str], VersionEntry] = {}
        self._definitions: dict[str, dict[int, Definition]] = {}

    def describe(self, description: Description) -> None:
        """Store what a project says of its data."""
        self._change(description.project, description=description)

    def add_version(self, project: str, version: VersionEntry) -> None:
        """List a version; the newest is shown."""
        self.listed.setdefault((project, version.digest), version)
        shown = self._entry(project).version
        if shown is None or shown.registered_at < version.registered_at:
            self._change(project, version=version)

    def set_quality(self, project: str, quality: Quality) -> None:
        """Keep the verdict over a version."""
        if (project, quality.dataset) not in self.listed:
            return
        judged = self.listed[project, quality.dataset].model_copy(update={"quality": quality})
        self.listed[project, quality.dataset] = judged
        shown = self._entry(project).version
        if shown is not None and shown.digest == quality.dataset:
            self._change(project, version=judged)

    def tag(self, project: str, *, add: Sequence[str], remove: Sequence[str]) -> Entry:
        """Add and remove tags."""
        tags = {*self.entry(project).tags, *add} - set(remove)
        self._change(project, tags=tuple(sorted(tags)))
        return self.entry(project)

    def entry(self, project: str) -> Entry:
        """Return a project's entry."""
        if project not in self.entries:
            message = f"the catalog has no data of a project {project!r}"
            raise NotFoundError(message)
        return self.entries[project]

    def page(self, *, after: str | None = None, limit: int = 50) -> Page:
        """Return entries by project."""
        names = sorted(name for name in self.entries if after is None or name > after)
        kept = tuple(self.entries[name] for name in names[:limit])
        return Page(entries=kept, after=kept[-1].project if len(names) > limit else None)

    def versions(self, project: str) -> list[VersionEntry]:
        """Return a project's versions, newest first."""
        found = [version for (name, _), version in self.listed.items() if name == project]
        return sorted(found, key=lambda version: version.registered_at, reverse=True)

    def put_definition(self, definition: Definition) -> bool:
        """Store a version of a definition once."""
        versions = self._definitions.setdefault(definition.name, {})
        return versions.setdefault(definition.version, definition) is definition

    def definitions(self, name: str) -> list[Definition]:
        """Return the versions of a definition, oldest first."""
        return [version for _, version in sorted(self._definitions.get(name, {}).items())]

    def _entry(self, project: str) -> Entry:
        return self.entries.get(project, Entry(project=project))

    def _change(self, project: str, **changes: object) -> None:
        self.entries[project] = self._entry(project).model_copy(update=changes)
