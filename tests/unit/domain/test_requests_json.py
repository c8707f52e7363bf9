import pytest

from loopwright.domain.record import Record
from loopwright.domain.requests_json import read_document
from loopwright.errors import RequestError


class Body(Record):
    """A body with one field of each kind."""

    name: str
    count: int = 0


def test_a_document_is_read_by_its_known_fields() -> None:
    """What is not sent takes its default."""
    assert read_document(b'{"name": "a"}', Body, max_body_bytes=100) == Body(name="a")


def test_every_wrong_field_of_a_document_is_named() -> None:
    """Unknown, missing and mistyped fields come in one answer."""
    with pytest.raises(RequestError) as caught:
        read_document(b'{"count": "x", "more": 1}', Body, max_body_bytes=100)

    assert {one["field"] for one in caught.value.problems} == {"name", "count", "more"}


def test_a_document_that_is_no_object_is_refused() -> None:
    """There is no field to name then."""
    with pytest.raises(RequestError) as caught:
        read_document(b"[]", Body, max_body_bytes=100)

    assert caught.value.problems[0]["field"] is None
