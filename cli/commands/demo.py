"""`loopwright demo`: the whole loop on this machine."""

import time
from pathlib import Path
from typing import Annotated

import typer

from cli.commands.twin import STACK_NAME, TEMPLATE, address_of
from cli.demo.story import Story
from cli.output import console
from cli.session import Session
from infra.twin.twin import Twin

# Years pass on the twin's clock: a check of drift every hour would be thousands of them.
PARAMETERS = {"DriftCheckRate": "rate(90 days)"}


def demo(
    context: typer.Context,
    *,
    folder: Annotated[Path, typer.Option(help="Where the run report is left.")] = Path(
        "loopwright-demo"
    ),
) -> None:
    """Show the whole loop on US Census data: no AWS account, nothing to configure."""
    session: Session = context.obj
    began = time.monotonic()
    console.print("[bold]Loopwright[/bold]: the whole loop on US Census data, on this machine")
    console.print("deploying template.yaml to the twin ...")
    with Twin() as twin:
        twin.up(TEMPLATE, PARAMETERS, stack_name=STACK_NAME)
        session.use_twin(address_of(twin))
        console.print(
            f"the twin is ready after {time.monotonic() - began:.1f} s: "
            f"{len(session.stack.outputs)} outputs, API on {twin.api_url}"
        )
        Story(session, twin, folder).tell()
