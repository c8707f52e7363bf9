"""Publish a run: close its record, write its report, and announce its end.

The record is closed first, with the time of the end; all the rest is made from the stored record,
so a repeated call finishes what another one left, and writes the same bytes. Its events may be
published twice; they are equal then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from loopwright.domain.events import Event, EventName
from loopwright.domain.gate import Evidence, Reason
from loopwright.domain.record import Record, digest_of
from loopwright.domain.report_breakage import breakage_reason
from loopwright.domain.report_outcome import decision_reason, nothing_new_reason, unopened_run
from loopwright.domain.report_sections import build_report
from loopwright.domain.run import Outcome, Run, RunKey
from loopwright.domain.uploads import UNKNOWN
from loopwright.errors import NotFoundError, NotWaitingError, WriteOnceError
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
from loopwright.steps.run_data_page import run_data_page

WITHOUT_VERDICT = frozenset({"release_broken", "nothing_new"})
REJECTS_MODEL = frozenset({"candidate_rejected", "approval_refused", "approval_expired"})
EVENT_OF: dict[str, EventName] = {
    "dataset_rejected": "DatasetRejected",
    "candidate_rejected": "CandidateRejected",
}


class Request(Record):
    """How a run ended, and what it ended with; `error` and `cause` of a broken one.

    `execution`, `started_at` and `input` speak for a run that broke before it was opened.
    """

    run: str
    project: str | None = None
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    error: str | None = None
    cause: str | None = None
    model: str | None = None
    champion: str | None = None
    dataset: str | None = None
    execution: str | None = None
    started_at: str | None = None
    input: dict[str, Any] = Field(default_factory=dict)


class Result(Record):
    """The run as it is closed, and the key of its report."""

    run: str
    project: str
    outcome: Outcome
    report: str
    closed_now: bool


@dataclass(frozen=True)
class _Place:
    """Where the run's documents lie."""

    project: str
    run: str

    def key(self, name: str) -> str:
        return f"runs/{self.project}/{self.run}/{name}"


def publish_run(  # noqa: PLR0913 - its collaborators, by keyword
    request: Request,
    *,
    objects: ObjectStore,
    specs: SpecStore,
    datasets: DatasetStore,
    evidence: EvidenceStore,
    ledger: Ledger,
    events: EventBus,
    reports: ReportRenderer,
    clock: Clock,
) -> Result:
    """Close the run once, then write its pages, the verdict, the model's status and the events."""
    place = _Place(request.project or UNKNOWN, request.run)
    opened = _opened(request, place, ledger, clock)
    closed_now = opened.outcome is None and ledger.close_run(
        _ended(request, opened, place, objects, ledger, clock)
    )
    run = ledger.run(place.project, place.run)
    documents = {one.name: evidence.get(one) for one in run.evidence}
    page = run_data_page(run, documents, objects=objects, specs=specs, datasets=datasets)
    report = build_report(run, documents, has_data_page=page is not None)
    rendered = reports.render(report)
    pages = {"report.html": rendered.html, "report.md": rendered.markdown}
    if page is not None:
        pages["data.html"] = reports.render_data(page)
    _write_pages(run, pages, evidence)
    _record_verdict(run, ledger)
    _reject_model(run, ledger)
    for name in ("RunFinished", EVENT_OF.get(run.outcome or "")):
        if name is not None:
            events.publish(_event(run, name))
    return Result(
        run=run.id,
        project=run.project,
        outcome=run.outcome or request.outcome,
        report=place.key("report.html"),
        closed_now=closed_now,
    )


def _opened(request: Request, place: _Place, ledger: Ledger, clock: Clock) -> Run:
    """Return the run's record, or one made from the request when nothing opened it."""
    try:
        return ledger.run(place.project, place.run)
    except NotFoundError:
        return unopened_run(
            place.project,
            place.run,
            execution=request.execution or place.run,
            started_at=request.started_at or clock.now().isoformat(),
            given=request.input,
        )


def _ended(
    request: Request,
    run: Run,
    place: _Place,
    objects: ObjectStore,
    ledger: Ledger,
    clock: Clock,
) -> Run:
    changes: dict[str, Any] = {
        "ended_at": clock.now().isoformat(),
        "outcome": request.outcome,
        "dataset": request.dataset or run.dataset,
        "model": request.model or run.model,
        "champion": request.champion or run.champion,
        "evidence": _evidence(place, objects),
        "report": place.key("report.html"),
    }
    ended = run.model_copy(update=changes)
    return ended.model_copy(update={"reasons": _reasons(request, ended, ledger)})


def _evidence(place: _Place, objects: ObjectStore) -> tuple[Evidence, ...]:
    keys = [key for key in objects.keys(place.key("")) if key.endswith(".json")]
    return tuple(
        Evidence(name=key.removeprefix(place.key("")), key=key, digest=digest_of(objects.read(key)))
        for key in keys
    )


def _reasons(request: Request, run: Run, ledger: Ledger) -> tuple[Reason, ...]:
    """Return the gates' reasons, after what only the end of a run can tell."""
    if request.outcome == "release_broken":
        return (breakage_reason(request.error, request.cause), *request.reasons)
    if request.outcome == "nothing_new":
        key = _key(run)
        previous = None if key is None else ledger.verdict(run.project, key)
        return (nothing_new_reason(previous), *request.reasons)
    return (*_decision(run, ledger), *request.reasons)


def _decision(run: Run, ledger: Ledger) -> tuple[Reason, ...]:
    try:
        return (decision_reason(ledger.approval(run.project, run.id)),)
    except NotWaitingError:
        return ()


def _key(run: Run) -> RunKey | None:
    parts = {"dataset": run.dataset, "spec": run.spec, "code": run.code, "image": run.image}
    known = {name: value for name, value in parts.items() if value is not None}
    return RunKey(**known) if len(known) == len(parts) else None


def _write_pages(run: Run, pages: Mapping[str, str], evidence: EvidenceStore) -> None:
    """Write each page; when another version of the renderer was first, its page stays."""
    for name, text in pages.items():
        try:
            evidence.put(run.project, run.id, name, text.encode())
        except WriteOnceError:
            continue


def _record_verdict(run: Run, ledger: Ledger) -> None:
    key = _key(run)
    if key is not None and run.outcome not in WITHOUT_VERDICT:
        ledger.put_verdict(run.project, key, run.id)


def _reject_model(run: Run, ledger: Ledger) -> None:
    """Mark a candidate as rejected; a model that was champion before keeps its status."""
    if run.model is None or run.outcome not in REJECTS_MODEL:
        return
    if ledger.model(run.project, run.model).status == "candidate":
        ledger.set_model_status(run.project, run.model, "rejected")


def _event(run: Run, name: EventName) -> Event:
    return Event(
        name=name,
        project=run.project,
        actor=run.actor,
        at=run.ended_at or run.started_at,
        reason=run.reasons[0].message if run.reasons else "",
        detail={
            "run": run.id,
            "outcome": run.outcome,
            "dataset": run.dataset,
            "model": run.model,
            "champion": run.champion,
            "report": run.report,
            "reasons": [reason.code for reason in run.reasons],
        },
    )
