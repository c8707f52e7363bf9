import pytest

from loopwright.domain.run import Run
from loopwright.errors import NotFoundError
from loopwright.steps.show_project import Request, Result, show_project
from tests.fakes.serving import PROJECT, LoanDesk


def show(desk: LoanDesk, project: str = PROJECT) -> Result:
    """Show a project."""
    return show_project(Request(project=project), ledger=desk.ledger, windows=desk.windows)


def test_a_project_shows_its_champion_runs_and_windows() -> None:
    """The newest run first."""
    desk = LoanDesk()
    for day in (1, 2):
        desk.ledger.open_run(
            Run(
                id=f"run-{day}",
                project=PROJECT,
                execution="arn",
                trigger="upload",
                actor="ann",
                started_at=f"2026-01-0{day}T00:00:00+00:00",
            )
        )
    desk.windows._verdicts.append({"project": PROJECT, "verdict": "none"})
    shown = show(desk)
    assert shown.champion is not None
    assert shown.model is not None

    assert shown.champion.model == shown.model.model == desk.first
    assert [run.run for run in shown.runs] == ["run-2", "run-1"]
    assert shown.last_drift == {"project": PROJECT, "verdict": "none"}
    assert shown.window_rows == 0


def test_a_new_project_has_nothing_to_show_yet() -> None:
    """It is no error."""
    shown = show(LoanDesk(champion=False))

    assert (shown.champion, shown.model, shown.runs, shown.last_drift) == (None, None, (), None)


def test_an_unknown_project_is_named() -> None:
    """With those that there are."""
    with pytest.raises(NotFoundError, match="known projects: "):
        show(LoanDesk(), "nobody")
