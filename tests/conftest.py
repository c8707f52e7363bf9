"""What all tests share: their order, their markers and the effort of hypothesis."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parent
KINDS = ("unit", "template", "integration", "machines", "artifacts", "twin")
MARKED_KINDS = frozenset(KINDS[1:])

# Every core has a worker of the suite; threads of OpenMP would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Many runs on a shared machine: an example may be slow, and the same seed gives the same examples.
settings.register_profile("loopwright", deadline=None, max_examples=50, derandomize=True)
# For a second Python, on which only the same code is run again.
settings.register_profile("few", deadline=None, max_examples=5, derandomize=True)
settings.load_profile("loopwright")


def kind_of(item: pytest.Item) -> str:
    """Name the folder of tests/ in which a test lies."""
    return item.path.relative_to(TESTS).parts[0]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by its folder and, after the shuffle, put the fast kinds first."""
    for item in items:
        if (kind := kind_of(item)) in MARKED_KINDS:
            item.add_marker(kind)
    items.sort(key=lambda item: KINDS.index(kind_of(item)))
