"""`loopwright retrain`: ask for a retraining on the labelled receipts."""

import json
from typing import Annotated

import typer

from cli.failures import EXIT_FAILED, EXIT_REFUSED
from cli.output import console, print_json
from cli.progress import watch
from cli.runs import retrain as ask_for_retraining
from cli.session import Session

_BROKEN = "retraining_broken"


def retrain(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="The project's name.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the run.")],
) -> None:
    """Ask the governor for a retraining, and follow the run if it agrees."""
    session: Session = context.obj
    execution = ask_for_retraining(session.stack, project, actor=session.actor, reason=reason)
    ended = watch(execution, console, quiet=session.as_json)
    output = json.loads(str(ended.get("output") or "{}"))
    outcome = output.get("outcome", _BROKEN)
    reasons = output.get("reasons", [])
    if session.as_json:
        print_json({"execution": execution, "outcome": outcome, "reasons": reasons})
    else:
        console.print(f"[bold]{outcome}[/bold]")
        for each in reasons:
            console.print(f"  - {each['message']}", highlight=False)
    if outcome != "model_promoted":
        raise typer.Exit(EXIT_FAILED if outcome == _BROKEN else EXIT_REFUSED)
