"""Unit tests open no socket."""

from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def no_sockets() -> Iterator[None]:
    """Refuse every socket while a unit test runs; event loops talk to themselves through a pair."""
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()
