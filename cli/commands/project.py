"""`loopwright project`: push a project's spec and code."""

from pathlib import Path
from typing import Annotated

import typer

from cli.output import print_fields, print_json, short
from cli.projects import push_project
from cli.session import Session

app = typer.Typer(help="Projects: one prediction problem each.", no_args_is_help=True)


@app.command()
def push(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The folder with project.yaml.")],
) -> None:
    """Check a project and make its spec and code the current ones."""
    session: Session = context.obj
    image = session.stack.output("TrainingImage")
    record = push_project(folder, actor=session.actor, image=image)
    if session.as_json:
        print_json(record)
        return
    print_fields(
        f"Project {record.project}",
        {
            "spec": short(record.spec),
            "code": short(record.code),
            "image": record.image,
            "commit": f"{short(record.git_commit)}{' (dirty)' if record.git_dirty else ''}",
        },
    )
