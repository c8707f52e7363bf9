"""Rewrite CloudFormation's intrinsic functions to the forms that moto resolves correctly.

moto mangles ``Fn::Sub`` with nested outputs and ``Fn::GetAtt`` written as text, so every
``Fn::Sub`` becomes a ``Fn::Join`` of plain references, which says the same.
"""

import re
from typing import Any  # a template is any JSON value

_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_API_HOST = re.compile(
    r"https://\$\{(\w+)\}\.execute-api\.\$\{AWS::Region\}\.(?:\$\{AWS::URLSuffix\}|amazonaws\.com)"
)


def normalise_intrinsics(value: Any) -> Any:
    """The same template part, with ``Fn::Sub`` and ``Fn::GetAtt`` in the forms that moto
    understands.
    """
    if isinstance(value, list):
        return [normalise_intrinsics(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Fn::GetAtt"}:
        return {"Fn::GetAtt": _attribute_parts(value["Fn::GetAtt"])}
    if set(value) == {"Fn::Sub"}:
        return _join_of(value["Fn::Sub"])
    return {key: normalise_intrinsics(item) for key, item in value.items()}


def _attribute_parts(value: str | list[str]) -> list[str]:
    """``A.Outputs.B`` in any of its forms, as resource and attribute."""
    text = value if isinstance(value, str) else ".".join(value)
    resource, _, attribute = text.partition(".")
    return [resource, attribute]


def _join_of(value: str | list[Any]) -> dict[str, Any]:
    text, local = (value, {}) if isinstance(value, str) else (value[0], value[1])
    text = _API_HOST.sub(r"${\1.ApiEndpoint}", text)
    parts = _VARIABLE.split(text)
    joined = [
        _reference(part, local) if index % 2 else part
        for index, part in enumerate(parts)
        if index % 2 or part
    ]
    return {"Fn::Join": ["", joined]}


def _reference(name: str, local: dict[str, Any]) -> Any:
    if name.startswith("!"):
        return f"${{{name[1:]}}}"
    if name in local:
        return normalise_intrinsics(local[name])
    if "." in name:
        return {"Fn::GetAtt": _attribute_parts(name)}
    return {"Ref": name}
