"""`loopwright data page`: the columns of a version on one page."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from cli.data_page import write_data_page
from cli.output import console, print_json
from cli.session import Session

PAGES = Path("loopwright-reports")


def page(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="The project's name.")],
    version: Annotated[
        str | None, typer.Argument(help="A version, or the beginning of it; default the newest.")
    ] = None,
    *,
    browser: Annotated[bool, typer.Option(help="Open it in a browser.")] = True,
) -> None:
    """Make the data page of a version: findings, histograms, the learning curve."""
    session: Session = context.obj
    _ = session.stack
    path = write_data_page(project, version, PAGES)
    if session.as_json:
        print_json({"page": str(path)})
    else:
        console.print(f"page: {path}")
    if browser:
        webbrowser.open(path.resolve().as_uri())
