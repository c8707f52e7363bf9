"""`loopwright train local`: the job of the machine, on this machine."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from cli.local_training import MACHINE, share_parts
from cli.main import app
from infra.twin.training_jobs.bridge import TRAINING_ENVIRONMENT
from loopwright.domain.model import PACKAGE_FILES

EXAMPLE = Path(__file__).parents[3] / "examples" / "diabetes"
DATA = EXAMPLE / "data" / "diabetes.csv"

pytestmark = pytest.mark.skipif(
    not (TRAINING_ENVIRONMENT / "bin").is_dir(), reason="run `make training-bundle` first"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project as `loopwright init` makes it."""
    folder = tmp_path / "clinic"
    assert type_in("init", folder, "--example", "diabetes").exit_code == 0
    return folder


def type_in(*words: str | Path) -> Result:
    """Type a command."""
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_script_is_trained_as_a_job_would_train_it(project: Path) -> None:
    """The package is complete, the metrics are told, and the project is as it was."""
    before = {path.name for path in project.iterdir()}
    answer = type_in("--json", "train", "local", project, DATA)
    card = json.loads(answer.stdout)

    assert answer.exit_code == 0
    package = project.with_name("clinic-model")
    assert {path.name for path in package.iterdir()} == set(PACKAGE_FILES)
    assert card["trained_by"] == "script"
    assert card["metrics"]["r2"] > 0.3
    assert card["libraries"]["scikit-learn"].startswith("1.9")
    assert {path.name for path in project.iterdir()} == before


def test_what_the_job_says_is_printed_for_people(project: Path) -> None:
    """Its progress, then its metrics, then where the package lies."""
    answer = type_in("train", "local", project, DATA, "--out", project.with_name("tried"))

    assert answer.exit_code == 0
    assert "training: fitting on" in answer.stderr
    assert "On validation rows" in answer.stdout
    assert (project.with_name("tried") / "model.onnx").exists()


def test_a_failure_is_the_line_that_a_run_would_show(project: Path) -> None:
    """File, line and cause; nothing is left behind."""
    (project / "train.py").write_text("def train(data, spec):\n    return data['weight']\n")
    answer = type_in("train", "local", project, DATA)

    assert answer.exit_code == 1
    assert not project.with_name("clinic-model").exists()
    assert "ScriptError: train.py, line 2: KeyError: 'weight'" in str(answer.exception)


def test_data_that_an_upload_would_refuse_is_refused(project: Path) -> None:
    """By the same reading: here a column is missing."""
    file = project / "other.csv"
    file.write_text("age,sex\n1,1\n")
    answer = type_in("train", "local", project, file)

    assert answer.exit_code == 1
    assert "the column 'patient' is not in the file" in str(answer.exception)


def test_a_package_is_never_overwritten(project: Path) -> None:
    """Two trials are two folders."""
    project.with_name("clinic-model").mkdir()
    answer = type_in("train", "local", project, DATA)

    assert answer.exit_code == 1
    assert "--out" in str(answer.exception)


def test_the_machine_starts_its_job_by_the_same_program() -> None:
    """There is one way to start a job, and it is the machine's."""
    job = yaml.safe_load(MACHINE.read_text())["States"]["TrainModel"]["Arguments"]

    assert "exec python3 -m training.job" in job["AlgorithmSpecification"]["ContainerArguments"][0]
    assert job["EnableNetworkIsolation"] is True


def test_the_examples_own_test_passes(project: Path) -> None:
    """Whoever starts from the example has a test that runs."""
    shutil.rmtree(project / "__pycache__", ignore_errors=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_train.py"]
    answer = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stdout
    assert "2 passed" in answer.stdout


def test_several_instances_run_here_too_and_share_the_parts(tmp_path: Path) -> None:
    """Everything else is the same for each; here are fewer parts than instances."""
    folders = [tmp_path / str(host) for host in range(3)]
    (folders[0] / "train").mkdir(parents=True)
    (folders[0] / "spec").mkdir()
    for name in ("part-0", "part-1", "part-2", "part-3"):
        (folders[0] / "train" / f"{name}.parquet").touch()
    (folders[0] / "spec" / "s.json").touch()
    share_parts(folders[0], folders[1:])
    found = [sorted(path.stem for path in folder.rglob("*.*")) for folder in folders]

    assert found == [["part-0", "part-3", "s"], ["part-1", "s"], ["part-2", "s"]]


def test_more_instances_than_parts_are_told(project: Path) -> None:
    """A small file is one part."""
    spec = yaml.safe_load((project / "project.yaml").read_text())
    spec["training"] = {"estimators": ["xgboost"], "instances": 2}
    (project / "project.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
    answer = type_in("train", "local", project, DATA)

    assert answer.exit_code == 1
    assert "lower training.instances" in str(answer.exception)
