"""`loopwright models` and `loopwright rollback`."""

from typing import Annotated

import typer

from cli.output import console, print_json, print_table, short
from cli.session import Session
from loopwright import bootstrap

app = typer.Typer(help="Model versions.", no_args_is_help=True)
Project = Annotated[str, typer.Argument(help="The project's name.")]


@app.command("list")
def list_models(context: typer.Context, project: Project) -> None:
    """List a project's model versions, newest first."""
    session: Session = context.obj
    _ = session.stack
    found = bootstrap.ledger().models(project)
    if session.as_json:
        print_json(found)
        return
    rows = [
        (short(each.model), each.status, each.registered_at[:19], short(each.dataset), each.run)
        for each in found
    ]
    print_table(f"Models of {project}", ("model", "status", "registered", "dataset", "run"), rows)


def rollback(
    context: typer.Context,
    project: Project,
    *,
    to: Annotated[
        str | None, typer.Option(help="A model version; without one, the previous champion.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the rollback.")],
) -> None:
    """Make an earlier champion answer again, and prove that it does."""
    session: Session = context.obj
    _ = session.stack
    answer = session.api.post(f"/projects/{project}/rollback", {"to": to, "reason": reason})
    if session.as_json:
        print_json(answer)
        return
    console.print(f"{answer.get('outcome', 'done')}: {answer}", highlight=False)
