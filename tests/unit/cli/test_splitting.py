"""A large table is split into files of whole rows."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli import splitting
from cli.failures import CommandError
from cli.splitting import pieces

TEXTS = st.text(alphabet='a", \n\r;é', max_size=8)


def split(path: Path, piece_bytes: int) -> list[bytes]:
    """Return the bytes of each piece."""
    with tempfile.TemporaryDirectory() as folder:
        found = pieces(path, Path(folder), piece_bytes=piece_bytes)
        return [piece.read_bytes() for piece in found]


@settings(max_examples=60)
@given(rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=20), size=st.integers(1, 60))
def test_no_row_of_a_csv_is_cut(rows: list[tuple[str, str]], size: int) -> None:
    """Line ends and doubled quotes inside of quotes belong to the value."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(text.getvalue().encode())
        found = split(path, size)
    read = [list(csv.reader(io.StringIO(piece.decode(), newline=""))) for piece in found]

    assert all(piece[0] == ["a", "b"] and len(piece) > 1 for piece in read)
    assert [tuple(row) for piece in read for row in piece[1:]] == rows


def test_json_lines_have_no_header(tmp_path: Path) -> None:
    """And a quotation mark does not hold a line open; the last line gets its end."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"a": 1}\n{"a": "5\\""}\n{"a": 3}')

    assert split(path, 1) == [b'{"a": 1}\n', b'{"a": "5\\""}\n', b'{"a": 3}\n']
    assert split(path, 20) == [b'{"a": 1}\n{"a": "5\\""}\n', b'{"a": 3}\n']


@pytest.mark.parametrize("name", ["x.parquet", "x.csv.gz"])
def test_what_cannot_be_split_is_refused_with_advice(tmp_path: Path, name: str) -> None:
    """Rows of a packed file cannot be found without unpacking it."""
    (tmp_path / name).write_bytes(b"data")

    with pytest.raises(CommandError, match=r"only plain CSV .* push the folder"):
        split(tmp_path / name, 1)


def test_wide_characters_are_refused(tmp_path: Path) -> None:
    """A line end is two bytes there."""
    path = tmp_path / "x.csv"
    path.write_bytes("a,b\n1,2\n".encode("utf-16"))

    with pytest.raises(CommandError, match="UTF-16"):
        split(path, 1)


def test_a_quote_that_stays_open_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of the file, or when the row becomes too long to be one."""
    path = tmp_path / "x.csv"
    path.write_text('a\n1\n"2\n3\n' + "4\n" * 50)

    with pytest.raises(CommandError, match="row of line 3 stays open"):
        split(path, 1_000)
    monkeypatch.setattr(splitting, "MAX_ROW_BYTES", 20)
    with pytest.raises(CommandError, match="row of line 3 does not end"):
        split(path, 1_000)
