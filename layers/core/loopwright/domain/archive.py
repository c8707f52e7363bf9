"""Open the archive of a training job, whose content is not trusted.

A user's script ran in that job, so the archive may hold anything: links, devices, upward paths,
bombs. Only regular files of known names are read, each up to its limit, and into memory.
"""

import gzip
import io
import tarfile
import zlib
from collections.abc import Mapping
from typing import BinaryIO

from loopwright.errors import UnsafeArchiveError

MEBIBYTE = 1024 * 1024
MAX_BYTES: Mapping[str, int] = {
    "model.onnx": 200 * MEBIBYTE,
    "signature.json": 8 * MEBIBYTE,
    "reference.json": 16 * MEBIBYTE,
    "card.json": 8 * MEBIBYTE,
    "probe.json": MEBIBYTE,
    "sbom.json": 8 * MEBIBYTE,
}
MAX_MEMBERS = 16
MAX_TOTAL_BYTES = 240 * MEBIBYTE
_UNREADABLE = (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, OverflowError)


def read_archive(stream: BinaryIO) -> dict[str, bytes]:
    """Return the files of a model.tar.gz; UnsafeArchiveError names what is wrong with it."""
    files: dict[str, bytes] = {}
    try:
        with (
            gzip.GzipFile(fileobj=stream) as unpacked,
            tarfile.open(fileobj=_Bounded(unpacked), mode="r|") as archive,
        ):
            for count, member in enumerate(archive, start=1):
                _refuse_too_many(count)
                if member.isdir() and member.name in {".", ""}:
                    continue
                name = _safe_name(member, files)
                files[name] = _content(archive, member)
    except _UNREADABLE as error:
        raise UnsafeArchiveError(
            f"model.tar.gz cannot be read as a tar archive: {error}"
        ) from error
    absent = sorted(set(MAX_BYTES) - set(files))
    if absent:
        raise UnsafeArchiveError(f"model.tar.gz lacks {absent}; the training job writes them")
    return files


class _Bounded(io.RawIOBase):
    """A stream that refuses to give more than MAX_TOTAL_BYTES, whatever a header promises."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        super().__init__()
        self._stream = stream
        self._left = MAX_TOTAL_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes."""
        if size is None or size < 0 or size > self._left:
            raise UnsafeArchiveError(f"model.tar.gz unpacks to more than {MAX_TOTAL_BYTES} bytes")
        body = self._stream.read(size)
        self._left -= len(body)
        return body


def _refuse_too_many(count: int) -> None:
    if count > MAX_MEMBERS:
        raise UnsafeArchiveError(f"model.tar.gz holds more than {MAX_MEMBERS} entries")


def _safe_name(member: tarfile.TarInfo, files: Mapping[str, bytes]) -> str:
    """Return the name of a regular file that may be there, once, and is not too large."""
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
        raise UnsafeArchiveError(
            f"model.tar.gz: {member.name!r} is no regular file; links and devices are refused"
        )
    name = member.name.removeprefix("./")
    if name not in MAX_BYTES:
        raise UnsafeArchiveError(
            f"model.tar.gz: {member.name!r} is not one of {sorted(MAX_BYTES)}; nothing else may be"
        )
    if name in files:
        raise UnsafeArchiveError(f"model.tar.gz: {name!r} is there twice")
    if member.size > MAX_BYTES[name]:
        raise UnsafeArchiveError(
            f"model.tar.gz: {name!r} has {member.size} bytes, the limit is {MAX_BYTES[name]}"
        )
    return name


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """Return the bytes of a regular file; tarfile raises when it is cut off."""
    source = archive.extractfile(member)
    return b"" if source is None else source.read()
