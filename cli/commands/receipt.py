"""`loopwright receipt`: what was answered, by which model, and whether it still comes out so."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli.output import console, print_fields, print_json, print_table
from cli.session import Session

_ROWS_SHOWN = 20
app = typer.Typer(help="Receipts: the record of every prediction.", no_args_is_help=True)


@app.command()
def show(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="The project's name.")],
    receipt: Annotated[str, typer.Argument(help="The receipt's id.")],
) -> None:
    """Show a receipt and compute its answer again."""
    session: Session = context.obj
    answer = session.api.get(f"/projects/{project}/receipts/{receipt}")
    if session.as_json:
        print_json(answer)
        return
    kept = answer["receipt"]
    labels = (answer["labels"] or {}).get("labels", {})
    print_fields(
        f"Receipt {receipt}",
        {
            "model": kept["model"],
            "at": kept["at"],
            "actor": kept["actor"],
            "computed again": "the same" if answer["recomputed"]["agrees"] else "NOT the same",
        },
    )
    rows = [
        (number, _named(context), _named(instance), prediction["value"], labels.get(str(number)))
        for number, (context, instance, prediction) in enumerate(
            zip(kept["context"], kept["instances"], kept["predictions"], strict=True)
        )
    ]
    columns = ("instance", "context", "fields", "answer", "label")
    print_table("What was asked and answered", columns, rows[:_ROWS_SHOWN])
    if len(rows) > _ROWS_SHOWN:
        console.print(f"and {len(rows) - _ROWS_SHOWN} more; `--json` shows all")


def _named(values: Mapping[str, Any]) -> str:
    """Return fields as one line of name=value."""
    return " ".join(f"{name}={value}" for name, value in values.items())
