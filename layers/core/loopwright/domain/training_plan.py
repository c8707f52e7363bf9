"""What the training job of a run is started with."""

from collections.abc import Callable
from pathlib import PurePosixPath

from loopwright.domain.given import MODEL_FILE
from loopwright.domain.package import archive_key, code_digest
from loopwright.domain.record import Record
from loopwright.domain.run import ProjectRecord
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.tuning_plan import TuningPlan, plan_tuning

SECONDS = 60
# A spot job that may wait as long as it runs has a fair chance to be resumed.
WAITS = 2


class TrainingPlan(Record):
    """The inputs of `createTrainingJob` that depend on the project and the run.

    Of several `instance_types` an on-demand job leaves the choice to SageMaker; a spot job, which
    takes one type only, is started again by the machine with the next one.
    """

    image: str
    instance_types: tuple[str, ...]
    spot: bool = False
    max_wait_seconds: int | None = None
    instance_count: int = 1
    volume_gib: int
    max_runtime_seconds: int
    train_uri: str
    profile_uri: str
    spec_uri: str
    script_uri: str | None
    bundle_uri: str
    output_uri: str
    hyperparameters: dict[str, str]
    tuning: TuningPlan | None = None


def training_image(spec: ProjectSpec, record: ProjectRecord) -> str:
    """Return the image that the job runs in: the spec's own, else the project's."""
    return spec.training.image or record.image


def importing(record: ProjectRecord, archive: str) -> ProjectRecord:
    """Return the project as it is for a run that imports a model by its archive's sha256.

    The archive takes the place of the project's script, so that it names the code of the run.
    """
    bundle = PurePosixPath(record.bundle_key).name.removesuffix(".tar.gz")
    return record.model_copy(
        update={
            "code": code_digest(bundle, archive),
            "script_key": archive_key(record.project, archive),
            "imports": True,
        }
    )


def plan_training(
    spec: ProjectSpec, record: ProjectRecord, *, run: str, dataset: str, uri: Callable[[str], str]
) -> TrainingPlan:
    """Plan the training job of a run over a dataset version; `uri` gives the address of a key."""
    project, training = record.project, spec.training
    image = training_image(spec, record)
    wait = training.max_wait_minutes or WAITS * training.max_runtime_minutes
    version = f"datasets/{project}/{dataset}"
    hyperparameters = {
        "project": project,
        "run": run,
        "code": record.code,
        "image": image,
        "dataset": dataset,
        "spec": record.spec,
        "script": MODEL_FILE if record.imports else training.script or "",
    }
    return TrainingPlan(
        image=image,
        instance_types=(training.instance_type, *training.other_instance_types),
        spot=training.spot,
        max_wait_seconds=wait * SECONDS if training.spot else None,
        instance_count=1 if record.imports else training.instances,
        volume_gib=training.volume_gib,
        max_runtime_seconds=training.max_runtime_minutes * SECONDS,
        train_uri=uri(f"{version}/train/"),
        profile_uri=uri(f"{version}/profile.json"),
        spec_uri=uri(f"projects/{project}/specs/{record.spec}.json"),
        script_uri=None if record.script_key is None else uri(record.script_key),
        bundle_uri=uri(record.bundle_key),
        output_uri=uri(f"jobs/{project}/{run}"),
        hyperparameters=hyperparameters,
        tuning=plan_tuning(spec, bundle_key=record.bundle_key, hyperparameters=hyperparameters),
    )
