"""Intrinsic functions, rewritten without a change of meaning."""

from typing import Any

import pytest

from infra.twin.intrinsics import normalise_intrinsics


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", ["plain"]),
        ("${Name}", [{"Ref": "Name"}]),
        ("a-${AWS::Region}-b", ["a-", {"Ref": "AWS::Region"}, "-b"]),
        ("${Table.Arn}/x", [{"Fn::GetAtt": ["Table", "Arn"]}, "/x"]),
        ("${Nested.Outputs.Url}", [{"Fn::GetAtt": ["Nested", "Outputs.Url"]}]),
        ("${!Literal}", ["${Literal}"]),
    ],
)
def test_a_sub_becomes_a_join_of_its_parts(text: str, parts: list[Any]) -> None:
    """References, attributes, nested outputs and literals."""
    assert normalise_intrinsics({"Fn::Sub": text}) == {"Fn::Join": ["", parts]}


def test_the_local_names_of_a_sub_come_first() -> None:
    """And their values may hold functions themselves."""
    value = {"Fn::Sub": ["${A}${B}", {"A": {"Fn::GetAtt": "X.Y"}}]}

    assert normalise_intrinsics(value) == {
        "Fn::Join": ["", [{"Fn::GetAtt": ["X", "Y"]}, {"Ref": "B"}]]
    }


@pytest.mark.parametrize("form", ["A.Outputs.B", ["A", "Outputs.B"], ["A", "Outputs", "B"]])
def test_an_attribute_has_one_form(form: object) -> None:
    """Resource and attribute, however the template wrote it."""
    assert normalise_intrinsics([{"Fn::GetAtt": form}]) == [{"Fn::GetAtt": ["A", "Outputs.B"]}]


@pytest.mark.parametrize("suffix", ["amazonaws.com", "${AWS::URLSuffix}"])
def test_the_address_of_an_api_is_its_endpoint(suffix: str) -> None:
    """In the twin an API has no host name of AWS."""
    value = {"Fn::Sub": f"https://${{Api}}.execute-api.${{AWS::Region}}.{suffix}/x"}

    assert normalise_intrinsics(value) == {
        "Fn::Join": ["", [{"Fn::GetAtt": ["Api", "ApiEndpoint"]}, "/x"]]
    }
