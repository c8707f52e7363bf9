"""Turn a resource's properties into the arguments of an AWS call, checked against botocore's
model.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any  # properties and botocore's shapes have no static types

_TRUTHS = {"true": True, "false": False}


class UnknownPropertyError(ValueError):
    """A property that the AWS call behind the resource does not know, so that the twin would drop
    it.
    """


def call_arguments(client: Any, operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties, named and typed as the operation's input shape wants them.

    Names may differ in the case of their first letter; texts become numbers and truth values
    where the shape says so, and structures become JSON text where it wants text (policies).
    """
    name = client.meta.method_to_api_mapping[operation]
    shape = client.meta.service_model.operation_model(name).input_shape
    arguments: dict[str, Any] = _convert(shape, dict(properties), "")
    return arguments


def _convert(shape: Any, value: Any, path: str) -> Any:
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return _structure(shape, value, path)
    if shape.type_name == "list" and isinstance(value, list):
        return [
            _convert(shape.member, item, f"{path}[{index}]") for index, item in enumerate(value)
        ]
    if shape.type_name == "map" and isinstance(value, Mapping):
        return {
            str(key): _convert(shape.value, item, f"{path}.{key}") for key, item in value.items()
        }
    scalar = _SCALARS.get(shape.type_name)
    return value if scalar is None else scalar(value)


def _structure(shape: Any, value: Mapping[str, Any], path: str) -> dict[str, Any]:
    known = {name.lower(): name for name in shape.members}
    result = {}
    for key, item in value.items():
        name = known.get(key.lower())
        if name is None:
            message = f"{path}.{key}".lstrip(".") + f" is not an argument of {shape.name}"
            raise UnknownPropertyError(message)
        result[name] = _convert(shape.members[name], item, f"{path}.{key}")
    return result


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)


def truth(value: bool | str) -> bool:  # noqa: FBT001 - it converts one
    """A truth value of a template, which may be the text ``true`` or ``false``."""
    return value if isinstance(value, bool) else _TRUTHS[value.lower()]


_SCALARS: Mapping[str, Callable[[Any], Any]] = {
    "string": _text,
    "integer": int,
    "long": int,
    "double": float,
    "float": float,
    "boolean": truth,
}
