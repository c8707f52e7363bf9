from loopwright.domain.api import Route, openapi
from loopwright.domain.record import Record


class Inner(Record):
    """A nested value."""

    number: int


class Outer(Record):
    """A value that refers to another."""

    inner: Inner


def test_nested_models_become_shared_schemas() -> None:
    """Each is defined once."""
    routes = [
        Route("get", "/a/{name}", "ShowA", "Show a", Outer),
        Route("post", "/a/{name}", "MakeA", "Make a", None, Outer, ("404",)),
    ]
    document = openapi(routes, version="7")
    paths = document["paths"]["/a/{name}"]

    assert set(document["components"]["schemas"]) == {
        "Inner",
        "Problem",
        "FieldProblem",
        "ShowAAnswer",
        "MakeABody",
    }
    assert document["info"]["version"] == "7"
    assert set(paths) == {"get", "post"}
    assert set(paths["post"]["responses"]) == {"200", "404"}
    assert paths["post"]["responses"]["200"]["content"]["application/json"]["schema"] == {
        "type": "object"
    }
