"""The stack as the tests of the template see it: as written, and as SAM translates it."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any  # a template is any YAML value

import yaml
from samtranslator.yaml_helper import yaml_parse

from infra.twin.translate import Translation, translate

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
NESTED = tuple(ROOT / "infra" / f"{name}.yaml" for name in ("storage", "access", "observability"))
MACHINES = tuple(sorted((ROOT / "statemachines").glob("*.asl.yaml")))


@cache
def written(path: Path = TEMPLATE) -> dict[str, Any]:
    """A template as it is written, its short intrinsics spelled out."""
    found: dict[str, Any] = yaml_parse(path.read_text(encoding="utf-8"))
    return found


@cache
def translated() -> Translation:
    """The stack as CloudFormation gets it."""
    return translate(TEMPLATE, region="eu-west-1")


def resources(kind: str, template: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The properties of every resource of a type, by logical id."""
    every = (written() if template is None else template)["Resources"]
    return {name: one.get("Properties", {}) for name, one in every.items() if one["Type"] == kind}


def deployed(kind: str) -> dict[str, Any]:
    """The properties of every resource of a type in the translated stack and its nested stacks."""
    found: dict[str, Any] = {}
    for template in translated().templates:
        found |= resources(kind, template)
    return found


def functions() -> dict[str, Any]:
    """Every function as written, by the name of its state: `Predict`."""
    found = resources("AWS::Serverless::Function")
    return {name.removesuffix("Function"): one for name, one in found.items()}


def machines() -> dict[str, dict[str, Any]]:
    """Every definition of a machine, by the name of its resource: `ReleaseModelMachine`."""
    return {
        f"{pascal(path.name.removesuffix('.asl.yaml'))}Machine": yaml.safe_load(path.read_text())
        for path in MACHINES
    }


def every_state(definition: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state of a definition, those inside of Maps included."""
    for name, state in definition["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from every_state(state["ItemProcessor"])


def statements(properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The statements of a translated role or policy."""
    documents = [one["PolicyDocument"] for one in properties.get("Policies", ())]
    documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
    return [statement for one in documents for statement in one["Statement"]]


def many(value: Any) -> list[Any]:
    """The value if it is a list, else a list of it."""
    return value if isinstance(value, list) else [value]


def references(value: Any) -> Iterator[str]:
    """The logical ids that a value refers to."""
    if isinstance(value, list):
        for one in value:
            yield from references(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _referred(key, one)


def _referred(key: str, value: Any) -> Iterator[str]:
    if key == "Ref":
        yield str(value)
    elif key == "Fn::GetAtt":
        yield str(value[0] if isinstance(value, list) else value.split(".")[0])
    elif key == "Fn::Sub":
        text, names = (value, {}) if isinstance(value, str) else value
        found = re.findall(r"\$\{([\w:]+)[.}]", text)
        yield from (name for name in found if name not in names)
        yield from references(names)
    else:
        yield from references(value)


def pascal(name: str) -> str:
    """`release_model` as `ReleaseModel`."""
    return "".join(part.title() for part in name.split("_"))


def snake(name: str) -> str:
    """`ReleaseModel` as `release_model`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
