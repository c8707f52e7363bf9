"""The ledger on the catalog table.

| item | pk | sk |
|---|---|---|
| project | PROJECTS | <project> |
| dataset version | PROJECT#<project> | DATASET#<digest> |
| run | PROJECT#<project> | RUN#<run>; GSI1 RUNS, <started_at> |
| verdict of a run key | PROJECT#<project> | VERDICT#<digest> |
| model version | PROJECT#<project> | MODEL#<digest> |
| champion | PROJECT#<project> | CHAMPION |
| approval | PROJECT#<project> | APPROVAL#<run> |
| retraining lease | PROJECT#<project> | LEASE |
| last retraining | PROJECT#<project> | RETRAINED |
"""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from loopwright.aws.items import Item, Table, item, key, values
from loopwright.domain.dataset import Manifest
from loopwright.domain.run import (
    Approval,
    Champion,
    ModelRecord,
    ProjectRecord,
    Run,
    RunKey,
)
from loopwright.errors import (
    ConflictError,
    LoopwrightError,
    NotFoundError,
    NotWaitingError,
    PointerMovedError,
)

_NEW = "attribute_not_exists(pk)"
_UNCHANGED = "document = :stored"
_PROJECTS = "PROJECTS"
_RUNS = "RUNS"


class DynamoLedger:
    """Projects, versions, runs, approvals, verdicts and champions in one table."""

    def __init__(self, table: Table) -> None:
        """Keep everything in `table`."""
        self._table = table

    def project(self, project: str) -> ProjectRecord:
        """Return a project; NotFoundError names the projects there are."""
        found = self._table.get(_PROJECTS, project)
        if found is None:
            known = [record.project for record in self.projects()]
            message = f"there is no project {project!r}; known projects: {known}"
            raise NotFoundError(message)
        return ProjectRecord.model_validate_json(found["document"]["S"])

    def projects(self) -> list[ProjectRecord]:
        """Return all projects by name."""
        rows = self._table.query("pk = :pk", values(pk=_PROJECTS))
        return [ProjectRecord.model_validate_json(row["document"]["S"]) for row in rows]

    def put_project(self, record: ProjectRecord) -> ProjectRecord:
        """Store a project's current state; an existing salt stays. Return what is stored."""
        if self._table.put(item(_PROJECTS, record.project, record), _NEW):
            return record
        found = self._table.get(_PROJECTS, record.project)
        if found is None:
            message = f"project {record.project} was removed meanwhile; push it again"
            raise ConflictError(message)
        known = ProjectRecord.model_validate_json(found["document"]["S"])
        stored = record.model_copy(update={"salt": known.salt})
        self._replace(found, item(_PROJECTS, record.project, stored))
        return stored

    def add_dataset(self, manifest: Manifest) -> None:
        """List a dataset version; again is no error."""
        new = item(
            _pk(manifest.project),
            f"DATASET#{manifest.digest}",
            registered_at=manifest.registered_at,
        )
        self._table.put(new, _NEW)

    def datasets(self, project: str) -> list[str]:
        """Return the digests of a project's dataset versions, newest first."""
        rows = sorted(
            self._under(project, "DATASET#"),
            key=lambda row: row["registered_at"]["S"],
            reverse=True,
        )
        return [row["sk"]["S"].removeprefix("DATASET#") for row in rows]

    def open_run(self, run: Run) -> None:
        """Store a new run; the same run again is no error."""
        self._table.put(_run_item(run), _NEW)

    def run(self, project: str, run: str) -> Run:
        """Return a run; NotFoundError when there is none."""
        return Run.model_validate_json(self._run(project, run)["document"]["S"])

    def runs(self, project: str | None = None, *, limit: int = 50) -> list[Run]:
        """Return runs, newest first."""
        rows = self._table.query(
            "gsi1pk = :pk", values(pk=_RUNS), IndexName="gsi1", ScanIndexForward=False
        )
        found = (Run.model_validate_json(row["document"]["S"]) for row in rows)
        return list(islice((run for run in found if project in (None, run.project)), limit))

    def update_run(self, run: str, project: str, changes: Mapping[str, Any]) -> Run:
        """Set fields of an open run; a closed run is not changed. Return what is stored."""
        found = self._run(project, run)
        stored = Run.model_validate_json(found["document"]["S"])
        if stored.outcome is not None:
            return stored
        changed = Run.model_validate({**stored.model_dump(), **changes})
        self._replace(found, _run_item(changed))
        return changed

    def close_run(self, run: Run) -> bool:
        """Store a run's end once; False when it was closed before."""
        if self._table.put(_run_item(run), _NEW):
            return True
        found = self._run(run.project, run.id)
        if Run.model_validate_json(found["document"]["S"]).outcome is not None:
            return False
        self._replace(found, _run_item(run))
        return True

    def verdict(self, project: str, key: RunKey) -> str | None:
        """Return the run that gave this key its verdict, or None."""
        found = self._table.get(_pk(project), f"VERDICT#{key.digest}")
        return None if found is None else str(found["run"]["S"])

    def put_verdict(self, project: str, key: RunKey, run: str) -> None:
        """Record that a run gave this key its verdict; the first stays."""
        self._table.put(item(_pk(project), f"VERDICT#{key.digest}", run=run), _NEW)

    def add_model(self, record: ModelRecord) -> None:
        """List a model version; again is no error."""
        self._table.put(item(_pk(record.project), f"MODEL#{record.model}", record), _NEW)

    def model(self, project: str, model: str) -> ModelRecord:
        """Return a model version; NotFoundError when there is none."""
        return ModelRecord.model_validate_json(self._model(project, model)["document"]["S"])

    def models(self, project: str) -> list[ModelRecord]:
        """Return a project's model versions, newest first."""
        rows = self._under(project, "MODEL#")
        found = [ModelRecord.model_validate_json(row["document"]["S"]) for row in rows]
        return sorted(found, key=lambda record: record.registered_at, reverse=True)

    def set_model_status(self, project: str, model: str, status: str) -> None:
        """Change a model's status (candidate, champion, retired, rejected)."""
        found = self._model(project, model)
        stored = ModelRecord.model_validate_json(found["document"]["S"])
        changed = ModelRecord.model_validate({**stored.model_dump(), "status": status})
        self._replace(found, item(_pk(project), f"MODEL#{model}", changed))

    def champion(self, project: str) -> Champion | None:
        """Return the champion pointer, or None."""
        found = self._table.get(_pk(project), "CHAMPION")
        return None if found is None else Champion.model_validate_json(found["document"]["S"])

    def move_champion(self, champion: Champion, *, expected: str | None) -> None:
        """Move the pointer if it still names `expected`; else PointerMovedError."""
        new = item(_pk(champion.project), "CHAMPION", champion, model=champion.model)
        if expected is None:
            moved = self._table.put(new, _NEW)
        else:
            moved = self._table.put(new, "model = :expected", values(expected=expected))
        if moved:
            return
        stored = self.champion(champion.project)
        if stored is None or (stored.model, stored.run) != (
            champion.model,
            champion.run,
        ):
            found = None if stored is None else stored.model
            message = f"the champion of {champion.project} is {found}, not {expected}"
            raise PointerMovedError(message)

    def withdraw_champion(self, project: str, *, expected: str) -> None:
        """Remove the pointer of a first champion that failed its probe; else PointerMovedError."""
        request = {
            "TableName": self._table.name,
            "Key": key(_pk(project), "CHAMPION"),
            "ConditionExpression": "model = :expected",
            "ExpressionAttributeValues": values(expected=expected),
        }
        if not self._table.write([{"Delete": request}]):
            found = self.champion(project)
            message = f"the champion of {project} is {found and found.model}, not {expected}"
            raise PointerMovedError(message)

    def request_approval(self, approval: Approval) -> None:
        """Store a request for approval; again for the same run replaces its token."""
        self._table.put(item(_pk(approval.project), f"APPROVAL#{approval.run}", approval))

    def approval(self, project: str, run: str) -> Approval:
        """Return a run's request; NotWaitingError when there is none."""
        return Approval.model_validate_json(self._approval(project, run)["document"]["S"])

    def decide_approval(self, approval: Approval) -> None:
        """Store the decision once; NotWaitingError when it was decided otherwise before."""
        found = self._approval(approval.project, approval.run)
        stored = Approval.model_validate_json(found["document"]["S"])
        if stored.decision == approval.decision:
            return
        if stored.decision is not None:
            message = f"run {approval.run!r} was already {stored.decision} by {stored.actor}"
            raise NotWaitingError(message)
        self._replace(found, item(_pk(approval.project), f"APPROVAL#{approval.run}", approval))

    def release_lease(self, project: str, owner: str) -> bool:
        """Release the project's retraining lease if `owner` holds it."""
        request = {
            "TableName": self._table.name,
            "Key": key(_pk(project), "LEASE"),
            "ConditionExpression": "#owner = :owner",
            "ExpressionAttributeNames": {"#owner": "owner"},
            "ExpressionAttributeValues": values(owner=owner),
        }
        return self._table.write([{"Delete": request}])

    def last_retraining(self, project: str) -> datetime | None:
        """Return when the last retraining of the project started, or None."""
        found = self._table.get(_pk(project), "RETRAINED")
        return None if found is None else datetime.fromisoformat(found["started_at"]["S"])

    def note_retraining(self, project: str, at: datetime) -> None:
        """Record when a retraining started (for the cooldown)."""
        self._table.put(item(_pk(project), "RETRAINED", started_at=at.isoformat()))

    def _under(self, project: str, prefix: str) -> list[Item]:
        expected = values(pk=_pk(project), prefix=prefix)
        return list(self._table.query("pk = :pk AND begins_with(sk, :prefix)", expected))

    def _run(self, project: str, run: str) -> Item:
        missing = NotFoundError(f"project {project!r} has no run {run!r}")
        return self._item(project, f"RUN#{run}", missing)

    def _model(self, project: str, model: str) -> Item:
        missing = NotFoundError(f"project {project!r} has no model {model!r}")
        return self._item(project, f"MODEL#{model}", missing)

    def _approval(self, project: str, run: str) -> Item:
        message = f"run {run!r} of project {project!r} does not wait for a decision"
        return self._item(project, f"APPROVAL#{run}", NotWaitingError(message))

    def _item(self, project: str, sk: str, missing: LoopwrightError) -> Item:
        found = self._table.get(_pk(project), sk)
        if found is None:
            raise missing
        return found

    def _replace(self, found: Item, new: Item) -> None:
        """Replace an item if its document is still the one that was read."""
        expected = {":stored": found["document"]}
        if self._table.put(new, _UNCHANGED, expected):
            return
        # boto3 sends a write again when its answer was lost: then the document is ours already.
        if self._table.get(new["pk"]["S"], new["sk"]["S"]) != new:
            message = f"{new['pk']['S']} {new['sk']['S']} was changed meanwhile; try again"
            raise ConflictError(message)


def _pk(project: str) -> str:
    return f"PROJECT#{project}"


def _run_item(run: Run) -> Item:
    return item(
        _pk(run.project),
        f"RUN#{run.id}",
        run,
        gsi1pk=_RUNS,
        gsi1sk=f"{run.started_at}#{run.id}",
    )
