"""What SageMaker lays out for a job: hyperparameters and channels under one base folder."""

import json
from pathlib import Path

from pydantic import BaseModel, ValidationError

from loopwright.domain.kinds import EstimatorName
from loopwright.domain.profile import Profile
from loopwright.domain.record import Record, digest_of
from loopwright.domain.search_space import Parameters, read_parameters
from loopwright.domain.spec import ProjectSpec
from training.errors import JobInputError


class Found(Record):
    """Settings of a design that a tuning job found, or gives to a trial."""

    name: EstimatorName
    parameters: Parameters
    spec: str = ""


class Hyperparameters(Record):
    """What the machine says about the run; every value is text, an empty one says nothing."""

    project: str
    run: str
    code: str
    image: str
    dataset: str
    spec: str
    script: str = ""
    settings: str = ""

    def found(self) -> Found | None:
        """Return the settings that a tuning job found; JobInputError when they are none."""
        if not self.settings:
            return None
        try:
            document = json.loads(self.settings)
            name = str(document["design"]).replace("-", " ")
            return Found(name=name, parameters=read_parameters(name, document["parameters"]))  # type: ignore[arg-type]  # checked by the record
        except (KeyError, TypeError, ValueError) as error:
            raise JobInputError(f"settings {self.settings}: {_one_line(error)}") from error


class Archives(Record):
    """The sha256 of the archives that a job runs: the bundle, and the script's if there is one."""

    bundle: str
    script: str | None


class Cluster(BaseModel):
    """Which hosts the job has, this one among them (`resourceconfig.json`)."""

    current_host: str
    hosts: tuple[str, ...]


class JobFolder:
    """The folders of a training job: /opt/ml on SageMaker, another base elsewhere."""

    def __init__(self, base: Path) -> None:
        """Use the folders under `base`."""
        self.model = base / "model"
        self.failure = base / "output" / "failure"
        self.checkpoints = base / "checkpoints"
        self._config = base / "input" / "config"
        self._data = base / "input" / "data"

    def channel(self, name: str) -> Path:
        """Return the folder of a channel."""
        return self._data / name

    def hyperparameters(self) -> Hyperparameters:
        """Read hyperparameters.json."""
        path = self._config / "hyperparameters.json"
        try:
            return Hyperparameters.model_validate(json.loads(path.read_text()))
        except (OSError, ValueError) as error:
            raise JobInputError(
                f"{path}: {_one_line(error)}; start the job from its machine"
            ) from error

    def trial(self) -> Found:
        """Read what a tuning job gives to a trial, beside what every job gets."""
        path = self._config / "hyperparameters.json"
        try:
            told = json.loads(path.read_text())
            name = told["trial"]
            return Found(name=name, parameters=read_parameters(name, told), spec=told["spec"])
        except (OSError, KeyError, ValueError) as error:
            raise JobInputError(f"{path}: {_one_line(error)}; see the tuning job") from error

    def cluster(self) -> Cluster:
        """Read resourceconfig.json; without one the host is alone."""
        path = self._config / "resourceconfig.json"
        if not path.exists():
            return Cluster(current_host="alone", hosts=("alone",))
        try:
            return Cluster.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise JobInputError(f"{path}: {_one_line(error)}") from error

    def spec(self, digest: str) -> ProjectSpec:
        """Read the spec and verify that it is the one of this run."""
        body = self._only("spec", f"{digest}.json").read_bytes()
        if digest_of(body) != digest:
            raise JobInputError(f"channel spec holds {digest_of(body)}, the run is about {digest}")
        try:
            return ProjectSpec.model_validate_json(body)
        except ValidationError as error:
            raise JobInputError(
                f"channel spec: {_one_line(error)}; push the project again"
            ) from error

    def profile(self) -> Profile:
        """Read the profile of the dataset version."""
        path = self._only("profile", "profile.json")
        try:
            return Profile.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise JobInputError(f"channel profile: {_one_line(error)}") from error

    def script_archive(self) -> Path:
        """Return the archive of the user's script folder."""
        return self._only("script", "*.tar.gz")

    def archives(self) -> Archives:
        """Return the digests of the archives in the channels."""
        script = None
        if self.channel("script").exists():
            script = digest_of(self.script_archive().read_bytes())
        bundle = self._only("bundle", "*.tar.gz")
        return Archives(bundle=digest_of(bundle.read_bytes()), script=script)

    def _only(self, channel: str, pattern: str) -> Path:
        found = sorted(self.channel(channel).rglob(pattern))
        if len(found) != 1:
            raise JobInputError(
                f"channel {channel}: expected one file {pattern}, found {len(found)}"
            )
        return found[0]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
