"""A desk: the command line in this process, and stores on moto."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import output
from tests.integration.cli.desk import Desk, wide
from tests.integration.functions.calling import forget
from tests.integration.functions.conftest import stores, stores_with
from tests.integration.moto_store import aws, moto_with

__all__ = ["aws", "stores"]


@pytest.fixture
def desk(stores: str, tmp_path: Path) -> Iterator[Desk]:
    """Return somebody who types commands against empty stores."""
    wide(output.console)
    yield Desk(tmp_path)
    forget()


@pytest.fixture(scope="module")
def module_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return one desk for all tests of a module, which must not disturb each other."""
    wide(output.console)
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        moto_with(monkeypatch),
        stores_with(monkeypatch),
    ):
        yield Desk(tmp_path_factory.mktemp("desk"))
    forget()
