"""Local paths become artifacts."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.twin.errors import UndeployableError
from infra.twin.packaging import Artifacts, package, zip_directory


def packaged(
    folder: Path, resource: dict[str, Any], **sections: Any
) -> tuple[dict[str, Any], Artifacts]:
    """Package a template with one resource; its properties."""
    artifacts = Artifacts()
    template = {"Resources": {"Thing": resource}, **sections}
    package(template, folder, artifacts)
    return template["Resources"]["Thing"]["Properties"], artifacts


def a_folder(path: Path, **files: str) -> Path:
    """A folder with these files."""
    path.mkdir(parents=True)
    for name, text in files.items():
        (path / f"{name}.py").write_text(text)
    return path


def test_a_functions_folder_is_zipped_without_bytecode(tmp_path: Path) -> None:
    """What Lambda would receive."""
    code = a_folder(tmp_path / "code", handler="x = 1")
    a_folder(code / "__pycache__", handler="junk")
    function = {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "code"}}
    properties, artifacts = packaged(tmp_path, function)
    content = artifacts.objects[properties["CodeUri"]["Key"]]

    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == ["handler.py"]


def test_the_same_code_gives_the_same_artifact(tmp_path: Path) -> None:
    """Whenever and wherever it was written, so a version is published for a change only."""
    first = zip_directory(a_folder(tmp_path / "a", handler="x = 1", other="y = 2"))
    second = zip_directory(a_folder(tmp_path / "b", other="y = 2", handler="x = 1"))

    assert first == second


def test_a_layer_is_a_pointer_to_its_source_folder(tmp_path: Path) -> None:
    """The twin does not build layers."""
    layer = a_folder(tmp_path / "layers", module="")
    resource = {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "layers"}}
    properties, artifacts = packaged(tmp_path, resource)

    assert artifacts.layer_directories == {properties["ContentUri"]["Key"]: layer}


def test_a_machines_yaml_becomes_its_definition(tmp_path: Path) -> None:
    """Substitutions are left for the deployment."""
    (tmp_path / "m.asl.yaml").write_text("StartAt: A\nStates: {A: {Type: Pass, Result: '${X}'}}")
    resource = {
        "Type": "AWS::Serverless::StateMachine",
        "Properties": {"DefinitionUri": "m.asl.yaml"},
    }
    properties, _ = packaged(tmp_path, resource)

    assert properties == {
        "Definition": {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "${X}"}}}
    }


def test_an_apis_definition_becomes_its_body(tmp_path: Path) -> None:
    """An OpenAPI file beside the template."""
    (tmp_path / "api.json").write_text(json.dumps({"openapi": "3.0.1"}))
    resource = {"Type": "AWS::Serverless::HttpApi", "Properties": {"DefinitionUri": "api.json"}}

    assert packaged(tmp_path, resource)[0] == {"DefinitionBody": {"openapi": "3.0.1"}}


def test_a_nested_template_is_named_by_its_file(tmp_path: Path) -> None:
    """The deployment finds its translation under this name."""
    (tmp_path / "n.yaml").write_text("Resources: {}")
    resource = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "n.yaml"}}

    assert packaged(tmp_path, resource)[0] == {"TemplateURL": (tmp_path / "n.yaml").as_uri()}


def test_code_named_in_globals_is_packaged_too(tmp_path: Path) -> None:
    """Functions may share one folder."""
    a_folder(tmp_path / "code", handler="")
    artifacts = Artifacts()
    template: dict[str, Any] = {
        "Globals": {"Function": {"CodeUri": "code"}},
        "Resources": {},
    }
    package(template, tmp_path, artifacts)

    assert template["Globals"]["Function"]["CodeUri"]["Key"] in artifacts.objects


@pytest.mark.parametrize(
    ("type_name", "name", "value"),
    [
        ("AWS::Serverless::Function", "CodeUri", "nowhere"),
        ("AWS::Serverless::LayerVersion", "ContentUri", "nowhere"),
        ("AWS::Serverless::LayerVersion", "ContentUri", {"Bucket": "b", "Key": "k"}),
        ("AWS::Serverless::StateMachine", "DefinitionUri", "nowhere.yaml"),
        ("AWS::Serverless::Application", "Location", {"ApplicationId": "a"}),
    ],
)
def test_a_path_that_leads_nowhere_is_named(
    tmp_path: Path, type_name: str, name: str, value: object
) -> None:
    """With the logical id of its resource."""
    with pytest.raises(UndeployableError, match=r"Thing \(AWS::Serverless"):
        packaged(tmp_path, {"Type": type_name, "Properties": {name: value}})
