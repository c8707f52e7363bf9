"""A run: one execution of `release_model`, and what is kept of it."""

from typing import Literal

from loopwright.domain.gate import Evidence, Reason
from loopwright.domain.record import Record, canonical_json, digest_of

Outcome = Literal[
    "model_promoted",
    "nothing_new",
    "dataset_rejected",
    "infeasible",
    "candidate_rejected",
    "approval_refused",
    "approval_expired",
    "release_broken",
]
Trigger = Literal["upload", "person", "retraining"]


class RunKey(Record):
    """What makes a question new: the same key never gets a second verdict."""

    dataset: str
    spec: str
    code: str
    image: str

    @property
    def digest(self) -> str:
        """Return the digest that names the key."""
        return digest_of(canonical_json(self))


class Run(Record):
    """The record of one run in the ledger; `outcome` is None while it runs."""

    schema_version: Literal[1] = 1
    id: str
    project: str
    execution: str
    trigger: Trigger
    actor: str
    reason: str = ""
    started_at: str
    ended_at: str | None = None
    outcome: Outcome | None = None
    reasons: tuple[Reason, ...] = ()
    dataset: str | None = None
    spec: str | None = None
    code: str | None = None
    image: str | None = None
    model: str | None = None
    champion: str | None = None
    evidence: tuple[Evidence, ...] = ()
    report: str | None = None
    key: str | None = None
    version_id: str | None = None


class Approval(Record):
    """A request for a person's decision; the approver approves this evidence digest."""

    schema_version: Literal[1] = 1
    run: str
    project: str
    model: str
    evidence: str
    token: str
    requested_at: str
    expires_at: str
    decision: Literal["approved", "refused"] | None = None
    actor: str | None = None
    reason: str | None = None
    decided_at: str | None = None


class ProjectRecord(Record):
    """A project in the ledger: its current spec, code, bundle and salt.

    `salt` is drawn once and never changes: it decides for ever which entities are sealed.
    `code` is the digest of the script archive together with the training bundle. A run that
    `imports` a model works on a copy with the model's archive in place of the script.
    """

    schema_version: Literal[1] = 1
    project: str
    spec: str
    code: str
    script_key: str | None = None
    bundle_key: str
    image: str
    salt: str
    pushed_at: str
    actor: str
    git_commit: str | None = None
    git_dirty: bool | None = None
    imports: bool = False


class Champion(Record):
    """The pointer to the model that answers, moved only by a conditional write."""

    schema_version: Literal[1] = 1
    project: str
    model: str
    previous: str | None = None
    run: str | None = None
    at: str
    actor: str
    reason: str


class ModelRecord(Record):
    """A model version in the ledger."""

    schema_version: Literal[1] = 1
    project: str
    model: str
    run: str
    dataset: str
    spec: str
    code: str
    registered_at: str
    status: Literal["candidate", "champion", "retired", "rejected"] = "candidate"
    metric: str | None = None
    metric_value: float | None = None
