"""`loopwright labels`: tell what became of predictions."""

import csv
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.failures import EXIT_FAILED, CommandError
from cli.output import console, print_json
from cli.session import Session

app = typer.Typer(help="Labels: the true outcomes of receipts.", no_args_is_help=True)
_ROWS_PER_REQUEST = 1_000


@app.command()
def push(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="The project's name.")],
    file: Annotated[
        Path,
        typer.Argument(help="CSV or JSON Lines with receipt, instance and label.", exists=True),
    ],
) -> None:
    """Send the labels of a file."""
    session: Session = context.obj
    rows = read_labels(file)
    answers = [
        session.api.post(
            f"/projects/{project}/labels", {"labels": rows[start : start + _ROWS_PER_REQUEST]}
        )
        for start in range(0, len(rows), _ROWS_PER_REQUEST)
    ]
    total = {name: sum(answer[name] for answer in answers) for name in ("accepted", "already")}
    refused = [each for answer in answers for each in answer["refusals"]]
    if session.as_json:
        print_json({**total, "refusals": refused})
    else:
        console.print(f"{total['accepted']} accepted, {total['already']} known before")
        for each in refused:
            row = f"receipt {each['receipt']}, instance {each['instance']}"
            console.print(f"- refused: {row}: {each['reason']}", highlight=False, soft_wrap=True)
    if refused:
        raise typer.Exit(EXIT_FAILED)


def read_labels(path: Path) -> list[dict[str, Any]]:
    """Return the labels of a CSV or JSON Lines file."""
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    if path.suffix != ".csv":
        message = f"{path}: expected .csv or .jsonl with the columns receipt, instance and label"
        raise CommandError(message)
    with path.open(newline="") as file:
        return [
            {
                "receipt": row["receipt"],
                "instance": int(row["instance"]),
                "label": _plain(row["label"]),
            }
            for row in csv.DictReader(file)
        ]


def _plain(text: str) -> Any:
    """Return a number where the text is one."""
    try:
        return json.loads(text)
    except ValueError:
        return text
