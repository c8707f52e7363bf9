"""`loopwright approve` and `loopwright reject`: decide on a candidate that waits."""

from typing import Annotated, Literal

import typer

from cli.output import console, print_json, short
from cli.runs import find_run
from cli.session import Session
from loopwright import bootstrap

RunName = Annotated[str, typer.Argument(help="The run that waits, or the beginning of its id.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the decision.")]


def approve(context: typer.Context, run: RunName, *, reason: Reason) -> None:
    """Approve the candidate of a run that waits, on the evidence that it has now."""
    _decide(context.obj, run, "approved", reason)


def reject(context: typer.Context, run: RunName, *, reason: Reason) -> None:
    """Refuse the candidate of a run that waits."""
    _decide(context.obj, run, "refused", reason)


def _decide(
    session: Session, run: str, decision: Literal["approved", "refused"], reason: str
) -> None:
    _ = session.stack
    found = find_run(run)
    approval = bootstrap.ledger().approval(found.project, found.id)
    answer = session.api.post(
        f"/projects/{found.project}/runs/{found.id}/decision",
        {"decision": decision, "reason": reason, "evidence": approval.evidence},
    )
    if session.as_json:
        print_json(answer)
        return
    console.print(
        f"{decision}: run {found.id}, model {short(approval.model)}, "
        f"evidence {short(approval.evidence)}"
    )
