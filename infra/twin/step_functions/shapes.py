"""Task arguments to boto3 requests, boto3 responses to task output, by botocore's model."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any  # requests and responses are JSON documents of every service

import botocore.session
from botocore.model import OperationModel, Shape
from botocore.response import StreamingBody

type TimeFormat = Callable[[datetime], object]


def iso_time(moment: datetime) -> str:
    """The form of times in the output of ``aws-sdk`` integrations."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def epoch_milliseconds(moment: datetime) -> int:
    """The form of times in the output of the optimised ``.sync`` integrations."""
    return round(moment.timestamp() * 1000)


@cache
def operation_model(service: str, action: str) -> OperationModel:
    """botocore's model of an action, spelled in any case, with or without underscores."""
    model = botocore.session.get_session().get_service_model(service)
    wanted = action.replace("_", "").lower()
    for name in model.operation_names:
        if name.lower() == wanted:
            return model.operation_model(name)
    message = f"botocore knows no action {action!r} of the service {service!r}"
    raise ValueError(message)


def to_request(value: Any, shape: Shape | None) -> Any:
    """A copy with the member names of the model, objects written as JSON where text is wanted."""
    if shape is None or value is None:
        return value
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return _to_structure(value, shape)
    if shape.type_name == "list" and isinstance(value, list):
        return [to_request(item, shape.member) for item in value]
    if shape.type_name == "map" and isinstance(value, Mapping):
        return {key: to_request(item, shape.value) for key, item in value.items()}
    return _to_scalar(value, shape.type_name)


def to_output(value: Any, shape: Shape | None, time_format: TimeFormat) -> Any:
    """A copy that is JSON: PascalCase members, bodies as text, times in the format given."""
    if isinstance(value, Mapping):
        return _to_output_object(value, shape, time_format)
    if isinstance(value, list):
        member = shape.member if shape is not None and shape.type_name == "list" else None
        return [to_output(item, member, time_format) for item in value]
    if isinstance(value, StreamingBody):
        return value.read().decode()
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, datetime):
        return time_format(value)
    return value


def compact_json(value: object) -> str:
    """JSON without spaces, as AWS writes it."""
    return json.dumps(value, separators=(",", ":"))


def _to_scalar(value: Any, type_name: str) -> Any:
    if type_name == "string" and not isinstance(value, str):
        return compact_json(value)
    if type_name == "blob" and not isinstance(value, bytes):
        return (value if isinstance(value, str) else compact_json(value)).encode()
    return value


def _to_structure(value: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    names = {name.lower(): name for name in shape.members}
    unknown = [key for key in value if key.lower() not in names]
    if unknown:
        message = f"{shape.name} has no member {unknown[0]!r}; it has {', '.join(shape.members)}"
        raise ValueError(message)
    renamed = {names[key.lower()]: item for key, item in value.items()}
    return {key: to_request(item, shape.members[key]) for key, item in renamed.items()}


def _to_output_object(
    value: Mapping[str, Any], shape: Shape | None, time_format: TimeFormat
) -> dict[str, Any]:
    if shape is not None and shape.type_name == "structure":
        return {
            key[:1].upper() + key[1:]: to_output(item, shape.members.get(key), time_format)
            for key, item in value.items()
        }
    member = shape.value if shape is not None and shape.type_name == "map" else None
    return {key: to_output(item, member, time_format) for key, item in value.items()}
