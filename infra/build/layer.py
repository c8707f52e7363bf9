"""Build one layer: `python layer.py NAME ARTIFACTS_DIR`, as its Makefile does for `sam build`."""

import compileall
import os
import py_compile
import shutil
import sys
from pathlib import Path

from infra.build.wheels import ROOT, install_wheels, remove_what_never_runs

LAMBDA_PYTHON = "3.13"
# In the import path of a function, so that tracebacks name files that exist there.
MOUNTED_AT = "/opt/python"


def build_layer(name: str, artifacts: Path, *, architecture: str) -> None:
    """Fill `artifacts/python` with the layer's wheels, and with the product if it is the core."""
    python = artifacts / "python"
    python.mkdir(parents=True, exist_ok=True)
    install_wheels(
        ROOT / f"requirements/layer-{name}.txt",
        python,
        python_version=LAMBDA_PYTHON,
        architecture=architecture,
    )
    if name == "core":
        shutil.copytree(ROOT / "layers/core/loopwright", python / "loopwright")
    remove_what_never_runs(python)
    compile_for_a_read_only_directory(python)


def compile_for_a_read_only_directory(python: Path) -> None:
    """Ship bytecode that is never checked: Lambda could not write it, and imports would be slow."""
    if not compileall.compile_dir(
        python,
        stripdir=str(python),
        prependdir=MOUNTED_AT,
        quiet=1,
        optimize=0,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    ):
        message = f"{python}: a module could not be compiled; the lines above name it"
        raise SystemExit(message)


if __name__ == "__main__":
    build_layer(sys.argv[1], Path(sys.argv[2]), architecture=os.environ.get("ARCHITECTURE", "x86_64"))
