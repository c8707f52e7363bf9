"""The folders of a training job, laid out as SageMaker does, and the job as a process."""

import io
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import duckdb

from loopwright.domain.bins import Bins, CategoricalBins, Counts, NumericBins
from loopwright.domain.counting import count_values
from loopwright.domain.package import code_digest
from loopwright.domain.package_files import Origin
from loopwright.domain.profile import Profile
from loopwright.domain.record import canonical_json, digest_of
from loopwright.domain.spec import Column, NoProtected, ProjectSpec
from loopwright.domain.spec_models import Training

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

    def __init__(
        self,
        base: Path,
        chosen: ProjectSpec,
        code: str | None = None,
        *,
        files: dict[str, bytes] | None = None,
        script: str = "train.py",
    ) -> None:
        """Lay out hyperparameters and channels; `code` is that of train.py, beside `files`."""
        body = canonical_json(chosen)
        self.base, self.spec = base, ProjectSpec.model_validate_json(body)
        self.digest = digest_of(body)
        data = base / "input" / "data"
        for channel in ("train", "profile", "spec", "bundle"):
            (data / channel).mkdir(parents=True)
        (data / "bundle" / "bundle.tar.gz").write_bytes(BUNDLE)
        self.part = data / "train" / "part-00000.parquet"
        duckdb.sql(f"COPY ({ROWS}) TO '{self.part}'")
        self.spec_file = data / "spec" / f"{self.digest}.json"
        self.spec_file.write_bytes(body)
        (data / "profile" / "profile.json").write_bytes(canonical_json(profile(self.part)))
        packed = None
        files = files or ({} if code is None else {script: code.encode()})
        if files:
            self._pack(data / "script" / "code.tar.gz", files)
            packed = digest_of((data / "script" / "code.tar.gz").read_bytes())
        self.origin = Origin(
            project="people",
            run="run-1",
            dataset="d",
            spec=self.digest,
            code=code_digest(digest_of(BUNDLE), packed),
            image="image",
        )
        given = self.origin.model_dump() | {"script": script if files else ""}
        (base / "input" / "config").mkdir()
        (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps(given))

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables of the process."""
        return {
            "SAGEMAKER_BASE_DIR": str(self.base),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers" / "core")]),
            "PATH": os.environ["PATH"],
        }

    def start(self) -> subprocess.Popen[str]:
        """Start the process."""
        return subprocess.Popen(
            [str(PYTHON), "-m", "training.job"],
            cwd=self.base,
            env=self.environment,
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

    def _pack(self, archive: Path, files: dict[str, bytes]) -> None:
        archive.parent.mkdir()
        with tarfile.open(archive, "w:gz") as packed:
            for name, body in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(body)
                packed.addfile(member, io.BytesIO(body))


def scripted(**changes: Any) -> ProjectSpec:
    """Make a spec that names a script."""
    return spec(training=Training(script="train.py"), **changes)
