"""The accounts that keep SageMaker's scikit-learn image, as its SDK knows them and we do."""

import json
import re
from importlib import metadata
from pathlib import Path

from cli.failures import CommandError

TEMPLATE = Path(__file__).parents[1] / "template.yaml"
VERSION = "1.9-0"
_TABLE = "sagemaker/core/image_uri_config/sklearn.json"
_SECTION = re.compile(r"(?<=^  TrainingImages:\n)(?:    .*\n)+", re.MULTILINE)
_ENTRY = re.compile(r'^    ([a-z0-9-]+): \{Account: "(\d{12})"\}$', re.MULTILINE)


def accounts_of_sdk() -> dict[str, str]:
    """Return the accounts by region that the installed SDK names; CommandError without one."""
    try:
        path = metadata.distribution("sagemaker-core").locate_file(_TABLE)
    except metadata.PackageNotFoundError as error:
        message = "the SageMaker SDK is not installed; `pip install 'loopwright[sagemaker]'`"
        raise CommandError(message) from error
    versions = json.loads(Path(str(path)).read_text())["training"]["versions"]
    if VERSION not in versions:
        message = f"this SDK does not know scikit-learn {VERSION}; its newest is {[*versions][-1]}"
        raise CommandError(message)
    return dict(sorted(versions[VERSION]["registries"].items()))


def accounts_of_template(text: str) -> dict[str, str]:
    """Return the accounts by region of the mapping `TrainingImages` of a template."""
    found = _SECTION.search(text)
    return dict(_ENTRY.findall(found.group())) if found else {}


def with_accounts(text: str, accounts: dict[str, str]) -> str:
    """Return a template with these accounts in its mapping, and else unchanged."""
    lines = [f'    {region}: {{Account: "{name}"}}\n' for region, name in accounts.items()]
    return _SECTION.sub("".join(lines), text)
