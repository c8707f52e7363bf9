"""Bodies with a length and in chunks."""

from email.message import Message
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.twin.http_body import BodyTooLargeError, discard_body, read_body


def headers(**values: str) -> Message:
    """HTTP headers."""
    message = Message()
    for name, value in values.items():
        message[name.replace("_", "-")] = value
    return message


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5))
def test_chunks_are_joined(chunks: list[bytes]) -> None:
    """Whatever the sizes, the body is what was sent, and nothing beyond it is read."""
    wire = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\nNEXT"
    stream = BytesIO(wire)

    assert read_body(headers(Transfer_Encoding="chunked"), stream) == b"".join(chunks)
    assert stream.read() == b"NEXT"


def test_a_body_is_as_long_as_its_length_says() -> None:
    """And what follows belongs to the next request."""
    assert read_body(headers(Content_Length="3"), BytesIO(b"abcdef")) == b"abc"
    assert read_body(headers(), BytesIO(b"abcdef")) == b""


@pytest.mark.parametrize(
    ("sent", "wire"),
    [({"Content_Length": "9"}, b"x" * 9), ({"Transfer_Encoding": "chunked"}, b"9\r\nxxx")],
)
def test_a_body_over_the_limit_is_not_read(sent: dict[str, str], wire: bytes) -> None:
    """The limit holds before the memory is taken."""
    with pytest.raises(BodyTooLargeError):
        read_body(headers(**sent), BytesIO(wire), max_bytes=8)


@pytest.mark.parametrize("length", ["-1", "many"])
def test_a_length_that_is_none_is_refused(length: str) -> None:
    """The server answers 400."""
    with pytest.raises(ValueError, match=r"Content-Length|invalid literal"):
        read_body(headers(Content_Length=length), BytesIO(b""))


def test_a_refused_body_is_read_away() -> None:
    """So that its sender lives to read the answer."""
    stream = BytesIO(b"x" * 9 + b"NEXT")
    discard_body(headers(Content_Length="9"), stream)

    assert stream.read() == b"NEXT"
