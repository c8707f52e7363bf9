"""`loopwright twin`: keep the offline stack running."""

import os
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from cli.connection import TWIN_FILE, TwinAddress
from cli.failures import CommandError
from cli.output import console, print_fields
from infra.twin.twin import Twin

app = typer.Typer(help="The offline stack on this machine.", no_args_is_help=True)
TEMPLATE = Path(__file__).parents[2] / "template.yaml"
STACK_NAME = "loopwright"


@app.command()
def up(
    *,
    api_port: Annotated[
        int, typer.Option(help="The API's port on 127.0.0.1; 0 takes a free one.", min=0)
    ] = 0,
) -> None:
    """Deploy the stack on this machine and keep it running until Ctrl-C."""
    if TWIN_FILE.exists():
        running = TwinAddress.read()
        if _is_alive(running.process_id):
            message = f"a twin runs in this folder already (process {running.process_id})"
            raise CommandError(message)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    console.print("starting the twin ...")
    try:
        with Twin(api_port=api_port) as twin:
            _serve(twin, stop)
    finally:
        TWIN_FILE.unlink(missing_ok=True)
    console.print("the twin has stopped")


def _serve(twin: Twin, stop: threading.Event) -> None:
    with console.status("deploying template.yaml ..."):
        twin.up(TEMPLATE, stack_name=STACK_NAME)
    address_of(twin).write()
    print_fields(
        "The twin is ready",
        {"API": twin.api_url, "AWS endpoint": twin.endpoint_url, "stop": "Ctrl-C"},
    )
    stop.wait()


def address_of(twin: Twin) -> TwinAddress:
    """Return where a running twin can be reached."""
    return TwinAddress(
        endpoint_url=twin.endpoint_url,
        region=twin.context.region,
        stack_name=STACK_NAME,
        clock_file=str(twin.context.clock_file),
        users={
            name: (identity.access_key, identity.secret_key)
            for name, identity in twin.identities.items()
        },
        process_id=os.getpid(),
    )


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True
