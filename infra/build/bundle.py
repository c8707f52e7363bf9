"""Build what a training job takes along: `python -m infra.build.bundle FILE.tar.gz`."""

import gzip
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from infra.build.wheels import ROOT, install_wheels, remove_what_never_runs

IMAGE_PYTHON = "3.12"
# The part of the product that a job runs, by import root.
PRODUCT = {
    ROOT: ("training",),
    ROOT / "layers/core": (
        "loopwright/__init__.py",
        "loopwright/errors.py",
        "loopwright/domain",
        "loopwright/engines/__init__.py",
        "loopwright/engines/scorer.py",
    ),
}


def build_bundle(archive: Path, *, architecture: str) -> None:
    """Write the job's wheels and its part of the product: equal input gives equal bytes."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as directory:
        content = Path(directory)
        install_wheels(
            ROOT / "requirements/training-bundle.txt",
            content,
            python_version=IMAGE_PYTHON,
            architecture=architecture,
        )
        copy_product(content)
        remove_what_never_runs(content)
        compile_for_the_image(content)
        unfinished = archive.with_suffix(".unfinished")
        write_archive(content, unfinished)
        unfinished.replace(archive)


def copy_product(content: Path) -> None:
    """Copy the packages and modules that a job imports."""
    for root, parts in PRODUCT.items():
        for part in parts:
            source, copy = root / part, content / part
            copy.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, copy)
            elif source.exists():
                shutil.copyfile(source, copy)


def compile_for_the_image(content: Path) -> None:
    """Ship bytecode of the image's Python: every job would compile it again."""
    python = ROOT / ".venv-training/bin/python"
    command = [str(python), "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(content), "-p", "/bundle", str(content)]
    # Sets among the constants are written in the order of their hashes.
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    subprocess.run(command, check=True, env=environment)  # noqa: S603 - as in wheels.py


def write_archive(content: Path, archive: Path) -> None:
    """Write a tar.gz without times, owners or the order of a directory."""
    with (
        archive.open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0, compresslevel=6) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(content.rglob("*")):
            tar.add(path, path.relative_to(content), recursive=False, filter=without_circumstances)


def without_circumstances(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave of a member its name, content and whether it can be executed."""
    member.mtime = 0
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member


if __name__ == "__main__":
    build_bundle(Path(sys.argv[1]), architecture=os.environ.get("ARCHITECTURE", "x86_64"))
