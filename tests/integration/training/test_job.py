"""The training job as a process of its own, in folders laid out as SageMaker does."""

import signal
import time
from pathlib import Path

import pytest

from loopwright.domain.model import PACKAGE_FILES
from loopwright.domain.package import Card, Sbom
from loopwright.domain.package_files import read_package
from loopwright.domain.spec_models import Search, Training
from loopwright.engines.scorer import OnnxScorer
from tests.integration.training.job_folder import PYTHON, Job, scripted, spec

LINEAR_SCRIPT = """
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder


def train(data, spec):
    types = {name: str(data[name].dtype) for name in data.columns}
    assert types == {
        "age": "int64", "pay": "float64", "colour": "category", "member": "bool",
        "stays": "category",
    }, types
    columns = ColumnTransformer([
        ("numbers", SimpleImputer(), ["age", "pay", "member"]),
        ("colours", OneHotEncoder(), ["colour"]),
    ])
    model = make_pipeline(columns, LogisticRegression(max_iter=2000))
    return model.fit(data[list(spec.features)], data[spec.target])
"""


@pytest.fixture(scope="module", autouse=True)
def training_environment() -> None:
    """Need the environment of the training image."""
    if not PYTHON.exists():
        pytest.skip("there is no .venv-training; make it by `make .venv-training/.made`")


def test_the_built_in_trainer_writes_a_package_that_registers(tmp_path: Path) -> None:
    """All files are there, fit the spec and the run, and the probe is answered again."""
    job = Job(tmp_path, spec())
    code, printed = job.run()
    package = read_package(job.files, job.spec, job.origin)
    probe = package.probe
    scores = OnnxScorer(job.files["model.onnx"], package.signature).score(
        {name: [value] for name, value in probe.instance.items()}
    )

    assert code == 0, printed
    assert set(job.files) == set(PACKAGE_FILES)
    assert not (tmp_path / "output" / "failure").exists()
    assert scores.values == [probe.prediction.value]
    assert scores.probabilities is not None
    assert scores.probabilities[0].tolist() == pytest.approx(probe.prediction.probabilities)
    assert package.card.metrics["roc_auc"] > 0.99
    assert {one.name for one in package.card.tried} == {"boosted trees", "linear model"}
    assert package.card.parity.max_difference <= 1e-12
    assert package.reference.prediction_counts.rows == package.card.validation_rows
    assert "wrote the model package" in printed


def test_the_same_inputs_leave_the_same_bytes(tmp_path: Path) -> None:
    """Every file, of two jobs in two folders: nothing tells when, where or how fast it was."""
    first, second = (Job(tmp_path / name, spec()) for name in ("one", "other"))
    codes = {job.run()[0] for job in (first, second)}

    assert codes == {0}
    assert first.files == second.files


def test_an_interrupted_job_goes_on_with_what_it_had_taken(tmp_path: Path) -> None:
    """The second start tries nothing again, and leaves the same bytes as a job without a break."""
    whole, broken = (Job(tmp_path / name, spec()) for name in ("whole", "broken"))
    whole.run()
    (broken.base / "checkpoints").mkdir()
    taken = (whole.base / "checkpoints" / "taken.json").read_bytes()
    (broken.base / "checkpoints" / "taken.json").write_bytes(taken)
    code, printed = broken.run()

    assert code == 0, printed
    assert "resumed: " in printed
    assert "tried" not in printed
    assert broken.files == whole.files


def test_the_libraries_of_the_environment_are_listed(tmp_path: Path) -> None:
    """Sorted, each once, with the address of its package."""
    job = Job(tmp_path, spec())
    job.run()
    found = Sbom.model_validate_json(job.files["sbom.json"]).components
    names = [one.name for one in found]
    versions = {one.name: one.version for one in found}

    assert names == [*sorted(set(names) - {"python"}), "python"]
    assert {"scikit-learn", "numpy", "pandas", "onnxruntime"} <= set(names)
    assert versions["python"].startswith("3.12.")
    assert f"pkg:pypi/numpy@{versions['numpy']}" in {one.purl for one in found}


def test_a_script_of_the_project_trains_in_the_same_contract(tmp_path: Path) -> None:
    """It gets a DataFrame with the spec's dtypes and returns an estimator."""
    job = Job(tmp_path, scripted(), LINEAR_SCRIPT)
    code, printed = job.run()

    assert code == 0, printed
    card = Card.model_validate_json(job.files["card.json"])
    assert card.trained_by == "script"
    assert card.estimator == "ColumnTransformer > LogisticRegression"
    notes = {scenario.name: scenario.note for scenario in card.parity.scenarios}
    assert notes["'colour' of an unknown category"] == "refused by the estimator"


SLY_SCRIPT = """
from sklearn.tree import DecisionTreeClassifier
class Sly(DecisionTreeClassifier):
    def predict_proba(self, X):
        return super().predict_proba(X)[:, ::-1]
Sly.__name__ = 'DecisionTreeClassifier'
def train(data, spec):
    from training.export import walk
    walk.PREDICTORS[Sly] = walk.PREDICTORS[DecisionTreeClassifier]
    return Sly(max_depth=2).fit(data[['age']], data[spec.target])
"""
OTHER_CLASSES = """
from sklearn.tree import DecisionTreeClassifier
def train(data, spec):
    names = data[spec.target].map({0: "no", 1: "yes"}).astype(str)
    return DecisionTreeClassifier(max_depth=2).fit(data[["age"]], names)
"""
BAD_SCRIPTS = {
    "runs out of memory": (
        "def train(data, spec):\n    return bytearray(1 << 60)\n",
        "MemoryError: the rows do not fit; choose a larger instance_type",
    ),
    "answers other classes": (
        OTHER_CLASSES,
        "ScriptError: train answers the classes ['no', 'yes'], the target has [0, 1]",
    ),
    "crashes": (
        "def train(data, spec):\n    raise RuntimeError('no luck')\n",
        "ScriptError: train.py, line 2: RuntimeError: no luck",
    ),
    "exports a model that disagrees": (
        SLY_SCRIPT,
        "ParityError: the exported model disagrees with the estimator on validation rows: row",
    ),
}


@pytest.mark.parametrize(("script", "reason"), BAD_SCRIPTS.values(), ids=BAD_SCRIPTS)
def test_a_bad_script_fails_with_its_reason(tmp_path: Path, script: str, reason: str) -> None:
    """One line says what is wrong; there is no package."""
    job = Job(tmp_path, scripted(), script)
    code, printed = job.run()

    assert code == 1, printed
    assert reason in job.failure
    assert job.failure.count("\n") == 1
    assert job.files == {}


def test_a_missing_channel_fails_with_its_name(tmp_path: Path) -> None:
    """So does everything that the machine should have given."""
    job = Job(tmp_path, spec())
    job.part.unlink()
    code, _ = job.run()

    assert code == 1
    assert job.failure.startswith("JobInputError: channel train holds no Parquet part")


def test_a_stop_leaves_a_reason_even_when_the_script_swallows_everything(tmp_path: Path) -> None:
    """SIGTERM comes before the time limit of the job, or when a person stops it."""
    script = """
import time
def train(data, spec):
    print("sleeping", flush=True)
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass
"""
    job = Job(tmp_path, scripted(), script)
    process = job.start()
    assert process.stdout is not None
    for line in process.stdout:
        if "sleeping" in line:
            break
    time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)

    assert process.returncode == 1
    assert job.failure.startswith("StoppedError: the job was told to stop (SIGTERM)")


def test_a_stop_with_a_model_in_hand_keeps_the_best_so_far(tmp_path: Path) -> None:
    """In the midst of a long search: it is exported, compared and written as any."""
    job = Job(tmp_path, spec(training=Training(search=Search(trials=200))))
    printed = []
    with job.start() as process:
        for line in process.stdout or ():
            printed.append(line)
            if "searched" in line and sum("searched" in one for one in printed) == 2:
                process.send_signal(signal.SIGTERM)

    assert process.returncode == 0, printed
    assert any("told to stop: the best so far is taken" in line for line in printed)
    card = Card.model_validate_json(job.files["card.json"])
    assert card.fitted_on == "training rows without the validation rows"
    assert [one.name for one in card.tried] == ["linear model", "boosted trees"]
    assert not (tmp_path / "checkpoints" / "taken.json").exists()
    assert (tmp_path / "checkpoints" / "trials.json").exists()
    read_package(job.files, job.spec, job.origin)
