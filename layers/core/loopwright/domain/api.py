"""Describe the HTTP API as an OpenAPI 3.1 document, from the models that it reads and answers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from loopwright.domain.problems import Problem
from loopwright.domain.record import Record

REF = "#/components/schemas/{model}"
WORDS = {
    "400": "The request is not valid",
    "404": "There is no such project, run, model, receipt or champion",
    "409": "The state is not what the request expects",
    "413": "The request is too large",
}


@dataclass(frozen=True)
class Route:
    """One route: what it reads, what it answers, and how it may refuse."""

    method: str
    path: str
    operation: str
    summary: str
    answer: type[Record] | None
    body: type[Record] | None = None
    refusals: tuple[str, ...] = ()


def openapi(routes: Iterable[Route], *, version: str) -> dict[str, Any]:
    """Return the OpenAPI document of the routes."""
    schemas: dict[str, Any] = {}
    problem = _schema(Problem, "Problem", schemas)
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method] = _operation(route, schemas, problem)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Loopwright", "version": version, "summary": "Predict, label, decide."},
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "sigv4": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "description": "AWS Signature Version 4, service execute-api",
                }
            },
        },
        "security": [{"sigv4": []}],
    }


def _operation(route: Route, schemas: dict[str, Any], problem: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"type": "object"}
    if route.answer is not None:
        answer = _schema(route.answer, f"{route.operation}Answer", schemas)
    made: dict[str, Any] = {
        "operationId": route.operation,
        "summary": route.summary,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"{(\w+)}", route.path)
        ],
        "responses": {
            "200": {"description": "Done", "content": {"application/json": {"schema": answer}}},
            **{
                status: {
                    "description": WORDS[status],
                    "content": {"application/problem+json": {"schema": problem}},
                }
                for status in route.refusals
            },
        },
    }
    if route.body is not None:
        schema = _schema(route.body, f"{route.operation}Body", schemas)
        made["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return made


def _schema(model: type[Record], name: str, schemas: dict[str, Any]) -> dict[str, Any]:
    """Add a model and what it refers to; return the reference to it."""
    schema = model.model_json_schema(ref_template=REF, mode="serialization")
    schemas.update(schema.pop("$defs", {}))
    schemas[name] = {**schema, "title": name}
    return {"$ref": REF.format(model=name)}
