"""What must be known of an upload before DuckDB reads it: its kind, encoding, size and header."""

import codecs
import csv
import gzip
import io
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loopwright.domain.gate import Reason
from loopwright.domain.reading import not_a_table, too_large
from loopwright.domain.spec import ProjectSpec

CHUNK_BYTES = 1 << 20
MAX_HEADER_BYTES = 1 << 16
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
PARQUET, GZIP = b"PAR1", b"\x1f\x8b"
OTHERS = {b"PK\x03\x04": "this is a ZIP archive or an Excel workbook", b"%PDF": "this is a PDF"}
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class RefusedError(Exception):
    """A file cannot be read at all; caught inside the engine, which returns the reason."""

    def __init__(self, *reasons: Reason) -> None:
        """Keep the reasons."""
        super().__init__("; ".join(reason.message for reason in reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class TextFile:
    """A plain UTF-8 text with its header: what DuckDB is given."""

    path: Path
    header: tuple[str, ...]
    delimiter: str
    compression: str

    @property
    def sniffed(self) -> dict[str, str]:
        """Return what was found out about the file."""
        return {
            "format": "csv",
            "compression": self.compression,
            "delimiter": DELIMITERS[self.delimiter],
        }


def is_parquet(path: Path) -> bool:
    """Tell whether a file starts as Parquet does."""
    with path.open("rb") as file:
        return file.read(len(PARQUET)) == PARQUET


def open_text(name: str, path: Path, spec: ProjectSpec, *, max_bytes: int) -> TextFile:
    """Check a CSV file (unpacked beside it when it is .gz) and find its header and delimiter."""
    with path.open("rb") as file:
        start = file.read(4)
    packed = start.startswith(GZIP)
    text = path.with_name(path.name + ".text") if packed else path
    _check(name, path, text if packed else None, max_bytes=max_bytes)
    header, delimiter = _header(text, spec)
    return TextFile(text, header, delimiter, "gzip" if packed else "none")


def _check(name: str, path: Path, unpacked: Path | None, *, max_bytes: int) -> None:
    """Read the file once: refuse it when it is empty, too large, binary or not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    opened = gzip.open if unpacked else Path.open
    total = rows = 0
    with opened(path, "rb") as source, (unpacked or Path(os.devnull)).open("wb") as target:
        try:
            while chunk := source.read(CHUNK_BYTES):
                if not total:
                    _refuse_other_kinds(name, chunk)
                total += len(chunk)
                if total > max_bytes:
                    raise RefusedError(too_large(name, max_bytes))
                rows = _decode(name, decoder, chunk, rows)
                target.write(chunk)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise RefusedError(not_a_table(name, f"its gzip is damaged ({error})")) from error
    if not total:
        raise RefusedError(empty_file(name))
    _decode(name, decoder, b"", rows, final=True)


def _decode(
    name: str, decoder: codecs.IncrementalDecoder, chunk: bytes, rows: int, *, final: bool = False
) -> int:
    """Return the rows seen so far; refuse bytes that are not UTF-8."""
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        row = rows + error.object[: error.start].count(b"\n")
        raise RefusedError(_wrong_encoding(name, row, error)) from error
    return rows + chunk.count(b"\n")


def _refuse_other_kinds(name: str, start: bytes) -> None:
    if start.startswith(WIDE):
        raise RefusedError(_wrong_encoding(name, 0, None))
    kind = next((what for magic, what in OTHERS.items() if start.startswith(magic)), None)
    if kind is None and b"\0" in start:
        kind = "it holds zero bytes, so it is no text"
    if kind:
        raise RefusedError(not_a_table(name, kind))


def _header(path: Path, spec: ProjectSpec) -> tuple[tuple[str, ...], str]:
    """Return the first row, split by the delimiter that gives the most declared columns."""
    with path.open("rb") as file:
        start = file.read(MAX_HEADER_BYTES).decode("utf-8-sig", errors="ignore")
    headers = {delimiter: _first_row(start, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: _known(headers[delimiter], spec))
    return headers[best], best


def _known(header: Sequence[str], spec: ProjectSpec) -> tuple[int, int]:
    return sum(name in spec.columns for name in header), len(header)


def _first_row(text: str, delimiter: str) -> tuple[str, ...]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return tuple(next((row for row in rows if row), []))


def _wrong_encoding(name: str, row: int, error: UnicodeDecodeError | None) -> Reason:
    where = "it looks like UTF-16" if error is None else f"row {row} is not (the header is row 0)"
    return Reason(
        code="wrong_encoding",
        subject=name,
        message=f"{name}: expected UTF-8 text; {where}",
        advice="Save the file as UTF-8 and upload it again.",
    )


def damaged_parquet(name: str, problem: str) -> Reason:
    """Return the reason for a Parquet file that cannot be opened."""
    return Reason(
        code="damaged_parquet",
        subject=name,
        message=f"{name}: starts as Parquet but cannot be read to its end, it may be cut off",
        examples=(problem,),
        advice="Write the file again and compare its size before and after the upload.",
    )


def no_rows(name: str) -> Reason:
    """Return the reason for a header without rows."""
    message = f"{name}: a header but no rows"
    return Reason(code="header_only", subject=name, message=message, advice="Upload rows as well.")


def empty_file(name: str) -> Reason:
    """Return the reason for a file without a byte."""
    message = f"{name}: the file is empty; expected a header and rows"
    return Reason(code="empty_file", subject=name, message=message, advice="Upload it again.")
