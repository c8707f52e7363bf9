"""The user's script: unpack its folder safely, load it, and call `train(data, spec)`."""

import importlib.util
import sys
import tarfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loopwright.domain.spec import ProjectSpec
from training.errors import ScriptError

MAX_FILES = 2_000
MAX_BYTES = 200 * 1024 * 1024
Train = Callable[[Any, ProjectSpec], Any]


def load_train(archive: Path, script: str, folder: Path) -> Train:
    """Unpack the archive into `folder` and return the script's `train`."""
    _unpack(archive, folder)
    path = _find(folder, script)
    sys.path.insert(0, str(path.parent))
    specification = importlib.util.spec_from_file_location(path.stem, path)
    if specification is None or specification.loader is None:
        raise ScriptError(f"{script} is no Python file; name one that ends in .py")
    module = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = module
    _guarded(script, lambda: specification.loader.exec_module(module))  # type: ignore[union-attr]  # refused above
    train = getattr(module, "train", None)
    if not callable(train):
        raise ScriptError(f"{script} has no function train(data, spec); define it")
    return lambda data, spec: _guarded(script, lambda: train(data, spec))


def _guarded(script: str, call: Callable[[], Any]) -> Any:
    """Call the user's code; whatever it raises, exits included, becomes a ScriptError."""
    try:
        return call()
    except (Exception, SystemExit) as error:  # somebody else's code may raise anything
        frames = traceback.extract_tb(error.__traceback__)
        where = frames[-1]
        mine = [frame for frame in frames if Path(frame.filename).name == Path(script).name]
        at = (mine[-1] if mine else where).lineno
        line = f"{script}, line {error.lineno if isinstance(error, SyntaxError) else at}"
        raise ScriptError(
            f"{line}: {type(error).__name__}: {error}; run it on a sample of the data and fix it"
        ) from error


def _unpack(archive: Path, folder: Path) -> None:
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


def _find(folder: Path, script: str) -> Path:
    for path in (folder / script, folder / Path(script).name):
        if path.is_file():
            return path
    there = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.py"))
    raise ScriptError(f"the pushed folder has no {script}; it has {there}")
