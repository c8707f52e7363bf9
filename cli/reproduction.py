"""Train a model again from what it was made of, and compare the files."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.failures import CommandError
from cli.local_training import run_job
from loopwright import bootstrap
from loopwright.domain.given import MODEL_FILE
from loopwright.domain.model import ModelManifest
from loopwright.domain.package import Card, Component, Sbom, archive_key
from loopwright.domain.record import Record, digest_of
from loopwright.domain.spec import ProjectSpec
from training.inputs import Hyperparameters


class Reproduction(Record):
    """A model that was trained again: which files are the same bytes, which libraries are not.

    `libraries` holds of each that differs the version then and now; an absent one is empty.
    """

    project: str
    model: str
    same: tuple[str, ...]
    different: tuple[str, ...]
    libraries: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class _Original:
    """The package as it was registered."""

    manifest: ModelManifest
    card: Card
    sbom: Sbom


def reproduce(project: str, model: str | None, say: Callable[[str], None]) -> Reproduction:
    """Run the model's job again on this machine: its parts, spec, bundle, script and parameters.

    Without a model it is the champion. What the run was told is told again, so that the same code
    over the same rows in the same environment leaves the same bytes.
    """
    name = model or _champion(project)
    original = _read(project, name)
    spec = bootstrap.specs().spec(project, original.manifest.spec)
    with tempfile.TemporaryDirectory(prefix="loopwright-") as folder:
        package = Path(folder) / "model"
        run_job(
            spec,
            _told(original.card, spec),
            lay_out=lambda channels: _lay_out(channels, original),
            package=package,
            say=say,
        )
        files = {path.name: path.read_bytes() for path in package.iterdir()}
    return _compared(project, name, original, files)


def _champion(project: str) -> str:
    champion = bootstrap.ledger().champion(project)
    if champion is None:
        message = f"project {project!r} has no champion; name a model (models list {project})"
        raise CommandError(message)
    return champion.model


def _read(project: str, model: str) -> _Original:
    models = bootstrap.models()
    return _Original(
        manifest=models.manifest(project, model),
        card=Card.model_validate_json(models.file(project, model, "card.json")),
        sbom=Sbom.model_validate_json(models.file(project, model, "sbom.json")),
    )


def _told(card: Card, spec: ProjectSpec) -> Hyperparameters:
    """Return what the job was told when it made the model."""
    return Hyperparameters(
        project=card.project,
        run=card.run,
        code=card.code,
        image=card.image,
        dataset=card.dataset,
        spec=card.spec,
        settings=card.settings,
        script=MODEL_FILE if card.trained_by == "import" else spec.training.script or "",
    )


def _lay_out(channels: Path, original: _Original) -> None:
    """Fetch the parts, the profile, the spec and the two archives."""
    card = original.card
    version = f"datasets/{card.project}/{card.dataset}"
    manifest = bootstrap.datasets().manifest(card.project, card.dataset)
    keys = {f"train/{part.key.rpartition('/')[2]}": part.key for part in manifest.training}
    keys |= {
        "profile/profile.json": f"{version}/profile.json",
        f"spec/{card.spec}.json": f"projects/{card.project}/specs/{card.spec}.json",
        f"bundle/{card.bundle}.tar.gz": f"bundles/{card.bundle}.tar.gz",
    }
    if card.script is not None:
        keys[f"script/{card.script}.tar.gz"] = archive_key(card.project, card.script)
    for place, key in keys.items():
        (channels / place).parent.mkdir(parents=True, exist_ok=True)
        bootstrap.object_store().download(key, channels / place)


def _compared(
    project: str, model: str, original: _Original, files: Mapping[str, bytes]
) -> Reproduction:
    promised = {file.name: file.sha256 for file in original.manifest.files}
    same = {name for name, body in files.items() if promised.get(name) == digest_of(body)}
    return Reproduction(
        project=project,
        model=model,
        same=tuple(sorted(same)),
        different=tuple(sorted({*promised, *files} - same)),
        libraries=_other_libraries(original.sbom, Sbom.model_validate_json(files["sbom.json"])),
    )


def _other_libraries(then: Sbom, now: Sbom) -> dict[str, tuple[str, str]]:
    before, after = (_versions(sbom.components) for sbom in (then, now))
    names: Sequence[str] = sorted({*before, *after})
    return {
        name: (before.get(name, ""), after.get(name, ""))
        for name in names
        if before.get(name) != after.get(name)
    }


def _versions(components: Sequence[Component]) -> dict[str, str]:
    return {one.name: one.version for one in components}
