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
# core + data + science must stay under Lambda's 250 MiB, which takes both of the following:
# a traceback through scikit-learn names file and line, but cannot quote the line;
WITHOUT_SOURCES = frozenset({"science"})
# and what our learner never imports stays away.
NEVER_IMPORTED = {
    "science": (
        "scipy/cluster",
        "scipy/fftpack",
        "scipy/io",
        "scipy/odr",
        "scipy/signal",
        "sklearn/cluster",
        "sklearn/datasets",
        "sklearn/manifold",
    )
}


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
    for part in NEVER_IMPORTED.get(name, ()):
        shutil.rmtree(python / part)
    compile_for_a_read_only_directory(python, keep_sources=name not in WITHOUT_SOURCES)


def compile_for_a_read_only_directory(python: Path, *, keep_sources: bool) -> None:
    """Ship bytecode that is never checked: Lambda could not write it, and imports would be slow."""
    if not compileall.compile_dir(
        python,
        stripdir=str(python),
        prependdir=MOUNTED_AT,
        quiet=1,
        optimize=0,
        legacy=not keep_sources,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    ):
        message = f"{python}: a module could not be compiled; the lines above name it"
        raise SystemExit(message)
    if not keep_sources:
        for source in python.rglob("*.py"):
            source.unlink()


if __name__ == "__main__":
    build_layer(
        sys.argv[1], Path(sys.argv[2]), architecture=os.environ.get("ARCHITECTURE", "x86_64")
    )
