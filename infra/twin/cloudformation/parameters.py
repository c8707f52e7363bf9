"""Check the parameters of a stack as CloudFormation does before it creates anything."""

import difflib
import re
from collections.abc import Mapping
from typing import Any  # a parameter's declaration is any JSON value

from infra.twin.errors import TwinError


def check_parameters(declared: Mapping[str, Any], given: Mapping[str, str]) -> None:
    """TwinError for a parameter that is unknown, missing or not allowed; the error names it."""
    for name in given:
        if name not in declared:
            nearest = difflib.get_close_matches(name, declared, n=1)
            hint = f"; did you mean {nearest[0]}?" if nearest else ""
            message = f"the template has no parameter {name}{hint}"
            raise TwinError(message)
    for name, declaration in declared.items():
        value = given.get(name, declaration.get("Default"))
        if value is None:
            message = f"the parameter {name} has no default; give it a value"
            raise TwinError(message)
        if reason := _objection(declaration, str(value)):
            message = f"the parameter {name} is {str(value)!r}, expected {reason}"
            raise TwinError(message)


def _objection(declaration: Mapping[str, Any], value: str) -> str | None:
    """What the declaration wants and the value is not."""
    allowed = [str(each) for each in declaration.get("AllowedValues", [])]
    if allowed and value not in allowed:
        return f"one of {', '.join(allowed)}"
    pattern = declaration.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, value):
        return f"a match of {pattern}"
    if declaration.get("Type") == "Number":
        return _number_objection(declaration, value)
    return None


def _number_objection(declaration: Mapping[str, Any], value: str) -> str | None:
    try:
        number = float(value)
    except ValueError:
        return "a number"
    if number < float(declaration.get("MinValue", "-inf")):
        return f"at least {declaration['MinValue']}"
    if number > float(declaration.get("MaxValue", "inf")):
        return f"at most {declaration['MaxValue']}"
    return None
