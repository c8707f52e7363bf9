"""What every bridge of the twin is given, and what it must offer.

A bridge repairs one gap of moto: it replaces functions of moto (through ``context.seams``,
which checks the target and undoes the replacement at the end) and may run threads of its own.
``Twin`` calls ``install`` before the stack is deployed, ``start`` after it, ``is_idle`` while
it drains and ``stop`` last.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, runtime_checkable

from infra.twin.clients import Clients
from infra.twin.registry import Registry
from infra.twin.seams import Seams

DEFAULT_REGION = "eu-west-1"
ACCOUNT_ID = "123456789012"


@dataclass(frozen=True)
class Invocation:
    """The outcome of one synchronous Lambda invocation."""

    payload: bytes
    function_error: str | None
    request_id: str
    logs: str

    @property
    def succeeded(self) -> bool:
        """Whether the handler returned without an error."""
        return self.function_error is None


class FunctionInvoker(Protocol):
    """The way into the deployed functions; an ARN may carry a version or an alias."""

    def invoke(self, function_arn: str, payload: bytes) -> Invocation:
        """Run the function now and wait for its answer."""

    def invoke_later(self, function_arn: str, payload: bytes) -> str:
        """Queue an asynchronous invocation, with AWS's two retries and failure destination; its
        request id.
        """


class Clock(Protocol):
    """The virtual time of the twin; everything that waits for hours or days asks it."""

    def now(self) -> datetime:
        """The virtual time, aware, in UTC."""

    def advance(self, by: timedelta) -> None:
        """Move the virtual time forwards; what falls due on the way fires."""


@dataclass(frozen=True)
class TwinContext:
    """What the twin shares with its bridges."""

    endpoint_url: str
    region: str
    account_id: str
    state_directory: Path
    clock: Clock
    clock_file: Path
    clients: Clients
    registry: Registry
    functions: FunctionInvoker
    seams: Seams


@runtime_checkable
class Bridge(Protocol):
    """One repaired gap of moto."""

    def install(self, context: TwinContext) -> None:
        """Replace what moto lacks; called once, before the stack is deployed."""

    def start(self) -> None:
        """Start threads, if any; called once, when the stack is deployed."""

    def is_idle(self) -> bool:
        """Whether nothing that the bridge accepted is still waiting or running."""

    def stop(self) -> None:
        """End every thread and process of the bridge; may be called without start."""
