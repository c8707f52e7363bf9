"""What a rule's target receives: the event, a part of it, a constant, or a filled template."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final  # events are JSON documents

_PLACEHOLDER: Final = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_MISSING: Final = object()


def target_input(
    target: Mapping[str, Any], event: Mapping[str, Any], *, reserved: Mapping[str, Any]
) -> str:
    """The JSON text for a target; ``reserved`` holds the ``aws.events.*`` values of the rule."""
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath"):
        return json.dumps(value_at(event, target["InputPath"]))
    transformer = target.get("InputTransformer")
    if transformer:
        return _filled(transformer, event, reserved)
    return json.dumps(event)


def value_at(document: Any, path: str) -> Any:
    """The value at a path such as ``$.detail.items[0].key``; None where there is nothing."""
    value = document
    for name, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", path.removeprefix("$")):
        value = _step(value, name, index)
        if value is _MISSING:
            return None
    return value


def _step(value: Any, name: str, index: str) -> Any:
    if name and isinstance(value, Mapping):
        return value.get(name, _MISSING)
    if index and isinstance(value, list) and int(index) < len(value):
        return value[int(index)]
    return _MISSING


def _filled(
    transformer: Mapping[str, Any], event: Mapping[str, Any], reserved: Mapping[str, Any]
) -> str:
    paths = transformer.get("InputPathsMap") or {}
    values = {**reserved, **{name: value_at(event, path) for name, path in paths.items()}}
    return fill_template(transformer["InputTemplate"], values)


def fill_template(template: str, values: Mapping[str, Any]) -> str:
    """Replace ``<name>``: inside a JSON string by text, elsewhere by JSON; unknown names stay."""
    parts: list[str] = []
    position, is_inside_string = 0, False
    for match in _PLACEHOLDER.finditer(template):
        literal = template[position : match.start()]
        is_inside_string ^= _quotes_in(literal) % 2 == 1
        parts.append(literal)
        name = match[1]
        parts.append(_written(values[name], is_inside_string) if name in values else match[0])
        position = match.end()
    return "".join([*parts, template[position:]])


def _quotes_in(text: str) -> int:
    return len(re.findall(r'(?<!\\)"', text))


def _written(value: Any, is_inside_string: bool) -> str:  # noqa: FBT001 - any JSON; one caller
    if not is_inside_string:
        return json.dumps(value)
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    return json.dumps(text)[1:-1]
