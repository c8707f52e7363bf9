"""Split a large text table into files of whole rows, so that each is small enough to be read."""

from collections.abc import Iterator
from pathlib import Path

from cli.failures import CommandError

PIECE_BYTES = 256_000_000
MAX_ROW_BYTES = 64_000_000
LINES = (".jsonl", ".ndjson")
QUOTED = (".csv", ".tsv", ".txt")
QUOTE = b'"'
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def pieces(path: Path, folder: Path, *, piece_bytes: int = PIECE_BYTES) -> Iterator[Path]:
    """Write the rows of a file as files of about `piece_bytes`, one at a time.

    A row is never cut: a line end inside of double quotes belongs to the value. Every piece of a
    CSV begins with the header. A piece is deleted when the next one is asked for.
    """
    ending = path.suffix.lower()
    if ending not in (*LINES, *QUOTED):
        raise _refused(path, "only plain CSV and JSON Lines can be split")
    rows = _rows(path, quoted=ending in QUOTED)
    header = next(rows, b"") if ending in QUOTED else b""
    if header.startswith(WIDE_MARKS):
        raise _refused(path, "UTF-16 cannot be split")
    row = next(rows, None)
    place = 0
    while row is not None:
        piece = folder / f"part-{place:05d}{ending}"
        with piece.open("wb") as file:
            written = file.write(header)
            while row is not None and (file.tell() == len(header) or written < piece_bytes):
                written += file.write(row)
                row = next(rows, None)
        yield piece
        piece.unlink()
        place += 1


def _rows(path: Path, *, quoted: bool) -> Iterator[bytes]:
    """Yield the rows with their line ends; the last one gets one if it has none."""
    row, first_line = b"", 1
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            first_line = first_line if row else number
            row += line
            if len(row) > MAX_ROW_BYTES:
                raise _refused(path, f"the row of line {first_line} does not end (a lone quote?)")
            if not quoted or row.count(QUOTE) % 2 == 0:
                yield row if row.endswith(b"\n") else row + b"\n"
                row = b""
    if row:
        raise _refused(path, f"the quote that is opened in the row of line {first_line} stays open")


def _refused(path: Path, problem: str) -> CommandError:
    return CommandError(
        f"{path} is too large for one upload, and {problem}; write it as several files into a "
        "folder, and push the folder"
    )
