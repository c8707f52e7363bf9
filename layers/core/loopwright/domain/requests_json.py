"""Read the JSON body of a request: strictly, within limits, and with words for what is wrong."""

import json
from typing import Any, NoReturn

from pydantic import ValidationError

from loopwright.domain.problems import FieldProblem, refusal
from loopwright.domain.record import Record
from loopwright.errors import RequestError, RequestTooLargeError


def read_json(body: bytes, *, max_body_bytes: int) -> Any:
    """Return the JSON value of a body; duplicate keys, NaN and Infinity are refused."""
    if len(body) > max_body_bytes:
        message = (
            f"the body has {len(body):,} bytes, the limit is {max_body_bytes:,}: "
            "send fewer instances in each request"
        )
        raise RequestTooLargeError(message)
    try:
        return json.loads(
            body.decode(), parse_constant=_refuse_constant, object_pairs_hook=_distinct
        )
    except UnicodeDecodeError as error:
        message = f"the body is not UTF-8: byte {error.start} cannot be read"
        raise RequestError(message) from error
    except RecursionError as error:
        message = "the body is nested too deeply"
        raise RequestError(message) from error
    except ValueError as error:
        message = f"the body is not JSON: {error}"
        raise RequestError(message) from error


def read_document[Body: Record](body: bytes, kind: type[Body], *, max_body_bytes: int) -> Body:
    """Return a body of known fields; the error names every field that is wrong."""
    value = read_json(body, max_body_bytes=max_body_bytes)
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        problems = [
            FieldProblem(field=".".join(map(str, one["loc"])) or None, detail=one["msg"])
            for one in error.errors()
        ]
        raise refusal(problems) from error


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is not a JSON number; send null for a value that is missing"
    raise ValueError(message)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        message = f"the key {twice!r} occurs twice in one object"
        raise ValueError(message)
    return found
