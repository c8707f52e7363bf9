"""Train on this machine as a job would: the same program, libraries and folders, and no stack."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from cli.failures import CommandError
from cli.projects import BUNDLE_FILE, read_bundle, read_spec, script_archive
from infra.twin.training_jobs.bridge import GRACE_S, TRAINING_ENVIRONMENT
from infra.twin.training_jobs.container import Container
from infra.twin.training_jobs.hosts import run_hosts
from infra.twin.training_jobs.job import TrainingJob
from infra.twin.training_jobs.process import ProcessLimits
from loopwright import bootstrap
from loopwright.domain.counting import ProfileDocument, merge_profile
from loopwright.domain.package import Card
from loopwright.domain.profile import Profile
from loopwright.domain.profile_summary import bins_of
from loopwright.domain.record import canonical_json, digest_of
from loopwright.domain.spec import ProjectSpec
from training.inputs import Hyperparameters

MACHINE = Path(__file__).parents[1] / "statemachines" / "release_model.asl.yaml"
HERE = "local"


@dataclass(frozen=True)
class LocalRun:
    """What a job on this machine left: its card, and the folder of its package."""

    card: Card
    package: Path


def train_here(folder: Path, data: Path, package: Path, say: Callable[[str], None]) -> LocalRun:
    """Read the data as an upload is read, run the job on its unsealed rows, keep the package.

    CommandError says what the data or the job lacked. The sealed rows are left alone: only a
    release judges by them.
    """
    spec = read_spec(folder)
    origin = Hyperparameters(
        project=spec.project,
        run=HERE,
        code=HERE,
        image=HERE,
        dataset=HERE,
        spec=digest_of(canonical_json(spec)),
        script=spec.training.script or "",
    )

    def lay_out(channels: Path) -> None:
        _lay_out_data(channels, spec, data)
        _lay_out_code(channels, spec, folder)

    run_job(spec, origin, lay_out=lay_out, package=package, say=say)
    return LocalRun(Card.model_validate_json((package / "card.json").read_bytes()), package)


def run_job(
    spec: ProjectSpec,
    origin: Hyperparameters,
    *,
    lay_out: Callable[[Path], None],
    package: Path,
    say: Callable[[str], None],
) -> None:
    """Run the job of the machine on this one; CommandError with the line that a run would show.

    `lay_out` fills the folder of the channels; the package is copied to `package`, a new folder.
    """
    if not (TRAINING_ENVIRONMENT / "bin").is_dir():
        message = f"{TRAINING_ENVIRONMENT} is missing; make it with `make training-bundle`"
        raise CommandError(message)
    if package.exists():
        message = f"{package} exists; name another folder with --out"
        raise CommandError(message)
    with tempfile.TemporaryDirectory(prefix="loopwright-") as name:
        containers = _containers(Path(name), spec, origin)
        first = containers[0].root / "input" / "data"
        lay_out(first)
        share_parts(first, [one.root / "input" / "data" for one in containers[1:]])
        _run(containers, spec, say)
        shutil.copytree(containers[0].root / "model", package)


def share_parts(first: Path, others: Sequence[Path]) -> None:
    """Give the other hosts the same channels, and each host its share of the parts."""
    for folder in others:
        shutil.copytree(first, folder, dirs_exist_ok=True)
    folders = [first, *others]
    parts = [path.name for path in sorted((first / "train").glob("*.parquet"))]
    for place, name in enumerate(parts):
        for host, folder in enumerate(folders):
            if place % len(folders) != host:
                (folder / "train" / name).unlink()


def _containers(root: Path, spec: ProjectSpec, origin: Hyperparameters) -> list[Container]:
    """Return the hosts of the state TrainModel, for a job that nobody starts."""
    count = 1 if origin.script else spec.training.instances
    request = {
        "TrainingJobName": HERE,
        "HyperParameters": origin.model_dump(),
        "AlgorithmSpecification": _algorithm(),
        "ResourceConfig": {"InstanceType": spec.training.instance_type, "InstanceCount": count},
        "EnableNetworkIsolation": True,
    }
    job = TrainingJob(HERE, request, datetime.now(UTC))
    containers = [Container(root / name / "ml", job, at) for at, name in enumerate(job.hosts)]
    for container in containers:
        container.prepare()
    return containers


def _algorithm() -> Any:
    """Return how the machine starts a job, so that this is started no other way."""
    states = yaml.safe_load(MACHINE.read_text())["States"]
    return states["TrainModel"]["Arguments"]["AlgorithmSpecification"]


def _lay_out_data(channels: Path, spec: ProjectSpec, data: Path) -> None:
    """Read the file into parts, and profile the unsealed ones."""
    tables = bootstrap.tables()
    read = tables.read({data.name: data}, spec, salt=HERE, folder=channels)
    if read.table is None:
        raise CommandError("; ".join(f"{one.message}. {one.advice}" for one in read.reasons))
    shutil.rmtree(channels / "holdout", ignore_errors=True)
    parts = {path.name: path for path in sorted((channels / "train").glob("*.parquet"))}
    if not parts:
        message = f"{data}: no row is left to train on; {read.quarantined_rows} cannot be read"
        raise CommandError(message)
    (channels / "profile").mkdir()
    body = canonical_json(_profile(spec, list(parts.values())))
    (channels / "profile" / "profile.json").write_bytes(body)


def _profile(spec: ProjectSpec, parts: list[Path]) -> Profile:
    tables = bootstrap.tables()
    bins = bins_of(tables.summarise(parts, spec), spec)
    profiled = tables.profile(parts, bins)
    document = ProfileDocument(
        batch=0,
        keys=(),
        counts=profiled.counts,
        details=profiled.details,
        facts=tables.facts({path.name: path for path in parts}, spec),
    )
    return merge_profile(bins, [document], batches=1)


def _lay_out_code(channels: Path, spec: ProjectSpec, folder: Path) -> None:
    """Put spec, bundle and script where a job finds them."""
    body = canonical_json(spec)
    files = {
        f"spec/{digest_of(body)}.json": body,
        f"bundle/{BUNDLE_FILE.name}": read_bundle(),
    }
    if spec.training.script is not None:
        files["script/script.tar.gz"] = script_archive(folder, spec.training.script)
    for name, content in files.items():
        path = channels / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


def _run(containers: Sequence[Container], spec: ProjectSpec, say: Callable[[str], None]) -> None:
    ended = run_hosts(
        containers,
        binaries=TRAINING_ENVIRONMENT / "bin",
        network={},
        limits=ProcessLimits(spec.training.max_runtime_minutes * 60.0, GRACE_S),
        should_stop=lambda: False,
        on_line=lambda host, line: say(line) if host == 0 else None,
    )
    end = ended.end
    if end.exit_code or end.cut_short:
        reason = ended.container.failure_text() or f"the job ended with exit code {end.exit_code}"
        late = f" ({end.cut_short})" if end.cut_short else ""
        raise CommandError(f"{reason}{late}")
