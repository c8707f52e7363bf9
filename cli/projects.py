"""Push a project: its spec, its script and the training bundle, each under its digest."""

import gzip
import io
import os
import secrets
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.failures import CommandError
from loopwright import bootstrap
from loopwright.domain.catalog import describe
from loopwright.domain.definitions import Definition, resolve, use_edges, uses
from loopwright.domain.inference_text import PLACEHOLDER, placeholders
from loopwright.domain.package import archive_key, code_digest
from loopwright.domain.record import digest_of
from loopwright.domain.run import ProjectRecord
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_file import SPEC_FILE, read_document, spec_of

_BUILT_BUNDLE = Path(__file__).parents[1] / "build" / "training-bundle.tar.gz"
BUNDLE_FILE = Path(os.environ.get("LOOPWRIGHT_BUNDLE", _BUILT_BUNDLE))
_SCRIPT_SUFFIXES = {".py", ".json", ".yaml", ".txt", ".onnx"}


@dataclass(frozen=True)
class GitState:
    """The commit that a project folder is at, and whether it has other changes."""

    commit: str | None
    is_dirty: bool | None


def read_spec(folder: Path) -> ProjectSpec:
    """Read a folder's `project.yaml`; CommandError when there is none."""
    return _read_project(folder)[0]


def _read_project(folder: Path) -> tuple[ProjectSpec, dict[str, Definition]]:
    """Return a folder's spec with every shared definition written out, and which column uses it."""
    path = folder / SPEC_FILE
    if not path.is_file():
        message = f"{folder} has no {SPEC_FILE}; make one with `loopwright init {folder.name}`"
        raise CommandError(message)
    document = read_document(path.read_bytes())
    used = {column: find_definition(*wanted) for column, wanted in uses(document).items()}
    return spec_of(resolve(document, used)), used


def push_project(folder: Path, *, actor: str, image: str, salt: str | None = None) -> ProjectRecord:
    """Store a project's spec and code and make them its current ones.

    A new project draws the salt that seals its holdout, unless one is given.
    """
    spec, used = _read_project(folder)
    refuse_placeholders(spec)
    bundle = read_bundle()
    bundle_key = f"bundles/{digest_of(bundle)}.tar.gz"
    script_key, script = None, b""
    if spec.training.script is not None:
        script = script_archive(folder, spec.training.script)
        script_key = archive_key(spec.project, digest_of(script))
        bootstrap.object_store().write(script_key, script)
    bootstrap.object_store().write(bundle_key, bundle)
    state, digest = git_state(folder), bootstrap.specs().put_spec(spec)
    at = bootstrap.clock().now().isoformat()
    bootstrap.lineage().record(use_edges(spec.project, digest, used, at=at))
    bootstrap.catalog().describe(describe(spec, digest=digest, at=at, actor=actor))
    record = ProjectRecord(
        project=spec.project,
        spec=digest,
        code=code_digest(digest_of(bundle), digest_of(script) if script else None),
        script_key=script_key,
        bundle_key=bundle_key,
        image=spec.training.image or image,
        salt=salt or secrets.token_hex(16),
        pushed_at=at,
        actor=actor,
        git_commit=state.commit,
        git_dirty=state.is_dirty,
    )
    return bootstrap.ledger().put_project(record)


def refuse_placeholders(spec: ProjectSpec) -> None:
    """CommandError when a draft's words still stand where a person must say what is meant."""
    left = placeholders(spec)
    if left:
        message = f"{SPEC_FILE}: {', '.join(left)} still say {PLACEHOLDER} put your own words there"
        raise CommandError(message)


def find_definition(name: str, version: int) -> Definition:
    """Return a version of a shared column definition; CommandError names the versions there are."""
    known = {each.version: each for each in bootstrap.catalog().definitions(name)}
    if version not in known:
        there = ", ".join(each.reference for each in known.values()) or "none of that name"
        message = f"there is no shared definition {name}@{version}; there are: {there}"
        raise CommandError(message)
    return known[version]


def script_archive(folder: Path, script: str) -> bytes:
    """Return the folder's code as a tar.gz whose bytes depend on the files' content alone."""
    if not (folder / script).is_file():
        message = f"training.script: {folder / script} does not exist"
        raise CommandError(message)
    return archive_of(
        {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.suffix in _SCRIPT_SUFFIXES and path.name != SPEC_FILE and path.is_file()
        }
    )


def archive_of(files: Mapping[str, bytes]) -> bytes:
    """Return a tar.gz whose bytes depend on the files alone."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as tar,
    ):
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return packed.getvalue()


def git_state(folder: Path) -> GitState:
    """Return what Git knows of a folder; None for both when it is in no repository."""
    try:
        commit = _git(folder, "rev-parse", "HEAD").strip()
        return GitState(commit, bool(_git(folder, "status", "--porcelain", "--", ".")))
    except (OSError, subprocess.CalledProcessError):
        return GitState(None, None)


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - fixed program, no shell
    return answer.stdout


def read_bundle() -> bytes:
    """Return the training bundle; CommandError when it is not built."""
    if not BUNDLE_FILE.is_file():
        message = f"{BUNDLE_FILE} is missing; build it with `make training-bundle`"
        raise CommandError(message)
    return BUNDLE_FILE.read_bytes()
