"""What only AWS would refuse: circles, names that lead nowhere, outputs that the CLI misses."""

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

import pytest

from tests.template.stack import many, references, translated, written

OUTPUTS = {
    "BucketName",
    "CatalogTableName",
    "ReceiptsTableName",
    "WindowsTableName",
    "EventBusName",
    "ApiUrl",
    "ReleaseModelArn",
    "RetrainModelArn",
    "CheckDriftArn",
    "TrainingImage",
    "DashboardUrl",
}
TEMPLATES = [translated().root, *translated().nested.values()]


def graph(template: Mapping[str, Any]) -> dict[str, set[str]]:
    """What each resource waits for."""
    resources = template["Resources"]
    return {
        name: {
            one
            for one in (*references(resource), *many(resource.get("DependsOn", [])))
            if one in resources
        }
        for name, resource in resources.items()
    }


def unknown(template: Mapping[str, Any]) -> Iterator[str]:
    """References to nothing."""
    known = {*template["Resources"], *template.get("Parameters", {})}
    for section in ("Resources", "Outputs"):
        for name in references(template.get(section, {})):
            if name not in known and not name.startswith("AWS::"):
                yield name


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_resource_waits_for_itself(template: Mapping[str, Any]) -> None:
    """After SAM has written the roles, permissions and the API's document."""
    assert list(TopologicalSorter(graph(template)).static_order())


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_reference_leads_somewhere(template: Mapping[str, Any]) -> None:
    """CloudFormation would refuse it after minutes."""
    assert list(unknown(template)) == []


def test_every_reference_into_a_nested_stack_is_one_of_its_outputs() -> None:
    """And every parameter of a nested stack is given."""
    root = written()["Resources"]
    stacks = {
        name: one for name, one in root.items() if one["Type"] == "AWS::CloudFormation::Stack"
    }
    for name, location in _locations().items():
        nested = translated().nested[location]
        asked = {path.removeprefix("Outputs.") for path in _attributes(translated().root, name)}
        given = set(stacks[name]["Properties"].get("Parameters", {}))
        needed = {key for key, one in nested.get("Parameters", {}).items() if "Default" not in one}

        assert asked <= set(nested["Outputs"]), name
        assert needed <= given <= set(nested.get("Parameters", {})), name


def test_the_command_line_finds_its_outputs() -> None:
    """By these names."""
    assert set(written()["Outputs"]) >= OUTPUTS


def _locations() -> dict[str, str]:
    return {
        name: one["Properties"]["TemplateURL"]
        for name, one in translated().root["Resources"].items()
        if one["Type"] == "AWS::CloudFormation::Stack"
    }


def _attributes(value: Any, stack: str) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _attributes(one, stack)
    elif isinstance(value, dict):
        found = value.get("Fn::GetAtt")
        if isinstance(found, list) and found[0] == stack:
            yield str(found[1])
        for one in value.values():
            yield from _attributes(one, stack)
