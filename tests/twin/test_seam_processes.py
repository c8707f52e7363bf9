"""Both ways to start a sandbox's process keep the same promises."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.twin.errors import SandboxError
from infra.twin.nursery import ChildRequest
from infra.twin.processes import (
    FreshLauncher,
    Launcher,
    NurseryLauncher,
    SandboxProcess,
    can_fork,
    default_launcher,
)
from tests.twin.mini_stack import has_ended

needs_fork = pytest.mark.skipif(not can_fork(), reason="the nursery needs Linux")


@pytest.fixture(
    scope="module", params=[FreshLauncher, pytest.param(NurseryLauncher, marks=needs_fork)]
)
def launcher(request: pytest.FixtureRequest) -> Iterator[Launcher]:
    """Each launcher."""
    made: Launcher = request.param()
    yield made
    made.close()


def start(launcher: Launcher, folder: Path, program: str) -> SandboxProcess:
    """Start a program as the module ``program_under_test`` in this folder."""
    (folder / "program_under_test.py").write_text(program)
    (folder / "log").touch()
    environment = {"PYTHONPATH": str(folder), "COLOUR": "red", "PATH": os.environ["PATH"]}
    return launcher.launch(
        ChildRequest(
            module="program_under_test",
            arguments=("one", "two"),
            directory=str(folder),
            environment=environment,
            log_file=str(folder / "log"),
        )
    )


def exit_code_of(process: SandboxProcess) -> int:
    """Wait for the end."""
    for _ in range(2000):
        code = process.poll()
        if code is not None:
            return code
        time.sleep(0.005)
    pytest.fail("it did not end")


def test_a_process_has_its_own_arguments_folder_and_environment(
    launcher: Launcher, tmp_path: Path
) -> None:
    """And nothing of the twin's environment."""
    program = (
        "import os, sys; print(sys.argv[1:], os.getcwd(), os.environ['COLOUR'], len(os.environ))"
    )
    process = start(launcher, tmp_path, program)
    code = exit_code_of(process)
    said = (tmp_path / "log").read_text()

    assert code == 0
    assert said.startswith(f"['one', 'two'] {tmp_path} red")


def test_both_outputs_go_to_the_log(launcher: Launcher, tmp_path: Path) -> None:
    """What a library writes below Python too."""
    program = "import os; os.write(2, b'err '); os.write(1, b'out')"
    exit_code_of(start(launcher, tmp_path, program))

    assert (tmp_path / "log").read_text() == "err out"


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("raise SystemExit(3)", 3),
        ("import os; os._exit(7)", 7),
        ("1 / 0", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
    ],
)
def test_the_exit_code_is_the_programs(
    launcher: Launcher, tmp_path: Path, program: str, code: int
) -> None:
    """A signal is a negative number."""
    assert exit_code_of(start(launcher, tmp_path, program)) == code


def test_killing_ends_what_the_process_started_too(launcher: Launcher, tmp_path: Path) -> None:
    """A handler's own subprocess does not outlive it."""
    program = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""
    process = start(launcher, tmp_path, program)
    log = tmp_path / "log"
    while not log.read_text():
        time.sleep(0.005)
    grandchild = int(log.read_text())
    process.kill()
    code = process.poll()

    assert code == -signal.SIGKILL
    assert has_ended(grandchild)


@needs_fork
def test_a_nursery_that_ends_takes_its_children_along(tmp_path: Path) -> None:
    """And says so to whoever asks next."""
    launcher = NurseryLauncher()
    process = start(launcher, tmp_path, "import time; time.sleep(60)")
    launcher.close()

    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
    with pytest.raises((SandboxError, ValueError, OSError)):
        start(launcher, tmp_path, "pass")


@needs_fork
def test_the_quick_way_is_taken_where_it_exists() -> None:
    """On Linux."""
    launcher = default_launcher()
    launcher.close()

    assert isinstance(launcher, NurseryLauncher)


def test_the_nursery_imports_nothing_that_reads_the_environment() -> None:
    """Loggers and the runtime's own module take their settings when they are imported."""
    program = (
        "import importlib, sys; from infra.twin.nursery import PRELOADED\n"
        "for name in PRELOADED: importlib.import_module(name)\n"
        "print([m for m in sys.modules if m.startswith(('awslambdaric', 'loopwright.tele'))])"
    )
    root = Path(__file__).parents[2]
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=root, check=True, capture_output=True, text=True
    )

    assert said.stdout.strip() == "[]"
