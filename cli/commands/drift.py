"""`loopwright drift`: what the windows of live traffic said."""

from typing import Annotated

import typer

from cli.output import console, print_json, print_table
from cli.session import Session
from loopwright import bootstrap

app = typer.Typer(help="Drift of live traffic against the champion's data.", no_args_is_help=True)


@app.command()
def show(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="The project's name.")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 5,
) -> None:
    """Show the verdicts of the newest windows."""
    session: Session = context.obj
    _ = session.stack
    verdicts = bootstrap.windows().verdicts(project, limit=limit)
    if session.as_json:
        print_json(verdicts)
        return
    if not verdicts:
        console.print("no window was assessed yet")
    for verdict in verdicts:
        title = f"window {verdict.get('sequence')}: {verdict['verdict']}"
        findings = [each for each in verdict.get("findings", []) if each["grade"] != "none"]
        rows = [
            (each["subject"], each["grade"], f"{each['value']:.4f}", each["message"])
            for each in findings
        ]
        print_table(title, ("column", "grade", "PSI", ""), rows)
