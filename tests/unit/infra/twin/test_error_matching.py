"""Which error names a Retry or Catch takes."""

import pytest

from infra.twin.step_functions.error_matching import matches_error


@pytest.mark.parametrize(
    ("error", "names", "expected"),
    [
        ("DatasetError", {"DatasetError"}, True),
        ("DatasetError", {"OtherError"}, False),
        ("DatasetError", {"States.ALL"}, True),
        ("DatasetError", {"States.TaskFailed"}, True),
        ("States.Timeout", {"States.TaskFailed"}, False),
        ("States.Timeout", {"States.ALL"}, True),
        ("States.HeartbeatTimeout", {"States.Timeout"}, True),
        ("States.HeartbeatTimeout", {"States.HeartbeatTimeout"}, True),
        ("States.Timeout", {"States.HeartbeatTimeout"}, False),
        ("States.Runtime", {"States.ALL"}, False),
        ("States.DataLimitExceeded", {"States.ALL"}, False),
        ("States.DataLimitExceeded", {"States.DataLimitExceeded"}, True),
        ("States.QueryEvaluationError", {"States.ALL"}, True),
        (None, {"States.ALL"}, True),
    ],
)
def test_names_match_as_the_language_says(
    error: str | None, names: set[str], expected: bool
) -> None:
    """The reserved names are wildcards with exceptions."""
    assert matches_error(error, names) is expected
