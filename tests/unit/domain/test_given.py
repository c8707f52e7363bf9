"""What a model that exists already must say, and what follows from the spec."""

import json
from typing import Any

import pytest

from loopwright.domain.given import GivenSignature, given_signature, whole_signature
from loopwright.domain.spec import ProjectSpec
from loopwright.errors import ModelPackageError
from tests.fakes.projects import COLUMNS, a_spec


def open_spec(**changes: Any) -> ProjectSpec:
    """A project whose cities the spec does not list."""
    city = COLUMNS["city"].model_copy(update={"values": None})
    return a_spec(columns={**COLUMNS, "city": city}, **changes)


def files(**signature: Any) -> dict[str, bytes]:
    """The two files of a given model."""
    return {"model.onnx": b"graph", "signature.json": json.dumps(signature).encode()}


def test_the_spec_says_what_the_signature_leaves_out() -> None:
    """Fields in the order of the spec, the classes of the target, the categories that are given."""
    found = given_signature(files(categories={"city": ["Bonn", "Rome"]}), open_spec(), "digest")
    categories = {field.name: field.categories for field in found.fields if field.categories}

    assert [field.name for field in found.fields] == list(open_spec().features)
    assert categories["city"] == ("Bonn", "Rome")
    assert found.classes == ("no", "yes")
    assert found.spec == "digest"


def test_the_classes_may_come_in_another_order() -> None:
    """That of the columns of the model's probabilities."""
    given = {"classes": ["yes", "no"], "categories": {"city": ["Bonn"]}}

    assert given_signature(files(**given), open_spec(), "digest").classes == ("yes", "no")


@pytest.mark.parametrize(
    ("task", "target", "classes"),
    [("regression", "income", ()), ("binary", "member", (False, True))],
)
def test_numbers_have_no_classes_and_booleans_two(
    task: str, target: str, classes: tuple[bool, ...]
) -> None:
    """Nothing need be said of them."""
    spec = open_spec(task=task, target=target, favourable=True if classes else None)
    given = GivenSignature(categories={"city": ("Bonn",), "repaid": ("no", "yes")})

    assert whole_signature(spec, "digest", given).classes == classes


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "there is no model.onnx and no signature.json"),
        ({"model.onnx": b""}, "there is no signature.json: an import needs both"),
        (files(), "categories: list those of ['city'] in the order of their codes"),
        (files(classes=["no"]), "categories: list those of ['city']"),
        (files(categories={"city": ["Bonn"]}, classes=["no"]), "needs both classes"),
        (files(category={}), "signature.json: category: Extra inputs are not permitted"),
        ({"model.onnx": b"", "signature.json": b"{"}, "signature.json: the document: Invalid JSON"),
    ],
)
def test_what_does_not_fit_is_told(given: dict[str, bytes], reason: str) -> None:
    """By the file and its key."""
    with pytest.raises(ModelPackageError) as raised:
        given_signature(given, open_spec(), "digest")

    assert reason in str(raised.value)
