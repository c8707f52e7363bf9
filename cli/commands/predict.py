"""`loopwright predict`: ask the champion."""

from pathlib import Path
from typing import Annotated

import typer

from cli.output import console, print_json, print_table
from cli.rows import read_rows
from cli.session import Session
from loopwright import bootstrap


def predict(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="The project's name.")],
    file: Annotated[
        Path, typer.Argument(help="Instances: .csv, .json (a list) or .jsonl.", exists=True)
    ],
) -> None:
    """Predict the rows of a file; the target, when it is there, is not sent."""
    session: Session = context.obj
    _ = session.stack
    record = bootstrap.ledger().project(project)
    spec = bootstrap.specs().spec(project, record.spec)
    rows = [
        {name: value for name, value in row.items() if name != spec.target}
        for row in read_rows(file, spec)
    ]
    answer = session.api.post(f"/projects/{project}/predictions", {"instances": rows})
    if session.as_json:
        print_json(answer)
        return
    shown = [
        (number, each["value"], each.get("probabilities"))
        for number, each in enumerate(answer["predictions"])
    ]
    print_table("Predictions", ("instance", "value", "probabilities"), shown)
    console.print(f"model {answer['model']}\nreceipt {answer['receipt']}")
