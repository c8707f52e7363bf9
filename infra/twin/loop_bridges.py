"""The bridges of the loop, in the order of their installation."""

from infra.twin.bridge import Bridge
from infra.twin.events import EventRouter
from infra.twin.step_functions.bridge import StepFunctionsBridge


def loop_bridges() -> tuple[Bridge, ...]:
    """Events first: the other bridges emit through them."""
    router = EventRouter()
    return (router, StepFunctionsBridge(router))
