"""The routes of an HTTP API, read from the OpenAPI body that SAM writes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any  # an OpenAPI document is any JSON value
from urllib.parse import unquote

from infra.twin.errors import TwinError

_INTEGRATION = "x-amazon-apigateway-integration"
_ANY_METHOD = "x-amazon-apigateway-any-method"
_FUNCTION = re.compile(r"/functions/(?P<arn>.+)/invocations$")
_PARAMETER = re.compile(r"\{([^{}+]+)(\+?)\}")


@dataclass(frozen=True)
class Route:
    """One method and path, the function behind it, and whether the caller must sign."""

    method: str
    path: str
    pattern: re.Pattern[str]
    function_arn: str
    requires_iam: bool

    @property
    def key(self) -> str:
        """``GET /path``, as the event's routeKey."""
        return f"{self.method} {self.path}"

    @property
    def specificity(self) -> tuple[bool, bool, int, int]:
        """Smaller goes first: exact, then parameters, greedy last; a method before ANY."""
        is_greedy = "+}" in self.path
        return is_greedy, self.method == "ANY", self.path.count("{"), -len(self.path)


@dataclass(frozen=True)
class RouteMatch:
    """A route and the values of its path parameters."""

    route: Route
    parameters: Mapping[str, str]


def read_routes(body: Mapping[str, Any]) -> tuple[Route, ...]:
    """All routes, the most specific first."""
    return tuple(sorted(_routes(body), key=lambda route: route.specificity))


def _routes(body: Mapping[str, Any]) -> Iterator[Route]:
    schemes = body.get("components", {}).get("securitySchemes", {})
    for path, operations in body.get("paths", {}).items():
        for name, operation in operations.items():
            if isinstance(operation, Mapping) and _INTEGRATION in operation:
                method = "ANY" if name == _ANY_METHOD else name.upper()
                security = operation.get("security", body.get("security", []))
                yield Route(
                    method=method,
                    path=path,
                    pattern=path_pattern(path),
                    function_arn=_function_arn(operation[_INTEGRATION], method, path),
                    requires_iam=_requires_iam(security, schemes, f"{method} {path}"),
                )


def path_pattern(path: str) -> re.Pattern[str]:
    """A path template as an expression: ``{name}`` is one segment, ``{name+}`` the rest."""
    parts = _PARAMETER.split(path)
    pattern = ""
    for index in range(0, len(parts) - 1, 3):
        literal, _, greedy = parts[index : index + 3]
        pattern += re.escape(literal) + ("(.+)" if greedy else "([^/]+)")
    return re.compile(pattern + re.escape(parts[-1]))


def _function_arn(integration: Mapping[str, Any], method: str, path: str) -> str:
    found = _FUNCTION.search(str(integration.get("uri", "")))
    if found is None or integration.get("payloadFormatVersion") != "2.0":
        message = f"{method} {path}: expected a Lambda integration with payload format 2.0"
        raise TwinError(message)
    return found["arn"]


def _requires_iam(security: list[Mapping[str, Any]], schemes: Mapping[str, Any], key: str) -> bool:
    names = [name for requirement in security for name in requirement if name != "NONE"]
    for name in names:
        if schemes.get(name, {}).get("x-amazon-apigateway-authtype") != "awsSigv4":
            message = f"{key}: the twin has no authorizer {name}; it verifies AWS_IAM only"
            raise TwinError(message)
    return bool(names)


def find_route(routes: tuple[Route, ...], method: str, path: str) -> RouteMatch | None:
    """The first route that takes this request; values are decoded, as API Gateway does."""
    for route in routes:
        found = route.pattern.fullmatch(path)
        if found is not None and route.method in (method, "ANY"):
            names = [name for name, _ in _PARAMETER.findall(route.path)]
            values = (unquote(value) for value in found.groups())
            return RouteMatch(route, dict(zip(names, values, strict=True)))
    return None
