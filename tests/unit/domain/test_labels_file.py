import pytest

from loopwright.domain.labels_file import read_labels_file
from loopwright.errors import UnreadableDataError


def test_a_csv_file_is_read_by_its_header() -> None:
    """The order of the columns is free, and a byte-order mark does not matter."""
    found = read_labels_file(
        "labels/p/a.csv", b"\xef\xbb\xbflabel,receipt,instance\n1,r1,0\n\n0,r2,3\n"
    )

    assert [(row.row, row.receipt, row.instance, row.label) for row in found.rows] == [
        (1, "r1", 0, "1"),
        (2, "r2", 3, "0"),
    ]


def test_json_lines_are_read_one_by_one() -> None:
    """Labels keep their JSON type."""
    found = read_labels_file(
        "labels/p/a.jsonl", b'{"receipt":"r1","instance":0,"label":true}\n\n{"receipt":"r1"}\n'
    )

    assert found.rows[0].label is True
    assert found.refused[0].row == 2


def test_rows_that_cannot_be_read_are_refused_by_their_number() -> None:
    """The other rows are kept."""
    found = read_labels_file("labels/p/a.csv", b"receipt,instance,label\nr1,x,1\nr1,0\nr1,1,1\n")

    assert [row.row for row in found.rows] == [3]
    assert "instance" in found.refused[0].reason
    assert [result.row for result in found.refused] == [1, 2]


def test_lines_that_are_no_json_objects_are_refused() -> None:
    """The row is named, whatever is on it."""
    found = read_labels_file("labels/p/a.jsonl", b"nonsense\n[1]\n")

    assert [result.row for result in found.refused] == [1, 2]


@pytest.mark.parametrize(
    ("key", "body", "words"),
    [
        ("labels/p/a.parquet", b"PAR1", "read from .csv and .jsonl files"),
        (
            "labels/p/a.csv",
            b"a,b\n1,2\n",
            "expected the header receipt,instance,label, found 'a,b'",
        ),
        ("labels/p/a.csv", b"", "expected the header"),
        ("labels/p/a.csv", b"receipt,instance,label\n", "no rows"),
        ("labels/p/a.jsonl", b"\xff", "byte 0 is not UTF-8"),
    ],
)
def test_a_file_that_is_no_table_of_labels_is_refused_whole(
    key: str, body: bytes, words: str
) -> None:
    """The message says what was expected."""
    with pytest.raises(UnreadableDataError, match=words):
        read_labels_file(key, body)
