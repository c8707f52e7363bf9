"""Install locked wheels for another machine than this one, and leave out what never runs."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

NEVER_RUN_DIRECTORIES = frozenset({"__pycache__", "bin", "include", "test", "tests"})
NEVER_RUN_SUFFIXES = frozenset(
    {".a", ".c", ".cc", ".cpp", ".f", ".h", ".hpp", ".pxd", ".pyi", ".pyx", ".tp"}
)
# What the installer leaves for itself; some of it holds times, which would change the bytes.
INSTALLER_FILES = frozenset(
    {
        ".lock",
        "CACHEDIR.TAG",
        "INSTALLER",
        "RECORD",
        "REQUESTED",
        "direct_url.json",
        "uv_cache.json",
    }
)


def install_wheels(
    requirements: Path, target: Path, *, python_version: str, architecture: str
) -> None:
    """Install a hash-locked set into `target` for manylinux: wheels only, no resolving."""
    platform = {"x86_64": "x86_64", "arm64": "aarch64"}[architecture]
    command = [
        str(ROOT / ".venv/bin/uv"), "pip", "install", "--quiet",
        "--requirements", str(requirements), "--target", str(target),
        "--python", str(ROOT / ".venv/bin/python"), "--python-version", python_version,
        "--python-platform", f"{platform}-manylinux_2_28", "--link-mode", "copy",
        "--only-binary", ":all:", "--no-deps", "--require-hashes",
    ]  # fmt: skip
    subprocess.run(command, check=True)  # noqa: S603 - fixed program, no shell, our own arguments


def remove_what_never_runs(target: Path) -> None:
    """Remove tests, headers and sources; never symbols, without which scipy cannot be loaded."""
    for path in sorted(target.rglob("*"), reverse=True):
        if path.is_dir() and path.name in NEVER_RUN_DIRECTORIES:
            shutil.rmtree(path)
        elif path.is_file() and (path.suffix in NEVER_RUN_SUFFIXES or path.name in INSTALLER_FILES):
            path.unlink()
