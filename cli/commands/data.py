"""`loopwright data`: push data."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.data_diff import diff
from cli.commands.data_page import page
from cli.commands.data_sql import sql
from cli.commands.release import finish
from cli.output import notices
from cli.runs import push_data
from cli.session import Session

app = typer.Typer(help="Data: uploads become dataset versions.", no_args_is_help=True)
app.command()(diff)
app.command()(sql)
app.command()(page)


@app.command()
def push(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="The project's name.")],
    file: Annotated[Path, typer.Argument(help="A table file, or a folder of them.", exists=True)],
    *,
    wait: Annotated[bool, typer.Option(help="Follow the run that it starts.")] = True,
) -> None:
    """Upload a file (split if it is large) or a folder; the upload starts a run."""
    session: Session = context.obj
    execution = push_data(session.stack, project, file, say=notices.print)
    finish(session, execution, wait=wait)
