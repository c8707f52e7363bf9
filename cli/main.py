"""The `loopwright` command."""

import sys
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.markup import escape

from cli.commands import (
    catalog,
    data,
    decide,
    demo,
    drift,
    init,
    labels,
    lineage,
    models,
    predict,
    project,
    receipt,
    release,
    retrain,
    runs,
    train,
    training_images,
    twin,
)
from cli.failures import EXIT_FAILED, CommandError
from cli.output import console
from cli.session import Session
from loopwright.errors import LoopwrightError

app = typer.Typer(
    name="loopwright",
    help="A serverless MLOps loop for tabular models, on AWS or on this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

for family, name in (
    (twin.app, "twin"),
    (project.app, "project"),
    (data.app, "data"),
    (catalog.app, "catalog"),
    (runs.app, "runs"),
    (labels.app, "labels"),
    (drift.app, "drift"),
    (receipt.app, "receipt"),
    (models.app, "models"),
    (train.app, "train"),
):
    app.add_typer(family, name=name)

for verb in (
    demo.demo,
    init.init,
    release.release,
    retrain.retrain,
    decide.approve,
    decide.reject,
    predict.predict,
    models.rollback,
    models.reproduce,
    lineage.lineage,
    training_images.training_images,
):
    app.command()(verb)


@app.callback()
def options(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
    profile: Annotated[
        str | None, typer.Option(help="An AWS profile; without one, the running twin.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="The AWS region of the stack.")] = None,
    stack: Annotated[str, typer.Option(help="The name of the stack.")] = "loopwright-dev",
    user: Annotated[str, typer.Option(help="The user of the twin who asks.")] = "twin-user",
) -> None:
    """Take the options that stand before the verb."""
    context.obj = Session(
        as_json=as_json, profile=profile, region=region, stack_name=stack, user=user
    )


def main() -> None:
    """Run the command; an error of ours is a message and an exit code, not a traceback."""
    try:
        app()
    except (CommandError, LoopwrightError, ValidationError) as error:
        message = f"[bold red]error[/bold red] {escape(str(error))}"
        console.print(message, highlight=False, soft_wrap=True)
        sys.exit(EXIT_FAILED)
