"""Compare the champion's open window with its reference, and close the window with a verdict."""

from datetime import datetime
from typing import Any, Literal

from loopwright.domain import drift
from loopwright.domain.drift import DriftFinding
from loopwright.domain.events import Event
from loopwright.domain.lineage import Edge, Node
from loopwright.domain.observation import total
from loopwright.domain.record import Record, canonical_json, digest_of
from loopwright.domain.spec_models import Monitoring
from loopwright.domain.window import OpenWindow
from loopwright.errors import ConflictError
from loopwright.ports import (
    Clock,
    Ledger,
    Lineage,
    Metrics,
    ObjectStore,
    WindowStore,
)
from loopwright.steps.observe_predictions import Watched, WatchedModels

ATTEMPTS = 5
MAX_CARRIED = 20


class Request(Record):
    """The project to assess; `execution` makes a repeated call give the same verdict."""

    project: str
    execution: str = ""


class Result(Record):
    """The verdict on the window, and its 20 findings of most weight; all are in the evidence.

    `event` is the DriftDetected event to publish, if any.
    """

    project: str
    model: str | None = None
    verdict: Literal["insufficient_data", "none", "detected", "material"] = "insufficient_data"
    reason: str
    rows: int = 0
    findings: tuple[DriftFinding, ...] = ()
    evidence: str | None = None
    event: Event | None = None


class WindowVerdict(Record):
    """The write-once document of an assessed window."""

    schema_version: Literal[1] = 1
    project: str
    model: str
    sequence: int
    execution: str
    opened_at: str
    closed_at: str
    rows: int
    verdict: drift.DriftVerdict
    reason: str
    policy: Monitoring
    findings: tuple[DriftFinding, ...]

    @property
    def key(self) -> str:
        """Return where the document lies."""
        return f"windows/{self.project}/{self.model}/{self.sequence}.json"


def assess_drift(
    request: Request,
    *,
    ledger: Ledger,
    watched: WatchedModels,
    windows: WindowStore,
    objects: ObjectStore,
    lineage: Lineage,
    metrics: Metrics,
    clock: Clock,
) -> Result:
    """Assess the champion's window if it is due, close it once, and keep the verdict."""
    champion = ledger.champion(request.project)
    if champion is None:
        reason = f"project {request.project!r} has no champion yet, so no traffic to assess"
        return Result(project=request.project, reason=reason)
    verdict = _told_before(request, windows)
    if verdict is not None:
        return _keep(verdict, objects=objects, lineage=lineage, metrics=metrics)
    model = watched.watched(request.project, champion.model)
    for _ in range(ATTEMPTS):
        window, now = windows.open_window(request.project, champion.model), clock.now()
        if window is None or not _is_due(window, now, model.policy):
            return _too_few(request.project, champion.model, window, model.policy)
        verdict = _verdict(request, window, model, now)
        if _is_closed(window, verdict, windows):
            return _keep(verdict, objects=objects, lineage=lineage, metrics=metrics)
    message = f"the window of {champion.model} changed {ATTEMPTS} times while it was assessed"
    raise ConflictError(message)


def _told_before(request: Request, windows: WindowStore) -> WindowVerdict | None:
    """Return the verdict that this execution has already given, if its answer was lost."""
    for told in windows.verdicts(request.project, limit=1):
        if request.execution and told.get("execution") == request.execution:
            return WindowVerdict.model_validate(told)
    return None


def _is_due(window: OpenWindow, now: datetime, policy: Monitoring) -> bool:
    return drift.is_due(window.rows, datetime.fromisoformat(window.opened_at), now, policy)


def _too_few(project: str, model: str, window: OpenWindow | None, policy: Monitoring) -> Result:
    rows = 0 if window is None else window.rows
    reason = (
        f"{rows:,} of {policy.window_rows:,} rows were counted, and the window is not "
        f"{policy.window_max_age_hours} hours old with at least {drift.MIN_ROWS} rows"
    )
    return Result(project=project, model=model, reason=reason, rows=rows)


def _verdict(request: Request, window: OpenWindow, model: Watched, now: datetime) -> WindowVerdict:
    report = drift.assess(
        model.reference, total(window.batches), model.policy, context=model.signature.context
    )
    return WindowVerdict(
        project=window.project,
        model=window.model,
        sequence=window.sequence,
        execution=request.execution,
        opened_at=window.opened_at,
        closed_at=now.isoformat(),
        rows=window.rows,
        verdict=report.verdict,
        reason=report.reason,
        policy=model.policy,
        findings=report.findings,
    )


def _is_closed(window: OpenWindow, verdict: WindowVerdict, windows: WindowStore) -> bool:
    """Close the window; False when it changed or was closed meanwhile, so look again."""
    document: dict[str, Any] = verdict.model_dump(mode="json")
    try:
        return windows.close_window(window, document)
    except ConflictError:
        return False


def _keep(
    document: WindowVerdict, *, objects: ObjectStore, lineage: Lineage, metrics: Metrics
) -> Result:
    """Store the verdict, its lineage and its metrics; again changes nothing but the metrics."""
    body = canonical_json(document)
    digest = digest_of(body)
    objects.write(document.key, body)
    evidence = Node(project=document.project, kind="evidence", id=digest)
    window = Node(
        project=document.project, kind="window", id=f"{document.model}/{document.sequence}"
    )
    found_in = Edge(source=evidence, relation="found_in", target=window, at=document.closed_at)
    lineage.record([found_in])
    for grade in ("detected", "material"):
        columns = sum(finding.grade == grade for finding in document.findings)
        metrics.count(f"Drift{grade.title()}Columns", columns, project=document.project)
    metrics.count("AssessedRows", document.rows, project=document.project)
    return Result(
        project=document.project,
        model=document.model,
        verdict=document.verdict,
        reason=document.reason,
        rows=document.rows,
        findings=_weightiest(document),
        evidence=document.key,
        event=None if document.verdict == "none" else _event(document, digest),
    )


def _event(document: WindowVerdict, digest: str) -> Event:
    drifted = [
        {"column": one.subject, "grade": one.grade, "cause": one.cause, "psi": one.value}
        for one in _weightiest(document)
        if one.grade != "none"
    ]
    return Event(
        name="DriftDetected",
        project=document.project,
        actor="assess_drift",
        at=document.closed_at,
        reason=document.reason,
        detail={
            "model": document.model,
            "window": document.sequence,
            "verdict": document.verdict,
            "rows": document.rows,
            "columns": drifted,
            "evidence": digest,
            "key": document.key,
        },
    )


def _weightiest(document: WindowVerdict) -> tuple[DriftFinding, ...]:
    """Return the findings that a machine may carry: worst grade first, then the largest PSI."""
    ordered = sorted(
        document.findings, key=lambda one: (-drift.SEVERITY[one.grade], -(one.value or 0))
    )
    return tuple(ordered[:MAX_CARRIED])
