"""The training job as a process of its own, in folders laid out as SageMaker does."""

import json
import os
import signal
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loopwright.domain.bins import Bins, CategoricalBins, Counts, NumericBins
from loopwright.domain.counting import count_values
from loopwright.domain.model import PACKAGE_FILES
from loopwright.domain.package import Card, Sbom, code_digest
from loopwright.domain.package_files import Origin, read_package
from loopwright.domain.profile import Profile
from loopwright.domain.record import canonical_json, digest_of
from loopwright.domain.spec import Column, NoProtected, ProjectSpec, Training
from loopwright.engines.scorer import OnnxScorer

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-training" / "bin" / "python"
BUNDLE = b"what a job takes along"
COLOURS = ("blue", "green", "red")
ROWS = """
    SELECT range AS id, range * 7919 % 61 + 18 AS age,
        CASE WHEN range % 10 = 0 THEN NULL ELSE range * 31 % 1000 / 10.0 END AS pay,
        ['red', 'green', 'blue'][range % 3 + 1] AS colour,
        range % 7 < 3 AS member,
        (range * 7919 % 61 > 30)::INTEGER AS stays
    FROM range(1200)
"""
COLUMNS = {
    "id": Column(type="integer"),
    "age": Column(type="integer", min=0, max=120),
    "pay": Column(type="number", max_missing_share=0.2),
    "colour": Column(type="category", values=COLOURS),
    "member": Column(type="boolean"),
    "stays": Column(type="category", values=(0, 1)),
}
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


def spec(**changes: Any) -> ProjectSpec:
    """Make the spec of the rows above."""
    values: dict[str, Any] = {
        "project": "people",
        "question": "Who stays?",
        "owner": "Team",
        "intended_use": "Tests of the training job.",
        "affected_people": "Nobody",
        "task": "binary",
        "target": "stays",
        "favourable": 1,
        "key": "id",
        "protected": NoProtected(none="made up for a test"),
        "columns": COLUMNS,
    }
    return ProjectSpec(**{**values, **changes})


def profile(parquet: Path) -> Profile:
    """Count the columns over few bins."""
    columns = duckdb.read_parquet(str(parquet)).project("* EXCLUDE (id)").fetchall()
    names = [name for name in COLUMNS if name != "id"]
    values = dict(zip(names, zip(*columns, strict=True), strict=True))
    bins: dict[str, Bins] = {
        "age": NumericBins(edges=(18.0, 50.0, 80.0)),
        "pay": NumericBins(edges=(0.0, 50.0)),
        "colour": CategoricalBins(categories=COLOURS),
        "member": CategoricalBins(categories=(False, True)),
        "stays": CategoricalBins(categories=(0, 1)),
    }
    counts = {name: count_values(bins[name], values[name]) for name in names}
    return Profile(bins=bins, counts=Counts(rows=len(columns), columns=counts))


class Job:
    """One job's folders."""

    def __init__(self, base: Path, chosen: ProjectSpec, script: str | None = None) -> None:
        """Lay out hyperparameters and channels."""
        body = canonical_json(chosen)
        self.base, self.spec = base, ProjectSpec.model_validate_json(body)
        self.digest = digest_of(body)
        data = base / "input" / "data"
        for channel in ("train", "profile", "spec", "bundle"):
            (data / channel).mkdir(parents=True)
        (data / "bundle" / "bundle.tar.gz").write_bytes(BUNDLE)
        self.part = data / "train" / "part-00000.parquet"
        duckdb.sql(f"COPY ({ROWS}) TO '{self.part}'")
        (data / "spec" / f"{self.digest}.json").write_bytes(body)
        (data / "profile" / "profile.json").write_bytes(canonical_json(profile(self.part)))
        packed = None
        if script is not None:
            self._pack(data / "script" / "code.tar.gz", script)
            packed = digest_of((data / "script" / "code.tar.gz").read_bytes())
        self.origin = Origin(
            project="people",
            run="run-1",
            dataset="d",
            spec=self.digest,
            code=code_digest(digest_of(BUNDLE), packed),
            image="image",
        )
        given = self.origin.model_dump() | {"script": ""}
        (base / "input" / "config").mkdir()
        (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps(given))

    def start(self) -> subprocess.Popen[str]:
        """Start the process."""
        return subprocess.Popen(
            [str(PYTHON), "-m", "training.job"],
            cwd=self.base,
            env={
                "SAGEMAKER_BASE_DIR": str(self.base),
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers" / "core")]),
                "PATH": os.environ["PATH"],
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self) -> tuple[int, str]:
        """Run to the end; return the exit code and what was printed."""
        process = self.start()
        printed, _ = process.communicate(timeout=120)
        return process.returncode, printed

    @property
    def failure(self) -> str:
        """Return output/failure."""
        return (self.base / "output" / "failure").read_text()

    @property
    def files(self) -> dict[str, bytes]:
        """Return what lies in the model folder."""
        folder = self.base / "model"
        return (
            {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}
        )

    def _pack(self, archive: Path, script: str) -> None:
        source = self.base / "train.py"
        source.write_text(script)
        archive.parent.mkdir()
        with tarfile.open(archive, "w:gz") as packed:
            packed.add(source, "train.py")


def scripted(**changes: Any) -> ProjectSpec:
    """Make a spec that names a script."""
    return spec(training=Training(script="train.py"), **changes)


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
BAD_SCRIPTS = {
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
