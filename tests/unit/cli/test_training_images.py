import json
from importlib import metadata
from pathlib import Path

import pytest

from cli import training_images
from cli.failures import CommandError
from cli.training_images import TEMPLATE, accounts_of_sdk, accounts_of_template, with_accounts

TEXT = 'Mappings:\n  TrainingImages:\n    eu-west-1: {Account: "141502667606"}\n\nConditions: {}\n'


class Installed:
    """A distribution whose files lie in a folder."""

    def __init__(self, folder: Path) -> None:
        """Keep the folder."""
        self._folder = folder

    def locate_file(self, name: str) -> Path:
        """Return where a file lies."""
        return self._folder / name


def install(monkeypatch: pytest.MonkeyPatch, folder: Path, versions: dict[str, object]) -> None:
    """Make an SDK with these versions of the image importable."""
    path = folder / "sagemaker" / "core" / "image_uri_config" / "sklearn.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"training": {"versions": versions}}))
    monkeypatch.setattr(metadata, "distribution", lambda _name: Installed(folder))


def test_the_template_has_an_account_for_every_region_of_the_sdk() -> None:
    """Those of the partitions of China and the governments too; none twice."""
    found = accounts_of_template(TEMPLATE.read_text())

    assert len(found) >= 36
    assert {"us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"} <= set(found)
    assert len(set(found.values())) == len(found)


def test_the_accounts_are_read_off_the_sdk_without_importing_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Sorted by region."""
    registries = {"us-east-1": "683313688378", "eu-west-1": "141502667606"}
    install(monkeypatch, tmp_path, {training_images.VERSION: {"registries": registries}})

    assert list(accounts_of_sdk()) == ["eu-west-1", "us-east-1"]


def test_an_sdk_that_is_missing_or_too_old_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With what to do."""

    def missing(_name: str) -> None:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "distribution", missing)
    with pytest.raises(CommandError, match="pip install"):
        accounts_of_sdk()
    install(monkeypatch, tmp_path, {"1.2-1": {}})
    with pytest.raises(CommandError, match=r"newest is 1\.2-1"):
        accounts_of_sdk()


def test_writing_changes_the_table_and_nothing_else() -> None:
    """And what was written is read back."""
    accounts = {"af-south-1": "510948584623", "eu-west-1": "141502667606"}
    written = with_accounts(TEXT, accounts)

    assert accounts_of_template(written) == accounts
    assert written.replace('    af-south-1: {Account: "510948584623"}\n', "") == TEXT
