"""Show the state of a project: who answers, what ran last, and what is being watched."""

from typing import Any

from loopwright.domain.record import Record
from loopwright.domain.run import Champion, ModelRecord, Run
from loopwright.ports import Ledger, WindowStore

LAST_RUNS = 10


class Request(Record):
    """The project to show."""

    project: str


class LastRun(Record):
    """One run in short."""

    run: str
    trigger: str
    started_at: str
    ended_at: str | None
    outcome: str | None


class Result(Record):
    """The project's state; `window_rows` were counted since the last assessed window."""

    project: str
    spec: str
    pushed_at: str
    champion: Champion | None
    model: ModelRecord | None
    runs: tuple[LastRun, ...]
    window_rows: int
    last_drift: dict[str, Any] | None


def show_project(request: Request, *, ledger: Ledger, windows: WindowStore) -> Result:
    """Gather the state of a project."""
    record = ledger.project(request.project)
    champion = ledger.champion(request.project)
    model = None if champion is None else ledger.model(request.project, champion.model)
    verdicts = windows.verdicts(request.project, limit=1)
    return Result(
        project=request.project,
        spec=record.spec,
        pushed_at=record.pushed_at,
        champion=champion,
        model=model,
        runs=tuple(map(_short, ledger.runs(request.project, limit=LAST_RUNS))),
        window_rows=(0 if champion is None else windows.open_rows(request.project, champion.model)),
        last_drift=verdicts[0] if verdicts else None,
    )


def _short(run: Run) -> LastRun:
    return LastRun(
        run=run.id,
        trigger=run.trigger,
        started_at=run.started_at,
        ended_at=run.ended_at,
        outcome=run.outcome,
    )
