"""Routes of an HTTP API, as SAM writes them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.twin.errors import TwinError
from infra.twin.http_routes import find_route, path_pattern, read_routes

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:echo:live"
IAM = {"AWS_IAM": {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"}}


def an_operation(arn: str = ARN, **more: object) -> dict[str, Any]:
    """An operation with a Lambda integration."""
    uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    integration = {"uri": uri, "payloadFormatVersion": "2.0", "type": "aws_proxy"}
    return {"x-amazon-apigateway-integration": integration, **more}


def a_body(paths: dict[str, Any]) -> dict[str, Any]:
    """An OpenAPI document with these paths."""
    return {"paths": paths, "components": {"securitySchemes": IAM}}


def test_a_route_knows_its_function_and_whether_the_caller_must_sign() -> None:
    """What the gateway needs to answer a request."""
    signed = an_operation(security=[{"AWS_IAM": []}])
    open_ = an_operation(security=[{"NONE": []}])
    routes = read_routes(a_body({"/a": {"get": signed, "post": open_}}))

    assert {(route.key, route.requires_iam) for route in routes} == {
        ("GET /a", True),
        ("POST /a", False),
    }
    assert {route.function_arn for route in routes} == {ARN}


def test_the_bodys_security_holds_where_an_operation_says_nothing() -> None:
    """OpenAPI's default for all operations."""
    body = {**a_body({"/a": {"get": an_operation()}}), "security": [{"AWS_IAM": []}]}

    assert read_routes(body)[0].requires_iam


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/items/fixed", "GET /items/fixed"),
        ("GET", "/items/7", "GET /items/{id}"),
        ("POST", "/items/7", "ANY /items/{id}"),
        ("GET", "/items/7/deep/er", "GET /items/{rest+}"),
        ("GET", "/nowhere", None),
        ("GET", "/items/", None),
    ],
)
def test_the_most_specific_route_answers(method: str, path: str, expected: str | None) -> None:
    """Exact before parameter before greedy, and a method before ANY."""
    routes = read_routes(
        a_body(
            {
                "/items/{rest+}": {"get": an_operation()},
                "/items/{id}": {
                    "get": an_operation(),
                    "x-amazon-apigateway-any-method": an_operation(),
                },
                "/items/fixed": {"get": an_operation()},
            }
        )
    )
    found = find_route(routes, method, path)

    assert (found and found.route.key) == expected


def test_path_parameters_are_decoded() -> None:
    """API Gateway hands decoded values to the function."""
    routes = read_routes(a_body({"/p/{name}/x/{rest+}": {"get": an_operation()}}))
    found = find_route(routes, "GET", "/p/a%20b/x/c/d%2Fe")

    assert found is not None
    assert found.parameters == {"name": "a b", "rest": "c/d/e"}


@given(st.text("abc.+*()[]-_~", min_size=1, max_size=12))
def test_what_stands_in_a_path_stands_for_itself(literal: str) -> None:
    """No character of a path is read as a part of an expression."""
    pattern = path_pattern(f"/{literal}/{{id}}")

    assert pattern.fullmatch(f"/{literal}/7")
    assert not pattern.fullmatch(f"/{literal}x/7")


def test_another_authorizer_than_iam_is_refused_by_name() -> None:
    """The twin must not let everybody in where AWS would ask a token."""
    body = a_body({"/a": {"get": an_operation(security=[{"Tokens": []}])}})

    with pytest.raises(TwinError, match="Tokens"):
        read_routes(body)


def test_another_integration_than_lambda_is_refused() -> None:
    """The twin serves functions with payload format 2.0 only."""
    integration = {"uri": "https://example.org", "payloadFormatVersion": "1.0"}
    body = a_body({"/a": {"get": {"x-amazon-apigateway-integration": integration}}})

    with pytest.raises(TwinError, match=r"GET /a"):
        read_routes(body)
