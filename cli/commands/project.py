"""`loopwright project`: draft a project from data, and push its spec and code."""

from pathlib import Path
from typing import Annotated

import typer

from cli.inference import infer_project, write_draft
from cli.output import console, print_fields, print_json, short
from cli.projects import push_project
from cli.session import Session
from loopwright.domain.inference_text import placeholders

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


@app.command()
def infer(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="A CSV, JSON Lines or Parquet file.", exists=True, dir_okay=False)
    ],
    *,
    target: Annotated[str, typer.Option(help="The column to predict.")],
    name: Annotated[
        str | None, typer.Option(help="The project's name; default the file's.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The folder to write; default the project's name.")
    ] = None,
) -> None:
    """Draft a project.yaml from data, with a reason for each guess."""
    session: Session = context.obj
    draft = infer_project(file, target=target, name=name)
    spec = draft.spec
    path = write_draft(draft, out or Path(spec.project))
    fields = {
        "task": spec.task,
        "target": spec.target,
        "favourable": spec.favourable,
        "key": spec.key,
        "entity": spec.entity,
        "time": spec.time,
        "protected": ", ".join(spec.protected_columns) or None,
        "features": len(spec.features),
        "to replace": ", ".join(placeholders(spec)),
    }
    if session.as_json:
        print_json({"draft": str(path), **fields, "warnings": draft.warnings})
        return
    print_fields(f"Draft of {spec.project}", fields)
    for warning in draft.warnings:
        console.print(f"[bold]warning[/bold] {warning}", highlight=False)
    console.print(f"{path}: replace and decide, then `loopwright project push {path.parent}`")
