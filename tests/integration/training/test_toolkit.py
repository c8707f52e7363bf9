"""A script that exports its model runs unchanged under SageMaker's own toolkit, without docker."""

import json
import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from loopwright.domain.record import canonical_json
from loopwright.domain.tuning_plan import OBJECTIVE, PROGRAM
from tests.integration.training.job_folder import PYTHON, ROOT, Job, scripted, spec
from tests.integration.training.test_job_given import WHOLE_SCRIPT

TOOLKIT = ROOT / "build" / "toolkit" / "bin"
LIBRARIES = PYTHON.parents[1] / "lib" / "python3.12" / "site-packages"


class ToolkitJob:
    """A job as the toolkit of the scikit-learn image starts it."""

    def __init__(self, base: Path, job: Job, script: str) -> None:
        """Lay out the folders; the values of hyperparameters are JSON in text there."""
        self.base = base
        data, config = base / "input" / "data", base / "input" / "config"
        for name in ("train", "spec"):
            (data / name).mkdir(parents=True)
        for folder in (config, base / "model", base / "output" / "data"):
            folder.mkdir(parents=True)
        (data / "train" / job.part.name).write_bytes(job.part.read_bytes())
        (data / "spec" / "spec.json").write_bytes(canonical_json(job.spec))
        (base / "train.py").write_text(script)
        with tarfile.open(base / "code.tar.gz", "w:gz") as packed:
            packed.add(base / "train.py", "train.py")
        told = {"sagemaker_program": "train.py", "sagemaker_submit_directory": base / "code.tar.gz"}
        channel = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated"}
        documents = {
            "hyperparameters": {name: json.dumps(str(value)) for name, value in told.items()},
            "inputdataconfig": dict.fromkeys(("train", "spec"), channel),
            "resourceconfig": {
                "current_host": "localhost",
                "hosts": ["localhost"],
                "network_interface_name": "lo",
            },
        }
        for name, document in documents.items():
            (config / f"{name}.json").write_text(json.dumps(document))

    def run(self) -> subprocess.CompletedProcess[str]:
        """Run the toolkit's own program, with the libraries of the training environment."""
        environment = {
            "SAGEMAKER_BASE_DIR": str(self.base),
            "PYTHONPATH": str(LIBRARIES),
            "PATH": f"{TOOLKIT}:{os.environ['PATH']}",
            "HOME": str(self.base),
        }
        command = [str(TOOLKIT / "train")]
        return subprocess.run(
            command, check=False, env=environment, capture_output=True, text=True, timeout=120
        )


@pytest.fixture(scope="module", autouse=True)
def toolkit() -> None:
    """Need the toolkit of the image."""
    if not (TOOLKIT / "train").exists():
        pytest.skip("there is no build/toolkit; make it by `make build/toolkit/.made`")


def test_a_script_leaves_the_same_model_under_sagemakers_toolkit(tmp_path: Path) -> None:
    """The places that it reads and writes have the names that SageMaker gives them."""
    ours = Job(tmp_path / "ours", scripted(), WHOLE_SCRIPT)
    theirs = ToolkitJob(tmp_path / "theirs", ours, WHOLE_SCRIPT)
    code, printed = ours.run()
    ended = theirs.run()
    model = theirs.base / "model"

    assert (code, ended.returncode) == (0, 0), printed + ended.stdout + ended.stderr
    assert (theirs.base / "output" / "success").exists()
    assert sorted(path.name for path in model.iterdir()) == ["model.onnx", "signature.json"]
    assert (model / "model.onnx").read_bytes() == ours.files["model.onnx"]


def test_a_trial_of_a_tuning_job_runs_out_of_the_bundle(tmp_path: Path) -> None:
    """As SageMaker starts it: texts as hyperparameters, the bundle as the folder of code."""
    ours = Job(tmp_path / "ours", spec())
    theirs = ToolkitJob(tmp_path / "theirs", ours, "")
    settings = {"learning_rate": "0.1", "max_leaf_nodes": "15", "min_samples_leaf": "20"}
    told = {
        "sagemaker_program": PROGRAM,
        "sagemaker_submit_directory": str(ROOT / "build" / "training-bundle.tar.gz"),
        "trial": "boosted trees",
        "spec": ours.digest,
        "project": "people",
        "l2_regularization": "0.5",
        "_tuning_objective_metric": OBJECTIVE,
        **settings,
    }
    config = theirs.base / "input" / "config" / "hyperparameters.json"
    config.write_text(json.dumps(told))
    spec_file = theirs.base / "input" / "data" / "spec" / "spec.json"
    spec_file.rename(spec_file.with_name(f"{ours.digest}.json"))
    ended = theirs.run()
    found = re.findall(r"objective=([-+.0-9e]+)", ended.stdout)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert len(found) == 1
    assert 0.5 < float(found[0]) <= 1


def test_the_toolkit_loses_the_reason_of_a_failure_and_we_do_not(tmp_path: Path) -> None:
    """Which is why our job writes its own line, and starts without the toolkit."""
    broken = "raise ValueError('the column weight is not there')\n"
    ours = Job(tmp_path / "ours", scripted(), broken)
    theirs = ToolkitJob(tmp_path / "theirs", ours, broken)

    assert (ours.run()[0], theirs.run().returncode) == (1, 1)
    assert "train.py, line 1: ValueError: the column weight is not there" in ours.failure
    assert "ExitCode 1" in (theirs.base / "output" / "failure").read_text()
