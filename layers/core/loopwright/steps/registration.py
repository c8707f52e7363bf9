"""What RegisterDataset and VersionDataset both answer: the version to go on with, or why none."""

from typing import Literal

from loopwright.domain.dataset import Manifest
from loopwright.domain.gate import Reason
from loopwright.domain.record import Record
from loopwright.domain.run import ProjectRecord, RunKey
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.staging import StoredDocument
from loopwright.domain.training_plan import TrainingPlan, plan_training, training_image
from loopwright.ports import Ledger, ObjectStore

Outcome = Literal["to_read", "registered", "nothing_new", "rejected"]


class Registration(Record):
    """How the registration of a dataset version stands.

    `reading` numbers the batches to read by `plan`; `batches` and `buckets` number those of the
    version that are profiled and checked.
    """

    outcome: Outcome
    run: str
    project: str
    spec: str | None = None
    code: str | None = None
    image: str | None = None
    plan: StoredDocument | None = None
    reading: tuple[int, ...] = ()
    dataset: str | None = None
    batches: tuple[int, ...] = ()
    buckets: tuple[int, ...] = ()
    training: TrainingPlan | None = None
    reasons: tuple[Reason, ...] = ()
    previous_run: str | None = None


def rejected(
    run: str,
    project: str,
    reasons: tuple[Reason, ...],
    *,
    spec: ProjectSpec | None = None,
    record: ProjectRecord | None = None,
) -> Registration:
    """Return the reasons why there is no version, with what is known of the project."""
    return Registration(
        outcome="rejected",
        run=run,
        project=project,
        spec=record.spec if record else None,
        code=record.code if record else None,
        image=training_image(spec, record) if spec and record else None,
        reasons=reasons,
    )


def registered(
    run: str,
    spec: ProjectSpec,
    record: ProjectRecord,
    manifest: Manifest,
    *,
    ledger: Ledger,
    objects: ObjectStore,
) -> Registration:
    """Go on with a version, unless another run has given this very question its verdict."""
    project, image = record.project, training_image(spec, record)
    ledger.update_run(run, project, {"dataset": manifest.digest})
    key = RunKey(dataset=manifest.digest, spec=record.spec, code=record.code, image=image)
    previous = ledger.verdict(project, key)
    new = previous is None or previous == run
    plan = plan_training(spec, record, run=run, dataset=manifest.digest, uri=objects.uri)
    return Registration(
        outcome="registered" if new else "nothing_new",
        run=run,
        project=project,
        spec=record.spec,
        code=record.code,
        image=image,
        dataset=manifest.digest,
        batches=tuple(range(len(manifest.batches))) if new else (),
        buckets=tuple(range(manifest.buckets)) if new else (),
        training=plan if new else None,
        previous_run=None if new else previous,
    )
