import json
from typing import Any

from loopwright.steps.describe_api import ROUTES, describe_api

DOCUMENT: dict[str, Any] = json.loads(json.dumps(describe_api()))


def references(value: Any) -> set[str]:
    """Return every `$ref` of a document."""
    if isinstance(value, dict):
        found = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return found.union(*map(references, value.values()))
    if isinstance(value, list):
        return set().union(*map(references, value))
    return set()


def test_every_route_is_described() -> None:
    """With its parameters, its answer and its refusals."""
    predictions = DOCUMENT["paths"]["/projects/{project}/predictions"]["post"]

    assert DOCUMENT["openapi"] == "3.1.0"
    assert set(DOCUMENT["paths"]) == {route.path for route in ROUTES}
    assert [one["name"] for one in predictions["parameters"]] == ["project"]
    assert set(predictions["responses"]) == {"200", "400", "404", "413"}
    assert "requestBody" not in DOCUMENT["paths"]["/projects/{project}"]["get"]


def test_every_reference_leads_somewhere() -> None:
    """A client generator can read the document."""
    schemas = DOCUMENT["components"]["schemas"]

    assert {one.removeprefix("#/components/schemas/") for one in references(DOCUMENT)} <= set(
        schemas
    )


def test_the_body_of_a_prediction_is_the_one_that_is_read() -> None:
    """The schema says what the parser takes."""
    body = DOCUMENT["components"]["schemas"]["PredictBody"]

    assert body["required"] == ["instances"]
    assert body["properties"]["instances"]["items"]["type"] == "object"
