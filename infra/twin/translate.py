"""template.yaml -> plain CloudFormation, by the translator that AWS itself runs, nested stacks
included.
"""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # a template is any JSON value
from urllib.parse import unquote, urlsplit

from infra.twin.errors import TwinError
from infra.twin.intrinsics import normalise_intrinsics
from infra.twin.packaging import Artifacts, package

_SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
PRETENDED_SECTIONS: Mapping[str, str] = {
    "AWSTemplateFormatVersion": "there is only one",
    "Description": "for the console",
    "Metadata": "for the console and for sam build",
    "Rules": "assertions over parameters are checked by AWS only",
    "Transform": "done before the deployment",
}
"""Sections of a template that have no effect in the twin."""


@dataclass(frozen=True)
class Translation:
    """A template ready for CloudFormation: the root, the nested ones by location, and their
    artifacts.
    """

    root: dict[str, Any]
    nested: Mapping[str, dict[str, Any]]
    artifacts: Artifacts

    @property
    def templates(self) -> tuple[dict[str, Any], ...]:
        """Every template of the stack."""
        return (self.root, *self.nested.values())


def translate(template_path: Path, *, region: str) -> Translation:
    """Translate a SAM template and everything that it nests; raises TwinError if SAM refuses it."""
    artifacts = Artifacts()
    nested: dict[str, dict[str, Any]] = {}
    root = _translate_one(template_path.resolve(), region, artifacts)
    waiting = _nested_locations(root)
    while waiting:
        location = waiting.pop()
        if location not in nested:
            path = Path(unquote(urlsplit(location).path))
            nested[location] = _translate_one(path, region, artifacts)
            waiting += _nested_locations(nested[location])
    return Translation(root, nested, artifacts)


def _translate_one(path: Path, region: str, artifacts: Artifacts) -> dict[str, Any]:
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.translator.transform import transform
    from samtranslator.yaml_helper import yaml_parse

    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    template = yaml_parse(path.read_text(encoding="utf-8"))
    package(template, path.parent, artifacts)
    if template.get("Transform"):
        os.environ.setdefault("AWS_DEFAULT_REGION", region)
        try:
            template = transform(template, {}, _ManagedPolicies())
        except InvalidDocumentException as error:
            causes = "; ".join(cause.message for cause in error.causes)
            message = f"{path.name} is not a SAM template that AWS would take: {causes}"
            raise TwinError(message) from error
    if unknown := sorted(set(template) - {*_SECTIONS, *PRETENDED_SECTIONS}):
        message = f"{path.name}: the twin would silently drop the section {unknown[0]}"
        raise TwinError(message)
    kept = {section: template[section] for section in _SECTIONS if section in template}
    normalised: dict[str, Any] = normalise_intrinsics(kept)
    return normalised


def _nested_locations(template: dict[str, Any]) -> list[str]:
    return [
        resource["Properties"]["TemplateURL"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::CloudFormation::Stack"
    ]


class _ManagedPolicies:
    """The names of AWS-managed policies that a SAM template may use without their ARN."""

    _SERVICE_ROLES = (
        "AWSLambdaBasicExecutionRole",
        "AWSLambdaSQSQueueExecutionRole",
        "AWSLambdaDynamoDBExecutionRole",
    )
    _PLAIN = ("AWSXrayWriteOnlyAccess", "AWSXRayDaemonWriteAccess")

    def load(self) -> dict[str, str]:
        """Name -> ARN, as the translator asks for it."""
        prefix = "arn:aws:iam::aws:policy"
        service_roles = {name: f"{prefix}/service-role/{name}" for name in self._SERVICE_ROLES}
        return service_roles | {name: f"{prefix}/{name}" for name in self._PLAIN}
