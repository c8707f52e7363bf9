"""Fixtures of the tests that need a running twin."""

from collections.abc import Iterator

import pytest

from infra.twin.loop_bridges import loop_bridges
from tests.twin.loop_harness import Loop, running_loop
from tests.twin.loop_stack import LoopStack, running_stack


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """moto with every bridge of the loop, for one module; its tests use names of their own."""
    with running_loop(tmp_path_factory.mktemp("loop"), loop_bridges) as running:
        yield running


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopStack]:
    """The product's own stack, for one module; its tests use projects of their own."""
    with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running
