"""Close what an execution that failed, ran out of time or was aborted left open."""

import json
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from loopwright.domain.record import Record
from loopwright.domain.uploads import project_of
from loopwright.ports import (
    Clock,
    DatasetStore,
    EventBus,
    EvidenceStore,
    Ledger,
    ObjectStore,
    ReportRenderer,
    SpecStore,
)
from loopwright.steps import publish_run as publishing


class Request(BaseModel):
    """The detail of a "Step Functions Execution Status Change" event; AWS may add fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    execution_arn: str = Field(alias="executionArn")
    state_machine_arn: str = Field(alias="stateMachineArn")
    name: str
    status: Literal["FAILED", "TIMED_OUT", "ABORTED"]
    start_date: int = Field(alias="startDate")
    input: str | None = None
    error: str | None = None
    cause: str | None = None


class Result(Record):
    """What was left open and is closed now."""

    closed: bool = False
    lease_released: bool = False


def close_run(  # noqa: PLR0913 - its collaborators, by keyword
    request: Request,
    *,
    release_machine: str,
    retraining_machine: str,
    objects: ObjectStore,
    specs: SpecStore,
    datasets: DatasetStore,
    evidence: EvidenceStore,
    ledger: Ledger,
    events: EventBus,
    reports: ReportRenderer,
    clock: Clock,
) -> Result:
    """Publish a broken release, or release the lease of a broken retraining.

    The children of a release are closed by their parent, and a check of drift leaves nothing open.
    """
    given = _given(request)
    if request.state_machine_arn == release_machine:
        published = publishing.publish_run(
            _broken_run(request, given),
            objects=objects,
            specs=specs,
            datasets=datasets,
            evidence=evidence,
            ledger=ledger,
            events=events,
            reports=reports,
            clock=clock,
        )
        return Result(closed=published.closed_now)
    if request.state_machine_arn == retraining_machine:
        project = str(given.get("project"))
        return Result(lease_released=ledger.release_lease(project, request.execution_arn))
    return Result()


def _given(request: Request) -> dict[str, Any]:
    """Return the input of the execution; EventBridge leaves out one that is too long."""
    given = json.loads(request.input or "{}")
    return given if isinstance(given, dict) else {}


def _broken_run(request: Request, given: dict[str, Any]) -> publishing.Request:
    return publishing.Request(
        run=request.name,
        project=str(given.get("project") or project_of(str(given.get("key") or ""))),
        outcome="release_broken",
        error=request.error or request.status,
        cause=request.cause,
        execution=request.execution_arn,
        started_at=datetime.fromtimestamp(request.start_date / 1000, UTC).isoformat(),
        input=given,
    )
