"""`loopwright release`: start a run on data that is there."""

import json
from typing import Annotated, Any

import typer

from cli.failures import EXIT_FAILED, EXIT_REFUSED
from cli.machines import others_of
from cli.output import console, print_json
from cli.progress import watch
from cli.runs import find_run, run_id
from cli.runs import release as start_release
from cli.session import Session

_GOOD = {"model_promoted", "nothing_new"}
_CLAIMED = "already_claimed"


def release(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="The project's name.")],
    *,
    data: Annotated[
        str | None, typer.Option(help="A dataset version; without one, the newest.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why this run is started.")] = "asked for",
    wait: Annotated[bool, typer.Option(help="Follow the run.")] = True,
) -> None:
    """Start a run on a dataset version and follow it."""
    session: Session = context.obj
    execution = start_release(
        session.stack, project, dataset=data, actor=session.actor, reason=reason
    )
    finish(session, execution, wait=wait)


def finish(session: Session, execution: str, *, wait: bool) -> None:
    """Follow an execution if asked to, print how it ended, and exit accordingly.

    When the event of an upload came twice, the execution that claimed it is the run.
    """
    run = run_id(execution)
    if not wait:
        say(session, {"run": run, "execution": execution, "outcome": None})
        return
    if not session.as_json:
        console.print(f"run [bold]{run}[/bold]")
    outcome = _outcome(session, execution)
    if outcome == _CLAIMED:
        execution = next(iter(others_of(execution)), execution)
        run, outcome = run_id(execution), _outcome(session, execution)
    say(session, {"run": run, "execution": execution, "outcome": outcome} | _reasons(run))
    if outcome not in _GOOD:
        raise typer.Exit(EXIT_FAILED if outcome == "release_broken" else EXIT_REFUSED)


def _outcome(session: Session, execution: str) -> str:
    ended = watch(execution, console, quiet=session.as_json)
    output = json.loads(str(ended.get("output") or "{}"))
    return str(output.get("outcome", "release_broken"))


def say(session: Session, result: dict[str, Any]) -> None:
    """Print where a run is, and why it ended as it did."""
    if session.as_json:
        print_json(result)
        return
    console.print(f"[bold]{result['outcome'] or 'started'}[/bold] {result['run']}")
    for reason in result.get("reasons", []):
        console.print(f"  - {reason['message']}", highlight=False)
        if reason["advice"]:
            console.print(f"    {reason['advice']}", style="dim", highlight=False)


def _reasons(run: str) -> dict[str, Any]:
    stored = find_run(run)
    reasons = [reason.model_dump(mode="json") for reason in stored.reasons]
    return {"project": stored.project, "model": stored.model, "reasons": reasons}
