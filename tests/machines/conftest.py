"""Fixtures of the machine tests: one interpreter per machine, in which every case runs once."""

from collections.abc import Iterator

import pytest

from infra.twin.bridge import Bridge
from infra.twin.events import EventRouter
from infra.twin.step_functions.bridge import StepFunctionsBridge
from tests.machines.machine_harness import Interpreter
from tests.twin.loop_harness import running_loop


def interpreter_bridges() -> tuple[Bridge, ...]:
    """The interpreter, which waits little before it tries again, and the rules.

    A training job is moto's, which is done at once.
    """
    router = EventRouter()
    return router, StepFunctionsBridge(router, longest_retry_wait_s=0.01)


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interpreter]:
    """The twin's interpreter of state machines, with no function of the product behind it."""
    with running_loop(tmp_path_factory.mktemp("machines"), interpreter_bridges) as loop:
        yield Interpreter(loop)
