"""The user's script: unpack its folder safely, and call its `train(data, spec)` or run it whole.

A script with the name `train` at its top level is imported and called; any other is run as a
program that exports its model itself.
"""

import ast
import importlib.util
import os
import runpy
import sys
import tarfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loopwright.domain.record import canonical_json
from loopwright.domain.spec import ProjectSpec
from training.errors import ScriptError

MAX_FILES = 2_000
MAX_BYTES = 200 * 1024 * 1024
Train = Callable[[Any, ProjectSpec], Any]


def load_train(path: Path, script: str) -> Train:
    """Import the script and return its `train`; what it raises becomes a ScriptError."""
    sys.path.insert(0, str(path.parent))
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None:
        raise ScriptError(f"{script} is no Python file; name one that ends in .py")
    module = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = module
    _guarded(script, lambda: specification.loader.exec_module(module))  # type: ignore[union-attr]  # refused above
    train = getattr(module, "train", None)
    if not callable(train):
        raise ScriptError(f"{script}: train is no function; define train(data, spec)")
    return lambda data, spec: _guarded(script, lambda: train(data, spec))


def defines_train(path: Path) -> bool:
    """Tell whether the script's own text binds the name `train` at its top level."""
    try:
        body = ast.parse(path.read_bytes(), path.name).body
    except SyntaxError:
        return True  # importing it says where
    names = {
        name.asname or name.name
        for node in body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    names |= {node.name for node in body if isinstance(node, ast.FunctionDef)}
    assigned = (node.targets for node in body if isinstance(node, ast.Assign))
    names |= {to.id for targets in assigned for to in targets if isinstance(to, ast.Name)}
    return "train" in names


def run_whole(path: Path, rows: Any, spec: ProjectSpec) -> Path:
    """Run a script as SageMaker's containers do, and return the folder where it left its model.

    It finds the rows in $SM_CHANNEL_TRAIN (Parquet), the spec in $SM_CHANNEL_SPEC, and writes
    model.onnx and signature.json to $SM_MODEL_DIR.
    """
    base = path.parent.with_name("whole")
    places = {
        "SM_CHANNEL_TRAIN": base / "train",
        "SM_CHANNEL_SPEC": base / "spec",
        "SM_MODEL_DIR": base / "model",
        "SM_OUTPUT_DATA_DIR": base / "output",
    }
    for place in places.values():
        place.mkdir(parents=True)
    rows.to_parquet(places["SM_CHANNEL_TRAIN"] / "part-00000.parquet", index=False)
    (places["SM_CHANNEL_SPEC"] / "spec.json").write_bytes(canonical_json(spec))
    os.environ.update({name: str(place) for name, place in places.items()})
    sys.path.insert(0, str(path.parent))
    sys.argv = [str(path)]
    _guarded(path.name, lambda: _run_main(path))
    return places["SM_MODEL_DIR"]


def _run_main(path: Path) -> None:
    try:
        runpy.run_path(str(path), run_name="__main__")
    except SystemExit as left:
        if left.code not in (None, 0):
            raise


def _guarded(script: str, call: Callable[[], Any]) -> Any:
    """Call the user's code; whatever it raises, exits included, becomes a ScriptError."""
    try:
        return call()
    except MemoryError:
        raise  # the job says what to do about it
    except (Exception, SystemExit) as error:  # somebody else's code may raise anything
        frames = traceback.extract_tb(error.__traceback__)
        where = frames[-1]
        mine = [frame for frame in frames if Path(frame.filename).name == Path(script).name]
        at = (mine[-1] if mine else where).lineno
        line = f"{script}, line {error.lineno if isinstance(error, SyntaxError) else at}"
        raise ScriptError(
            f"{line}: {type(error).__name__}: {error}; run it on a sample of the data and fix it"
        ) from error


def unpack(archive: Path, folder: Path) -> None:
    """Unpack the archive of a script folder; ScriptError when it is too large or broken."""
    try:
        with tarfile.open(archive, "r:gz") as packed:
            members = packed.getmembers()
            if len(members) > MAX_FILES or sum(member.size for member in members) > MAX_BYTES:
                raise ScriptError(
                    f"the script folder holds more than {MAX_FILES} files or {MAX_BYTES} bytes; "
                    "keep data out of it"
                )
            packed.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ScriptError(f"the script archive cannot be unpacked: {error}; push again") from error


def find(folder: Path, script: str) -> Path:
    """Return the script in the unpacked folder; ScriptError lists what there is."""
    for path in (folder / script, folder / Path(script).name):
        if path.is_file():
            return path
    there = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    raise ScriptError(f"the pushed folder has no {script}; it has {there}")
