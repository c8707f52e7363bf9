"""Read the instances of a prediction request by the signature of the model that will answer."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from loopwright.domain.model import Field, Signature
from loopwright.domain.problems import MAX_PROBLEMS, FieldProblem, refusal
from loopwright.domain.record import Record
from loopwright.domain.requests_json import read_json
from loopwright.errors import RequestError, RequestTooLargeError

EXACT_INTEGER = 2**53
WRONG = object()


class Limits(Protocol):
    """How large one prediction request may be."""

    @property
    def max_instances(self) -> int:
        """The most instances."""
        ...

    @property
    def max_body_bytes(self) -> int:
        """The most bytes of the body."""
        ...


class Instances(Record):
    """What a request asks: the model's fields, and apart from them the context, per instance."""

    fields: tuple[dict[str, Any], ...]
    context: tuple[dict[str, Any], ...]

    def columns(self, signature: Signature) -> dict[str, list[Any]]:
        """Return the fields by column, in the order of the instances."""
        return {
            field.name: [instance[field.name] for instance in self.fields]
            for field in signature.fields
        }


def read_instances(body: bytes, signature: Signature, limits: Limits) -> Instances:
    """Return the instances of a body, or refuse it with up to 20 problems at once."""
    rows = _rows(read_json(body, max_body_bytes=limits.max_body_bytes), limits)
    problems: list[FieldProblem] = []
    for index, row in enumerate(rows):
        problems.extend(_problems(index, row, signature))
        if len(problems) > MAX_PROBLEMS:
            break
    if problems:
        raise refusal(problems)
    return Instances(
        fields=tuple(
            {field.name: convert(field, row[field.name]) for field in signature.fields}
            for row in rows
        ),
        context=tuple(
            {name: row[name] for name in signature.context if name in row} for row in rows
        ),
    )


def convert(field: Field, value: Any) -> Any:
    """Return a value as the field's Python type, None for null, or WRONG."""
    if value is None:
        return None
    return _CONVERTERS[field.type](field, value)


def _rows(value: Any, limits: Limits) -> list[Any]:
    if not isinstance(value, dict) or set(value) != {"instances"}:
        message = 'expected an object with the one key "instances": {"instances": [{...}, ...]}'
        raise RequestError(message)
    rows = value["instances"]
    if not isinstance(rows, list) or not rows:
        message = '"instances" must be a list of at least one instance'
        raise RequestError(message)
    if len(rows) > limits.max_instances:
        message = (
            f"the request has {len(rows):,} instances, the limit is {limits.max_instances:,}: "
            "send them in several requests"
        )
        raise RequestTooLargeError(message)
    return rows


def _problems(index: int, row: Any, signature: Signature) -> Iterator[FieldProblem]:
    if not isinstance(row, dict):
        detail = f"expected an object of field values, got {_kind(row)}"
        yield FieldProblem(instance=index, detail=detail)
        return
    for field in signature.fields:
        detail = _field_problem(field, row)
        if detail:
            yield FieldProblem(instance=index, field=field.name, detail=detail)
    known = {field.name for field in signature.fields}
    for name, value in row.items():
        detail = _extra_problem(name, value, known, signature)
        if detail:
            yield FieldProblem(instance=index, field=name, detail=detail)


def _field_problem(field: Field, row: Mapping[str, Any]) -> str:
    if field.name not in row:
        hint = "; send null when it is unknown" if field.nullable else ""
        return f"this field is missing{hint}"
    value = convert(field, row[field.name])
    if value is None and not field.nullable:
        return "a value is required, null is not allowed"
    if value is WRONG:
        return f"expected {_expected(field)}, got {_kind(row[field.name])}"
    return ""


def _extra_problem(name: str, value: object, known: set[str], signature: Signature) -> str:
    if name in known:
        return ""
    if name in signature.context:
        scalar = isinstance(value, (str, int, float, type(None))) and not _is_infinite(value)
        return "" if scalar else f"expected text, a number, true, false or null, got {_kind(value)}"
    if name == signature.target:
        return "this is what the model predicts; send it as a label when it is known"
    from difflib import get_close_matches

    nearest = get_close_matches(name, [*sorted(known), *signature.context], n=1)
    hint = f"; the nearest known one is {nearest[0]!r}" if nearest else ""
    return f"the model knows no such field{hint}"


def _is_infinite(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _integer(_: Field, value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= EXACT_INTEGER
    return value if whole else WRONG


def _number(_: Field, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return WRONG
    try:
        number = float(value)
    except OverflowError:
        return WRONG
    return number if math.isfinite(number) else WRONG


def _boolean(_: Field, value: object) -> object:
    return value if isinstance(value, bool) else WRONG


def _category(field: Field, value: object) -> object:
    kinds = {type(category) for category in field.categories or ()}
    if int in kinds and isinstance(value, float):
        value = _integer(field, value)
    return value if type(value) in kinds else WRONG


def _expected(field: Field) -> str:
    if field.type == "category":
        kinds = sorted({_NAMES[type(category)] for category in field.categories or ()})
        listed = ", ".join(repr(category) for category in (field.categories or ())[:5])
        return f"{' or '.join(kinds)} (a category such as {listed})"
    return {"integer": "a whole number", "number": "a finite number", "boolean": "true or false"}[
        field.type
    ]


def _kind(value: object) -> str:
    if isinstance(value, (dict, list)):
        return _NAMES[type(value)]
    shown = repr(value)
    return f"{_NAMES[type(value)]} {shown if len(shown) <= 40 else shown[:37] + '...'}"  # noqa: PLR2004 - as much as a message can hold


_NAMES: dict[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
    type(None): "null",
}
_CONVERTERS: dict[str, Callable[[Field, Any], Any]] = {
    "integer": _integer,
    "number": _number,
    "category": _category,
    "boolean": _boolean,
}
