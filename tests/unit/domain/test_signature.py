"""Signatures come from specs, and are held against them."""

from typing import Any

import pytest

from loopwright.domain.model import Field
from loopwright.domain.signature import refuse_other_signature, signature_of
from loopwright.domain.spec import Column, NoProtected, ProjectSpec
from loopwright.errors import ModelPackageError

SPEC = ProjectSpec(
    project="people",
    question="Who stays?",
    owner="Team",
    intended_use="Tests of signatures.",
    affected_people="Nobody",
    task="binary",
    target="stays",
    favourable=True,
    key="id",
    protected=NoProtected(none="made up for a test"),
    columns={
        "id": Column(type="integer"),
        "pay": Column(type="number", min=0, max=10, max_missing_share=0.1),
        "city": Column(type="category"),
        "grade": Column(type="category", values=(1, 2)),
        "stays": Column(type="boolean"),
    },
)


def signature(**changes: Any) -> Any:
    """Make the signature of a model that was trained on two cities."""
    made = signature_of(SPEC, "digest", categories={"city": ("Bonn",)}, classes=(False, True))
    return made.model_copy(update=changes)


def test_the_fields_are_the_features_and_nothing_else() -> None:
    """Neither key nor target; limits and gaps as the spec allows them."""
    assert signature().fields == (
        Field(name="pay", type="number", min=0, max=10, nullable=True),
        Field(name="city", type="category", categories=("Bonn",)),
        Field(name="grade", type="category", categories=(1, 2)),
    )
    assert signature().context == ("id",)


def test_a_signature_of_the_spec_passes() -> None:
    """Whatever cities were seen."""
    refuse_other_signature(SPEC, "digest", signature())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target": "pay"}, "target is 'pay'"),
        ({"threshold": 0.3}, r"threshold is 0\.3.*asks for 0\.5"),
        ({"task": "multiclass"}, "task is 'multiclass'"),
        ({"context": ()}, r"context is \(\)"),
        ({"favourable": False}, "favourable is False"),
        ({"classes": (True, True)}, "classes are"),
        ({"classes": (False, 7)}, "classes are"),
        ({"classes": (True,)}, "needs both classes"),
    ],
)
def test_another_signature_is_refused(changes: dict[str, Any], message: str) -> None:
    """The message names what differs."""
    with pytest.raises(ModelPackageError, match=message):
        refuse_other_signature(SPEC, "digest", signature(**changes))


def test_a_regression_has_no_classes() -> None:
    """They would mean nothing."""
    columns = {**SPEC.columns, "stays": Column(type="number")}
    spec = SPEC.model_copy(update={"task": "regression", "favourable": None, "columns": columns})
    plain = signature_of(spec, "digest", categories={})

    refuse_other_signature(spec, "digest", plain)
    with pytest.raises(ModelPackageError, match="classes are"):
        refuse_other_signature(spec, "digest", plain.model_copy(update={"classes": (1, 2)}))
