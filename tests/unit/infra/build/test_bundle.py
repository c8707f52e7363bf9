"""What a training job takes along, without its wheels."""

import os
import tarfile
from pathlib import Path

from infra.build.bundle import copy_product, write_archive


def some_files(folder: Path) -> Path:
    """Make a small tree with a program in it."""
    (folder / "package").mkdir(parents=True)
    (folder / "package" / "module.py").write_text("ONE = 1\n")
    (folder / "program").write_text("#!/bin/sh\n")
    (folder / "program").chmod(0o755)
    return folder


def test_equal_files_give_equal_bytes(tmp_path: Path) -> None:
    """Whenever and by whomever they were written."""
    first, second = (some_files(tmp_path / name) for name in ("first", "second"))
    os.utime(second / "program", (1, 1))
    (second / "package" / "module.py").chmod(0o600)
    for folder in (first, second):
        write_archive(folder, tmp_path / f"{folder.name}.tar.gz")

    assert (tmp_path / "first.tar.gz").read_bytes() == (tmp_path / "second.tar.gz").read_bytes()


def test_a_member_keeps_its_name_and_whether_it_runs(tmp_path: Path) -> None:
    """And says nothing of the machine that packed it."""
    write_archive(some_files(tmp_path / "files"), tmp_path / "files.tar.gz")
    with tarfile.open(tmp_path / "files.tar.gz") as packed:
        members = {member.name: (member.mode, member.uid, member.uname) for member in packed}

    assert members == {
        "package": (0o755, 0, ""),
        "package/module.py": (0o644, 0, ""),
        "program": (0o755, 0, ""),
    }


def test_a_job_gets_the_domain_and_the_scorer_and_nothing_of_aws(tmp_path: Path) -> None:
    """What it cannot import it cannot call."""
    copy_product(tmp_path)
    loopwright = tmp_path / "loopwright"

    assert (tmp_path / "training" / "job.py").is_file()
    assert (loopwright / "domain" / "spec.py").is_file()
    assert sorted(path.name for path in loopwright.iterdir()) == [
        "__init__.py",
        "domain",
        "engines",
        "errors.py",
    ]
    assert {path.name for path in (loopwright / "engines").glob("*.py")} == {
        "__init__.py",
        "scorer.py",
    }
