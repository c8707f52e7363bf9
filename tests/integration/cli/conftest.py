"""A desk: the command line in this process, and stores on moto."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import output
from tests.integration.cli.desk import Desk, wide
from tests.integration.functions.calling import forget
from tests.integration.functions.conftest import stores
from tests.integration.moto_store import aws

__all__ = ["aws", "stores"]


@pytest.fixture
def desk(stores: str, tmp_path: Path) -> Iterator[Desk]:
    """Return somebody who types commands against empty stores."""
    wide(output.console)
    yield Desk(tmp_path)
    forget()
