"""A file that cannot be used is refused in words."""

import pytest

from loopwright.domain.gate import Reason
from loopwright.domain.upload_reasons import lost_rows, nested_column, open_quote


@pytest.mark.parametrize(
    ("reason", "code", "words"),
    [
        (open_quote("a.csv", 7), "open_quote", "row 7"),
        (lost_rows("a.csv", 90, 100), "open_quote", "a.csv"),
        (nested_column("a.parquet", "tags", "a list"), "nested_column", "'tags'"),
    ],
)
def test_a_reason_names_the_file_or_the_place_and_what_to_do(
    reason: Reason, code: str, words: str
) -> None:
    """What a person needs to mend the file."""
    assert reason.code == code
    assert words in reason.message
    assert reason.advice
