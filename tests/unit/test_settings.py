"""What a function is told by its environment."""

import pytest

from loopwright.settings import EngineSettings


def test_the_table_engine_takes_a_share_of_the_functions_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lambda says how much there is; the rest is Python's, numpy's and the files' of /tmp."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "3008")
    monkeypatch.setenv("LOOPWRIGHT_THREADS", "3")
    found = EngineSettings.load()

    assert (found.tables_memory_mib, found.threads) == (1_804, 3)


def test_elsewhere_two_gibibytes_are_assumed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on the machine of a person who compares versions."""
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", raising=False)

    assert EngineSettings.load().tables_memory_mib == 1_228
