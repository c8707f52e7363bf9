"""The keys of uploads."""

import pytest

from loopwright.domain.uploads import (
    folder_of,
    missing_upload,
    project_of,
    table_keys,
    unknown_dataset,
    unknown_project,
)


@pytest.mark.parametrize(
    ("key", "project"),
    [
        ("incoming/loans/a.csv", "loans"),
        ("incoming/loans/2015/_SUCCESS", "loans"),
        ("incoming/a.csv", "unknown"),
        ("incoming//a.csv", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_project_stands_in_the_key(key: str, project: str) -> None:
    """A key that names none belongs to nobody."""
    assert project_of(key) == project


def test_a_marker_closes_its_folder() -> None:
    """Only `_SUCCESS` does."""
    assert folder_of("incoming/loans/2015/_SUCCESS") == "incoming/loans/2015/"
    assert folder_of("incoming/loans/a.csv") is None


def test_tables_are_taken_in_the_order_of_their_keys() -> None:
    """Other files in the folder are left alone."""
    keys = ["f/b.CSV", "f/_SUCCESS", "f/a.parquet", "f/c.csv.gz", "f/d.jsonl.zst", "f/notes.pdf"]

    assert table_keys(keys) == ("f/a.parquet", "f/b.CSV", "f/c.csv.gz", "f/d.jsonl.zst")


def test_reasons_say_what_is_there() -> None:
    """And what to do next."""
    assert missing_upload("incoming/p/a.csv").message == "incoming/p/a.csv: no such object"
    assert (
        ".jsonl, .ndjson (.gz, .zst) or .parquet file"
        in missing_upload("incoming/p/f/_SUCCESS").message
    )
    assert unknown_project("p", "there is no project 'p'").subject == "p"
    assert unknown_dataset("p", None, []).message == (
        "project 'p' has no dataset version; there are: none yet"
    )
    assert unknown_dataset("p", "abc", ["d" * 64]).message == (
        "project 'p' has no dataset version 'abc'; there are: dddddddddddd"
    )
