"""Scripts of users: what they get, and what is said of the bad ones."""

import io
import tarfile
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pytest

from loopwright.domain.spec import Column, NoProtected, ProjectSpec
from loopwright.domain.spec_models import Training
from training.errors import JobInputError, ScriptError
from training.fitting import Fitted, fit_model
from training.frames import is_validation, typed
from training.script import Train, defines_train, find, load_train, unpack
from training.stopping import Stopping
from training.trainer import Work

SPEC = ProjectSpec(
    project="people",
    question="Who stays?",
    owner="Team",
    intended_use="Tests of training scripts.",
    affected_people="Nobody",
    task="binary",
    target="stays",
    key="id",
    protected=NoProtected(none="made up for a test"),
    columns={
        "id": Column(type="integer"),
        "age": Column(type="integer"),
        "pay": Column(type="number", max_missing_share=0.2),
        "stays": Column(type="category", values=(0, 1)),
    },
    training=Training(script="train.py"),
)


def rows() -> Any:
    """Make 200 rows with the dtypes of the spec."""
    ages = np.arange(200) * 37 % 61
    raw = {"id": range(200), "age": ages, "pay": ages / 3, "stays": (ages > 30).astype(int)}
    return typed(pd.DataFrame(raw), SPEC)


def packed(folder: Path, script: str, name: str = "train.py") -> Path:
    """Pack a script folder as `project push` does."""
    path = folder / "code.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(script.encode())
        archive.addfile(entry, io.BytesIO(script.encode()))
    return path


def leave() -> NoReturn:
    """Nobody tells these fits to stop."""
    raise AssertionError


def loaded(archive: Path, folder: Path) -> Train:
    """Unpack an archive and load its `train`."""
    unpack(archive, folder)
    return load_train(find(folder, "train.py"), "train.py")


def fitted(folder: Path, script: str, spec: ProjectSpec = SPEC) -> Fitted:
    """Load a script and fit with it."""
    train = loaded(packed(folder, script), folder / "script")
    return fit_model(rows(), Work(spec, folder, lambda message: None, Stopping(leave)), train)


GOOD_SCRIPT = """
from sklearn.tree import DecisionTreeClassifier
def train(data, spec):
    print(len(data))
    assert list(data.columns) == ["age", "pay", "stays"]
    return DecisionTreeClassifier(max_depth=3).fit(data[list(spec.features)], data[spec.target])
"""


def test_a_script_is_fitted_without_the_validation_rows_and_then_on_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Metrics and reference are out of sample; the model that answers has seen every row."""
    result = fitted(tmp_path, GOOD_SCRIPT)
    sizes = [int(line) for line in capsys.readouterr().out.split()]

    assert sizes == [200 - len(result.validation), 200]
    assert result.fitted_on == "all training rows"
    assert result.classes == (0, 1)
    assert 20 <= len(result.validation) <= 60


def test_a_slow_script_is_called_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second call would take the job past its time."""
    monkeypatch.setattr("training.fitting.SHARE_OF_TIME", 0.0)
    result = fitted(tmp_path, GOOD_SCRIPT)

    assert len(capsys.readouterr().out.split()) == 1
    assert result.fitted_on == "training rows without the validation rows"


TREE = """
from sklearn.{module} import {name}
def train(data, spec):
    return {name}().fit(data[{columns}], data[spec.target])
"""
BAD_SCRIPTS = {
    "crashes": (
        "def train(data, spec):\n    raise RuntimeError('no luck')\n",
        "train.py, line 2: RuntimeError: no luck",
    ),
    "crashes in a library": (
        "import numpy\ndef train(data, spec):\n    return numpy.linalg.inv(numpy.zeros((2, 2)))\n",
        "train.py, line 3: LinAlgError",
    ),
    "cannot be imported": ("import no_such_module\n", "No module named 'no_such_module'"),
    "is no Python": ("def train(:\n", "train.py, line 1: SyntaxError"),
    "has no function": ("train = 3\n", "train is no function; define train(data, spec)"),
    "exits": ("import sys\ndef train(data, spec):\n    sys.exit(0)\n", "SystemExit"),
    "returns nothing": ("def train(data, spec):\n    return None\n", "train returned NoneType"),
    "returns a number": ("def train(data, spec):\n    return 3\n", "train returned int"),
    "does not fit": (
        TREE.format(module="tree", name="DecisionTreeClassifier", columns="['age']").replace(
            ".fit(data[['age']], data[spec.target])", ""
        ),
        "is not fitted",
    ),
    "returns a regressor": (
        TREE.format(module="linear_model", name="LinearRegression", columns="['age']"),
        "needs a fitted classifier",
    ),
    "has no probabilities": (
        TREE.format(module="linear_model", name="RidgeClassifier", columns="['age']"),
        "needs a fitted classifier with predict_proba",
    ),
    "fits on the target": (
        TREE.format(module="tree", name="DecisionTreeClassifier", columns="['age', 'stays']"),
        "columns that the model never sees: ['stays']",
    ),
}


@pytest.mark.parametrize(("script", "reason"), BAD_SCRIPTS.values(), ids=BAD_SCRIPTS)
def test_a_bad_script_fails_with_its_reason(tmp_path: Path, script: str, reason: str) -> None:
    """The message names the script's own line, or what it should have returned."""
    with pytest.raises(ScriptError) as raised:
        fitted(tmp_path, script)

    assert reason in str(raised.value)


@pytest.mark.parametrize("rare", [0, 1])
def test_a_class_that_cannot_be_learnt_is_named(tmp_path: Path, rare: int) -> None:
    """One row of a class is in the validation rows or outside, never in both."""
    train = loaded(packed(tmp_path, GOOD_SCRIPT), tmp_path / "script")
    frame = rows()
    chosen = is_validation(frame, SPEC)
    frame["stays"] = pd.Categorical([0] * len(frame), categories=[0, 1])
    if rare:
        frame.loc[int(chosen.argmax()), "stays"] = 1

    with pytest.raises(JobInputError, match="bring more rows of each class"):
        fit_model(frame, Work(SPEC, tmp_path, lambda message: None, Stopping(leave)), train)


def test_an_array_without_names_must_have_all_features(tmp_path: Path) -> None:
    """Nobody could tell which columns it was fitted on."""
    script = """
from sklearn.tree import DecisionTreeClassifier
def train(data, spec):
    return DecisionTreeClassifier().fit(data[["age"]].to_numpy(), data[spec.target])
"""
    with pytest.raises(ScriptError, match="fit on a DataFrame of the 2 features"):
        fitted(tmp_path, script)


def test_a_classifier_for_a_regression_is_refused(tmp_path: Path) -> None:
    """The task says what the estimator must be."""
    spec = SPEC.model_copy(update={"task": "regression"})

    with pytest.raises(ScriptError, match="needs a fitted regressor"):
        fitted(tmp_path, GOOD_SCRIPT, spec)


def test_a_folder_without_the_script_is_refused(tmp_path: Path) -> None:
    """The message lists what was pushed."""
    archive = packed(tmp_path, "x = 1\n", name="other.py")

    with pytest.raises(ScriptError, match=r"has no train\.py; it has \['other\.py'\]"):
        loaded(archive, tmp_path / "script")


@pytest.mark.parametrize("name", ["../train.py", "/train.py"])
def test_a_script_folder_never_leaves_its_place(tmp_path: Path, name: str) -> None:
    """Upward and absolute paths are refused or brought back inside."""
    archive = packed(tmp_path, "x = 1\n", name=name)

    with pytest.raises(ScriptError):
        loaded(archive, tmp_path / "in" / "script")
    assert not (tmp_path / "in" / "train.py").exists()


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    """Push again makes a whole one."""
    path = tmp_path / "code.tar.gz"
    path.write_bytes(b"\x1f\x8b not really")

    with pytest.raises(ScriptError, match="cannot be unpacked"):
        loaded(path, tmp_path / "script")


def test_a_script_folder_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data belongs into the channel of the data."""
    monkeypatch.setattr("training.script.MAX_BYTES", 3)

    with pytest.raises(ScriptError, match="keep data out of it"):
        loaded(packed(tmp_path, "x = 1\n"), tmp_path / "script")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("def train(data, spec): ...", True),
        ("from mine import train", True),
        ("from mine import fit as train", True),
        ("train = print", True),
        ("def train(: # importing it will say where", True),
        ("def main():\n    train = 3\nmain()", False),
        ("import train_all", False),
    ],
)
def test_a_script_is_called_when_its_own_text_names_train(
    tmp_path: Path, script: str, expected: bool
) -> None:
    """Told without running it: another script is run once, as a whole."""
    path = tmp_path / "train.py"
    path.write_text(script)

    assert defines_train(path) is expected
