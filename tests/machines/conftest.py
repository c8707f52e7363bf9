"""Fixtures of the machine tests: one interpreter, in which every case runs once."""

from collections.abc import Iterator

import pytest

from infra.twin.loop_bridges import loop_bridges
from tests.machines.machine_harness import Interpreter
from tests.twin.loop_harness import running_loop


@pytest.fixture(scope="session")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interpreter]:
    """The twin's interpreter of state machines, with no function of the product behind it."""
    with running_loop(tmp_path_factory.mktemp("machines"), loop_bridges) as loop:
        yield Interpreter(loop)
