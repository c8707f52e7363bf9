"""`loopwright train`: try a project's training before a release pays for it."""

from pathlib import Path
from typing import Annotated

import typer

from cli.local_training import LocalRun, train_here
from cli.output import note, print_fields, print_json, print_table
from cli.session import Session
from loopwright.domain.report_text import number, words

app = typer.Typer(help="Try a project's training.", no_args_is_help=True)


@app.command()
def local(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The folder with project.yaml.")],
    data: Annotated[
        Path, typer.Argument(help="A CSV, JSON Lines or Parquet file.", exists=True, dir_okay=False)
    ],
    *,
    out: Annotated[
        Path | None, typer.Option(help="The package's folder; default FOLDER-model.")
    ] = None,
) -> None:
    """Run the training job on this machine: the same program and libraries, and no stack."""
    session: Session = context.obj
    place = folder.resolve()
    run = train_here(place, data, out or place.with_name(f"{place.name}-model"), note)
    if session.as_json:
        print_json(run.card)
        return
    _print(run)


def _print(run: LocalRun) -> None:
    card = run.card
    rows = [(words(name), number(value)) for name, value in sorted(card.metrics.items())]
    print_table("On validation rows", ("metric", "value"), rows)
    print_fields(
        f"{card.estimator}, by the {card.trained_by}",
        {
            "fitted on": f"{card.fitted_on} ({card.training_rows:,})",
            "largest difference of the export": f"{card.parity.max_difference:.2g}"
            if card.parity.scenarios
            else "the script exported its model itself",
            "package": run.package,
        },
    )
