"""The bytes of an upload as plain UTF-8, chunk by chunk: unpacked and decoded within limits."""

import codecs
import contextlib
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from backports import zstd

from loopwright.domain.gate import Reason
from loopwright.domain.spec import Dialect
from loopwright.domain.upload_reasons import not_a_table, too_large, wrong_encoding

CHUNK_BYTES = 1 << 20
MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
CODECS = {"utf-16": "utf-16-le", "latin-1": "latin-1", "windows-1252": "cp1252"}
OTHERS = {b"PK\x03\x04": "this is a ZIP archive or an Excel workbook", b"%PDF": "this is a PDF"}
DAMAGES = (EOFError, zlib.error, gzip.BadGzipFile, zstd.ZstdError)


class RefusedError(Exception):
    """A file cannot be read at all; caught inside the engine, which returns the reason."""

    def __init__(self, *reasons: Reason) -> None:
        """Keep the reasons."""
        super().__init__("; ".join(reason.message for reason in reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Limits:
    """How many bytes a file and a row of it may have once unpacked, and how many columns."""

    file_bytes: int = 5_000_000_000
    row_bytes: int = 16_000_000
    columns: int = 2_000


LIMITS = Limits()


def packing_of(path: Path) -> str:
    """Return how a file is packed by its first bytes: gzip, zstd or none."""
    with path.open("rb") as file:
        start = file.read(4)
    return next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), "none")


def chunks(name: str, path: Path, limits: Limits) -> Iterator[bytes]:
    """Yield the unpacked bytes of a file; refuse it when it is damaged or larger than allowed."""
    size = min(CHUNK_BYTES, limits.row_bytes)
    packing, total = packing_of(path), 0
    with _opened(path, packing) as file:
        try:
            while chunk := _filled(file, size):
                total += len(chunk)
                if total > limits.file_bytes:
                    raise RefusedError(too_large(name, limits.file_bytes))
                yield chunk
        except DAMAGES as error:
            problem = f"its {packing} is damaged ({error})"
            raise RefusedError(not_a_table(name, problem)) from error


def _opened(path: Path, packing: str) -> contextlib.AbstractContextManager[BinaryIO]:
    if packing == "gzip":
        return contextlib.closing(gzip.open(path, "rb"))  # type: ignore[arg-type] # a BinaryIO
    if packing == "zstd":
        return contextlib.closing(zstd.open(path, "rb"))  # type: ignore[arg-type] # a BinaryIO
    return path.open("rb")


def _filled(file: BinaryIO, size: int) -> bytes:
    """Return so many bytes, fewer only at the end: a packed file gives less than asked for."""
    pieces: list[bytes] = []
    while size and (piece := file.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def encoding_of(name: str, start: bytes, dialect: Dialect) -> str:
    """Return the codec of a text: its byte order mark, else what is declared, else UTF-8."""
    mark = next((codec for bom, codec in BOMS.items() if start.startswith(bom)), None)
    codec = mark or CODECS.get(dialect.encoding or "", "utf-8")
    kind = next((what for magic, what in OTHERS.items() if start.startswith(magic)), None)
    if kind is None and b"\0" in start[:4096] and not codec.startswith("utf-16"):
        kind = "it holds zero bytes, so it is no text"
    if kind:
        raise RefusedError(not_a_table(name, kind))
    return codec


def decoded(name: str, pieces: Iterator[bytes], codec: str) -> Iterator[bytes]:
    """Yield bytes as UTF-8; refuse bytes that the codec does not know."""
    decoder = codecs.getincrementaldecoder(codec)()
    rows = 0
    for piece, last in _with_last(pieces):
        try:
            text = decoder.decode(piece, last)
        except UnicodeDecodeError as error:
            good = error.object[: error.start].decode(codec, errors="ignore")
            raise RefusedError(wrong_encoding(name, codec, rows + good.count("\n"))) from error
        rows += text.count("\n")
        yield piece if codec == "utf-8" else text.encode()


def _with_last(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    yield from ((piece, False) for piece in pieces)
    yield b"", True
