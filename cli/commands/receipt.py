"""`loopwright receipt`: what was answered, by which model, and whether it still comes out so."""

from typing import Annotated

import typer

from cli.output import print_fields, print_json
from cli.session import Session

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
    print_fields(f"Receipt {receipt}", answer)
