"""What a layer is made of, without its wheels."""

import importlib.util
import marshal
from pathlib import Path

import pytest

from infra.build.layer import compile_for_a_read_only_directory
from infra.build.wheels import remove_what_never_runs

UNCHECKED_HASH = 0b01


def a_package(folder: Path) -> Path:
    """Make a package with what wheels bring along."""
    for name in ("pkg/tests/test_it.py", "pkg/__init__.py", "pkg/fast.c", "pkg-1.dist-info/RECORD"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    (folder / "pkg" / "fast.so").write_bytes(b"\x7fELF")
    return folder


def test_what_never_runs_is_left_out(tmp_path: Path) -> None:
    """Tests, sources of C and the notes of the installer; libraries stay as they are."""
    remove_what_never_runs(a_package(tmp_path))

    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "__init__.py",
        "fast.so",
    ]


def test_bytecode_is_never_checked_against_its_source(tmp_path: Path) -> None:
    """And its tracebacks name the place where Lambda mounts it."""
    source = a_package(tmp_path) / "pkg" / "__init__.py"
    compile_for_a_read_only_directory(tmp_path, keep_sources=True)
    body = Path(importlib.util.cache_from_source(str(source))).read_bytes()
    code = marshal.loads(body[16:])  # noqa: S302 - what the test has just compiled

    assert int.from_bytes(body[4:8], "little") == UNCHECKED_HASH
    assert code.co_filename == "/opt/python/pkg/__init__.py"
    assert source.exists()


def test_a_layer_without_sources_can_still_be_imported(tmp_path: Path) -> None:
    """The bytecode then lies where the source was."""
    compile_for_a_read_only_directory(a_package(tmp_path), keep_sources=False)

    assert not list(tmp_path.rglob("*.py"))
    assert (tmp_path / "pkg" / "__init__.pyc").is_file()


def test_a_module_that_does_not_compile_ends_the_build(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Better than a function that cannot be imported."""
    (tmp_path / "broken.py").write_text("def :\n")
    with pytest.raises(SystemExit, match="a module could not be compiled"):
        compile_for_a_read_only_directory(tmp_path, keep_sources=True)

    assert "broken.py" in capsys.readouterr().out
