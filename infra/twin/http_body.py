"""Read the body of an HTTP/1.1 request, with a length or in chunks."""

from email.message import Message
from io import BufferedIOBase

_MAX_CHUNK_HEADER_BYTES = 1_024
_MAX_DISCARDED_BYTES = 64 * 1024 * 1024
_DISCARD_CHUNK_BYTES = 1024 * 1024


class BodyTooLargeError(ValueError):
    """The request's body is larger than the server takes."""


def read_body(headers: Message, stream: BufferedIOBase, max_bytes: int | None = None) -> bytes:
    """The whole body; BodyTooLargeError beyond ``max_bytes``, ValueError when malformed."""
    if "chunked" in (headers.get("Transfer-Encoding") or "").lower():
        return _read_chunks(stream, max_bytes)
    length = int(headers.get("Content-Length") or 0)
    if length < 0:
        message = f"Content-Length is {length}, expected 0 or more"
        raise ValueError(message)
    if max_bytes is not None and length > max_bytes:
        message = f"the body has {length} bytes, at most {max_bytes} are taken"
        raise BodyTooLargeError(message)
    return stream.read(length)


def _read_chunks(stream: BufferedIOBase, max_bytes: int | None) -> bytes:
    body = bytearray()
    while size := int(stream.readline(_MAX_CHUNK_HEADER_BYTES).split(b";")[0], 16):
        if max_bytes is not None and len(body) + size > max_bytes:
            message = f"the body has more than {max_bytes} bytes"
            raise BodyTooLargeError(message)
        body += stream.read(size)
        stream.readline()
    while stream.readline().strip():
        pass
    return bytes(body)


def discard_body(headers: Message, stream: BufferedIOBase) -> None:
    """Read a refused body away, up to a bound, so that its sender lives to read the answer."""
    remaining = min(int(headers.get("Content-Length") or 0), _MAX_DISCARDED_BYTES)
    while remaining > 0 and (chunk := stream.read(min(remaining, _DISCARD_CHUNK_BYTES))):
        remaining -= len(chunk)
