"""What is refused before anything is made, and what is openly pretended."""

import pytest

from infra.twin.cloudformation.parameters import check_parameters
from infra.twin.cloudformation.pretended import PRETENDED_PROPERTIES, PRETENDED_TYPES
from infra.twin.cloudformation.types import RESOURCE_TYPES, undeployable_parts
from infra.twin.errors import TwinError

DECLARED = {
    "Stage": {"Type": "String", "Default": "dev", "AllowedPattern": "[a-z]+"},
    "Architecture": {"Type": "String", "Default": "x86_64", "AllowedValues": ["x86_64", "arm64"]},
    "Days": {"Type": "Number", "Default": 30, "MinValue": 1, "MaxValue": 400},
    "Owner": {"Type": "String"},
}


def test_good_parameters_pass() -> None:
    """Defaults are parameters too."""
    check_parameters(DECLARED, {"Owner": "ada", "Days": "7"})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"Stag": "x"}, "no parameter Stag; did you mean Stage"),
        ({"Quite": "x"}, "no parameter Quite"),
        ({}, "Owner has no default"),
        ({"Owner": "a", "Stage": "X"}, "Stage is 'X', expected a match"),
        ({"Owner": "a", "Architecture": "mips"}, "expected one of x86_64, arm64"),
        ({"Owner": "a", "Days": "many"}, "expected a number"),
        ({"Owner": "a", "Days": "0"}, "expected at least 1"),
        ({"Owner": "a", "Days": "401"}, "expected at most 400"),
    ],
)
def test_a_bad_parameter_is_named(given: dict[str, str], told: str) -> None:
    """With what was expected."""
    with pytest.raises(TwinError, match=told):
        check_parameters(DECLARED, given)


def test_a_type_without_a_function_is_refused() -> None:
    """By logical id and type."""
    template = {"Resources": {"Feed": {"Type": "AWS::Kinesis::Stream"}}}

    assert [str(each) for each in undeployable_parts(template)] == [
        "Feed (AWS::Kinesis::Stream): the twin has no such resource type"
    ]


def test_a_property_is_carried_out_or_pretended_or_refused() -> None:
    """The three cases of one queue."""
    properties = {"VisibilityTimeout": 30, "Tags": [], "Colour": "red"}
    template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": properties}}}

    assert [each.reason for each in undeployable_parts(template)] == [
        "the twin would silently drop the property Colour"
    ]


def test_a_pretended_type_takes_any_property() -> None:
    """Nothing of it has an effect."""
    resource = {"Type": "AWS::Budgets::Budget", "Properties": {"Budget": {}}}

    assert list(undeployable_parts({"Resources": {"B": resource}})) == []


def test_everything_pretended_says_what_that_means() -> None:
    """The documentation prints these sentences."""
    reasons = [*PRETENDED_TYPES.values()]
    reasons += [reason for each in PRETENDED_PROPERTIES.values() for reason in each.values()]

    assert all(len(reason.split()) >= 3 for reason in reasons)


def test_nothing_is_both_carried_out_and_pretended() -> None:
    """A property has one truth."""
    both = {
        (name, each)
        for name, known in RESOURCE_TYPES.items()
        for each in PRETENDED_PROPERTIES.get(name, {})
        if each in known.carries
    }

    assert both == set()


def test_every_pretended_property_belongs_to_a_type_of_the_table() -> None:
    """No leftovers."""
    assert set(PRETENDED_PROPERTIES) - {"*"} <= set(RESOURCE_TYPES)
