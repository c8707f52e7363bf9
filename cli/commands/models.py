"""`loopwright models` and `loopwright rollback`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.release import finish
from cli.failures import EXIT_FAILED
from cli.imports import store_model
from cli.output import console, note, print_json, print_table, short
from cli.reproduction import Reproduction
from cli.reproduction import reproduce as train_again
from cli.runs import release
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


@app.command("import")
def import_model(
    context: typer.Context,
    project: Project,
    path: Annotated[
        Path,
        typer.Argument(help="A folder with model.onnx and signature.json, or an ONNX file."),
    ],
    *,
    data: Annotated[
        str | None, typer.Option(help="The dataset version it is judged on; default the newest.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the run.")] = "imported",
    wait: Annotated[bool, typer.Option(help="Follow the run.")] = True,
) -> None:
    """Judge a model that exists already as any candidate, and promote it if it is better."""
    session: Session = context.obj
    stack = session.stack
    execution = release(
        stack,
        project,
        dataset=data,
        actor=session.actor,
        reason=reason,
        imported=store_model(project, path),
    )
    finish(session, execution, wait=wait)


def reproduce(
    context: typer.Context,
    project: Project,
    model: Annotated[
        str | None, typer.Argument(help="A model version; without one, the champion.")
    ] = None,
) -> None:
    """Train a model again from what it was made of, and compare every file."""
    session: Session = context.obj
    _ = session.stack
    found = train_again(project, model, note)
    if session.as_json:
        print_json(found)
    else:
        _print_reproduction(found)
    if found.different:
        raise typer.Exit(EXIT_FAILED)


def _print_reproduction(found: Reproduction) -> None:
    rows = [(name, "the same bytes") for name in found.same]
    rows += [(name, "differs") for name in found.different]
    print_table(f"Model {short(found.model)} trained again", ("file", "result"), rows)
    if found.libraries:
        told = [(name, *versions) for name, versions in found.libraries.items()]
        print_table("Other libraries", ("library", "then", "now"), told)
    elif found.different:
        console.print(
            "The libraries are the same: the script is not deterministic (a seed, threads, time)."
        )


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
