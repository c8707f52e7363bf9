"""Replace the local paths of a SAM template by artifacts, as ``sam package`` does, without
building.

The twin does not build the dependency layers.  A function's code is zipped as it lies in its
folder; a layer is published as a pointer to its source folder, which goes on PYTHONPATH of
every function that lists it; third-party packages come from the environment that runs the twin,
which holds the same locked versions as the layers.  What is built is tested elsewhere, against
the built artifacts.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # a template is any YAML value

import yaml

from infra.twin.errors import UndeployableError

ARTIFACT_BUCKET = "twin-artifacts"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NESTED_LOCATIONS: Mapping[str, str] = {
    "AWS::Serverless::Application": "Location",
    "AWS::CloudFormation::Stack": "TemplateURL",
}


@dataclass
class Artifacts:
    """What a template needs besides itself: objects for S3 by key, and the source folders of
    layers.
    """

    objects: dict[str, bytes] = field(default_factory=dict)
    layer_directories: dict[str, Path] = field(default_factory=dict)

    def add(self, content: bytes) -> dict[str, str]:
        """Keep an object under the digest of its content; its S3 location."""
        key = f"{hashlib.sha256(content).hexdigest()}.zip"
        self.objects[key] = content
        return {"Bucket": ARTIFACT_BUCKET, "Key": key}

    def add_layer(self, directory: Path) -> dict[str, str]:
        """Keep a pointer to a layer's source folder; its S3 location."""
        location = self.add(zip_files({"layer.json": json.dumps(str(directory)).encode()}))
        self.layer_directories[location["Key"]] = directory
        return location


def zip_files(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), files[name])
    return buffer.getvalue()


def zip_directory(directory: Path) -> bytes:
    """A zip of a function's folder, without bytecode."""
    files = {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return zip_files(files)


def package(template: dict[str, Any], folder: Path, artifacts: Artifacts) -> None:
    """Replace every local path in ``template`` (which lies in ``folder``) in place."""
    function_defaults = template.get("Globals", {}).get("Function", {})
    if isinstance(function_defaults.get("CodeUri"), str):
        code = local_folder(folder, function_defaults["CodeUri"], "Globals", "Function")
        function_defaults["CodeUri"] = artifacts.add(zip_directory(code))
    for logical_id, resource in template["Resources"].items():
        properties = resource.setdefault("Properties", {})
        _package_resource(logical_id, resource["Type"], properties, folder, artifacts)


def _package_resource(
    logical_id: str, type_name: str, properties: dict[str, Any], folder: Path, artifacts: Artifacts
) -> None:
    if type_name == "AWS::Serverless::Function" and isinstance(properties.get("CodeUri"), str):
        code = local_folder(folder, properties["CodeUri"], logical_id, type_name)
        properties["CodeUri"] = artifacts.add(zip_directory(code))
    if type_name == "AWS::Serverless::LayerVersion":
        layer = local_folder(folder, properties["ContentUri"], logical_id, type_name)
        properties["ContentUri"] = artifacts.add_layer(layer)
    if type_name == "AWS::Serverless::StateMachine" and "DefinitionUri" in properties:
        path = local_file(folder, properties.pop("DefinitionUri"), logical_id, type_name)
        properties["Definition"] = yaml.safe_load(path.read_text(encoding="utf-8"))
    if type_name == "AWS::Serverless::HttpApi" and "DefinitionUri" in properties:
        path = local_file(folder, properties.pop("DefinitionUri"), logical_id, type_name)
        properties["DefinitionBody"] = yaml.safe_load(path.read_text(encoding="utf-8"))
    if type_name in _NESTED_LOCATIONS:
        name = _NESTED_LOCATIONS[type_name]
        path = local_file(folder, properties[name], logical_id, type_name)
        properties[name] = path.as_uri()


def local_folder(folder: Path, value: object, logical_id: str, type_name: str) -> Path:
    """The folder that a template names, relative to itself."""
    path = _local_path(folder, value, logical_id, type_name)
    if not path.is_dir():
        raise UndeployableError(logical_id, type_name, f"there is no folder {path}")
    return path


def local_file(folder: Path, value: object, logical_id: str, type_name: str) -> Path:
    """The file that a template names, relative to itself."""
    path = _local_path(folder, value, logical_id, type_name)
    if not path.is_file():
        raise UndeployableError(logical_id, type_name, f"there is no file {path}")
    return path


def _local_path(folder: Path, value: object, logical_id: str, type_name: str) -> Path:
    if not isinstance(value, str):
        reason = f"expected the path of a local file or folder, found {value!r}"
        raise UndeployableError(logical_id, type_name, reason)
    return (folder / value).resolve()
