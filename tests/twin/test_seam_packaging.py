"""The translation: local paths before, SAM's own translator, plain references after."""

import json
from pathlib import Path

import pytest
from samtranslator.translator.transform import transform

from infra.twin.cloudformation.types import undeployable_parts
from infra.twin.errors import TwinError
from infra.twin.seams import parameters_of
from infra.twin.translate import translate
from tests.twin.mini_stack import MINI

REPOSITORY = Path(__file__).parents[2]


def test_the_translator_still_takes_what_the_twin_gives() -> None:
    """The seam: a template, parameter values and a loader of managed policies."""
    assert parameters_of(transform)[:3] == (
        "input_fragment",
        "parameter_values",
        "managed_policy_loader",
    )


def test_a_sam_template_becomes_plain_cloudformation() -> None:
    """With roles, versions, aliases and permissions that SAM adds."""
    translation = translate(MINI / "template.yaml", region="eu-west-1")
    types = {resource["Type"] for resource in translation.root["Resources"].values()}

    assert not [name for name in types if name.startswith("AWS::Serverless")]
    assert {"AWS::IAM::Role", "AWS::Lambda::Alias", "AWS::ApiGatewayV2::Api"} <= types


def test_a_nested_template_is_translated_too() -> None:
    """And found by the location that the parent names."""
    translation = translate(MINI / "template.yaml", region="eu-west-1")
    location = translation.root["Resources"]["Storage"]["Properties"]["TemplateURL"]

    assert "Bucket" in translation.nested[location]["Resources"]
    assert len(translation.templates) == 2


def test_no_sub_is_left_for_moto() -> None:
    """It would mangle nested outputs."""
    translation = translate(MINI / "template.yaml", region="eu-west-1")

    assert "Fn::Sub" not in json.dumps(translation.templates, default=str)


def test_globals_reach_the_functions() -> None:
    """SAM's defaults for all functions."""
    function = translate(MINI / "template.yaml", region="eu-west-1").root["Resources"][
        "EchoFunction"
    ]["Properties"]

    assert function["Timeout"] == {"Ref": "TimeoutSeconds"}
    assert function["MemorySize"] == 256


def test_what_sam_refuses_is_told_with_its_reason(tmp_path: Path) -> None:
    """As ``sam deploy`` would."""
    path = tmp_path / "template.yaml"
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Handler": "h.h"}}
    path.write_text(
        json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Broken": function}})
    )

    with pytest.raises(TwinError, match="Broken"):
        translate(path, region="eu-west-1")


def test_a_section_that_would_be_dropped_is_refused(tmp_path: Path) -> None:
    """A hook, a macro: AWS would do something with it."""
    path = tmp_path / "template.yaml"
    path.write_text(json.dumps({"Hooks": {}, "Resources": {}}))

    with pytest.raises(TwinError, match="Hooks"):
        translate(path, region="eu-west-1")


def test_the_stacks_own_template_has_nothing_that_the_twin_would_drop() -> None:
    """Every resource and property is carried out or openly pretended."""
    translation = translate(REPOSITORY / "template.yaml", region="eu-west-1")
    problems = [
        str(problem)
        for template in translation.templates
        for problem in undeployable_parts(template)
    ]

    assert problems == []
