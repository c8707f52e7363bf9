"""`loopwright training-images`: where SageMaker keeps the image of training jobs."""

from typing import Annotated

import typer

from cli.failures import EXIT_FAILED
from cli.output import console, print_json, print_table
from cli.session import Session
from cli.training_images import TEMPLATE, accounts_of_sdk, accounts_of_template, with_accounts


def training_images(
    context: typer.Context,
    *,
    write: Annotated[bool, typer.Option("--write", help="Bring template.yaml up to date.")] = False,
) -> None:
    """Compare the template's table of training images with the one of the SageMaker SDK."""
    session: Session = context.obj
    text, theirs = TEMPLATE.read_text(), accounts_of_sdk()
    ours = accounts_of_template(text)
    regions = sorted({*ours, *theirs})
    rows = [(name, ours.get(name, ""), theirs.get(name, "")) for name in regions]
    other = [row for row in rows if row[1] != row[2]]
    if write and other:
        TEMPLATE.write_text(with_accounts(text, theirs))
    if session.as_json:
        print_json({"regions": len(theirs), "different": [row[0] for row in other]})
    elif other:
        print_table("Training images", ("region", "template", "SDK"), other)
    else:
        console.print(f"template.yaml agrees with the SDK on all {len(theirs)} regions")
    if other and not write:
        raise typer.Exit(EXIT_FAILED)
