"""What the steps need from the outside world, as Protocols. Adapters and fakes fulfil them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from loopwright.domain.bins import Bins, Counts
from loopwright.domain.dataset import Manifest
from loopwright.domain.events import Event
from loopwright.domain.gate import Evidence
from loopwright.domain.lineage import Edge, Node
from loopwright.domain.model import ModelManifest, Signature
from loopwright.domain.reading import Reading
from loopwright.domain.receipt import Labels, Receipt
from loopwright.domain.record import Record
from loopwright.domain.report import RenderedReport, RunReport
from loopwright.domain.run import (
    Approval,
    Champion,
    ModelRecord,
    ProjectRecord,
    Run,
    RunKey,
)
from loopwright.domain.spec import CategoryValue, ColumnType, ProjectSpec, Task
from loopwright.domain.window import LiveCounts, OpenWindow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

from loopwright.domain.facts import TableFacts
from loopwright.domain.feasibility import Fold


class Clock(Protocol):
    """The time. Steps never read it elsewhere."""

    def now(self) -> datetime:
        """Return the time now, aware, in UTC."""
        ...


class ObjectInfo(Record):
    """What is known of a stored object without reading it."""

    key: str
    bytes: int
    version_id: str | None = None


class ObjectStore(Protocol):
    """The bucket: objects by key. Every write is write-once: equal bytes again are no error."""

    def head(self, key: str, *, version_id: str | None = None) -> ObjectInfo:
        """Describe an object; ObjectMissingError when there is none."""
        ...

    def read(self, key: str) -> bytes:
        """Return an object's bytes; ObjectMissingError when there is none."""
        ...

    def download(self, key: str, path: Path, *, version_id: str | None = None) -> None:
        """Write an object to a file; ObjectMissingError when there is none."""
        ...

    def write(self, key: str, body: bytes) -> None:
        """Store bytes under a new key; WriteOnceError when other bytes are there."""
        ...

    def upload(self, key: str, path: Path) -> None:
        """Store a file under a new key; WriteOnceError when other bytes are there."""
        ...

    def keys(self, prefix: str) -> list[str]:
        """Return the keys under a prefix, sorted."""
        ...

    def uri(self, key: str) -> str:
        """Return the `s3://` address of a key."""
        ...


class SpecStore(Protocol):
    """Specs by digest (`projects/<project>/specs/<digest>.json`)."""

    def spec(self, project: str, digest: str) -> ProjectSpec:
        """Return a spec; ObjectMissingError when there is none."""
        ...

    def put_spec(self, spec: ProjectSpec) -> str:
        """Store a spec once and return its digest."""
        ...


class DatasetStore(Protocol):
    """Dataset versions: manifests and profiles; parts are objects of the ObjectStore."""

    def manifest(self, project: str, digest: str) -> Manifest:
        """Return a manifest; ObjectMissingError when there is none."""
        ...

    def has(self, project: str, digest: str) -> bool:
        """Tell whether the version is complete: its manifest is written last."""
        ...

    def put_manifest(self, manifest: Manifest) -> None:
        """Store a manifest; when there is one of the same digest, the first one stays."""
        ...


class ModelStore(Protocol):
    """Model packages by digest."""

    def put_package(self, manifest: ModelManifest, files: Mapping[str, bytes]) -> str:
        """Store a package once, the manifest last, and return the model's digest."""
        ...

    def manifest(self, project: str, model: str) -> ModelManifest:
        """Return the verified manifest (its digest is `model`)."""
        ...

    def file(self, project: str, model: str, name: str) -> bytes:
        """Return one verified file; ModelPackageError when its sha256 differs."""
        ...


class EvidenceStore(Protocol):
    """The write-once documents of a run: `runs/<project>/<run>/<name>`."""

    def put(self, project: str, run: str, name: str, body: bytes) -> Evidence:
        """Store a document once; the same bytes again are no error."""
        ...

    def get(self, evidence: Evidence) -> bytes:
        """Return a document; ConflictError when its digest is not the one given."""
        ...


class Ledger(Protocol):
    """The catalog table: projects, versions, runs, approvals, verdicts and the champion."""

    def project(self, project: str) -> ProjectRecord:
        """Return a project; NotFoundError names the projects there are."""
        ...

    def projects(self) -> list[ProjectRecord]:
        """Return all projects by name."""
        ...

    def put_project(self, record: ProjectRecord) -> ProjectRecord:
        """Store a project's current state; an existing salt stays. Return what is stored."""
        ...

    def add_dataset(self, manifest: Manifest) -> None:
        """List a dataset version; again is no error."""
        ...

    def datasets(self, project: str) -> list[str]:
        """Return the digests of a project's dataset versions, newest first."""
        ...

    def open_run(self, run: Run) -> None:
        """Store a new run; the same run again is no error."""
        ...

    def run(self, project: str, run: str) -> Run:
        """Return a run; NotFoundError when there is none."""
        ...

    def runs(self, project: str | None = None, *, limit: int = 50) -> list[Run]:
        """Return runs, newest first."""
        ...

    def update_run(self, run: str, project: str, changes: Mapping[str, Any]) -> Run:
        """Set fields of an open run; a closed run is not changed. Return what is stored."""
        ...

    def close_run(self, run: Run) -> bool:
        """Store a run's end once; False when it was closed before."""
        ...

    def verdict(self, project: str, key: RunKey) -> str | None:
        """Return the run that gave this key its verdict, or None."""
        ...

    def put_verdict(self, project: str, key: RunKey, run: str) -> None:
        """Record that a run gave this key its verdict; the first stays."""
        ...

    def add_model(self, record: ModelRecord) -> None:
        """List a model version; again is no error."""
        ...

    def model(self, project: str, model: str) -> ModelRecord:
        """Return a model version; NotFoundError when there is none."""
        ...

    def models(self, project: str) -> list[ModelRecord]:
        """Return a project's model versions, newest first."""
        ...

    def set_model_status(self, project: str, model: str, status: str) -> None:
        """Change a model's status (candidate, champion, retired, rejected)."""
        ...

    def champion(self, project: str) -> Champion | None:
        """Return the champion pointer, or None."""
        ...

    def move_champion(self, champion: Champion, *, expected: str | None) -> None:
        """Move the pointer if it still names `expected`; else PointerMovedError.

        A pointer that already names the same model for the same run is no error.
        """
        ...

    def withdraw_champion(self, project: str, *, expected: str) -> None:
        """Remove the pointer of a first champion that failed its probe; else PointerMovedError."""
        ...

    def request_approval(self, approval: Approval) -> None:
        """Store a request for approval; again for the same run replaces its token."""
        ...

    def approval(self, project: str, run: str) -> Approval:
        """Return a run's request; NotWaitingError when there is none."""
        ...

    def decide_approval(self, approval: Approval) -> None:
        """Store the decision once; NotWaitingError when it was decided otherwise before."""
        ...

    def release_lease(self, project: str, owner: str) -> bool:
        """Release the project's retraining lease if `owner` holds it."""
        ...

    def last_retraining(self, project: str) -> datetime | None:
        """Return when the last retraining of the project started, or None."""
        ...

    def note_retraining(self, project: str, at: datetime) -> None:
        """Record when a retraining started (for the cooldown)."""
        ...


class Lineage(Protocol):
    """Edges between what was made and what it was made from."""

    def record(self, edges: Sequence[Edge]) -> None:
        """Store each edge in both directions in one transaction; again is no error."""
        ...

    def upstream(self, node: Node) -> list[Edge]:
        """Return the edges that start at a node."""
        ...

    def downstream(self, node: Node) -> list[Edge]:
        """Return the edges that end at a node."""
        ...


class EventBus(Protocol):
    """The stack's own bus."""

    def publish(self, event: Event) -> None:
        """Publish one event; ServiceError when the bus refuses it."""
        ...


class ReceiptStore(Protocol):
    """Receipts and their labels."""

    def put(self, receipt: Receipt) -> None:
        """Store a receipt durably (a body over 300 kB in the bucket first)."""
        ...

    def get(self, project: str, receipt: str) -> Receipt:
        """Return a receipt; NotFoundError when there is none in this project."""
        ...

    def decode(self, image: Mapping[str, Any]) -> Receipt:
        """Return the receipt of a stream record's new image (a large body is fetched)."""
        ...

    def labels(self, project: str, receipt: str) -> Labels | None:
        """Return the labels of a receipt, or None."""
        ...

    def put_labels(self, labels: Labels, *, previous: Labels | None) -> None:
        """Store merged labels if `previous` is still what is stored; else ConflictError."""
        ...

    def labelled(self, project: str) -> Iterable[tuple[Receipt, Labels]]:
        """Return every receipt that has labels, with them, oldest labels first. No probes."""
        ...


class WindowStore(Protocol):
    """Live counts by model, the stream checkpoints, and the open window of each model."""

    def checkpoint(self, shard: str) -> str | None:
        """Return the last sequence number of a shard that was counted, or None."""
        ...

    def add(
        self,
        shard: str,
        sequence: str,
        counts: Sequence[LiveCounts],
        *,
        previous: str | None,
    ) -> None:
        """Store counts and move the checkpoint from `previous` to `sequence` in one transaction.

        ConflictError when the checkpoint is no longer `previous`: nothing was stored.
        """
        ...

    def open_rows(self, project: str, model: str) -> int:
        """Return the rows counted since the last assessed window."""
        ...

    def open_window(self, project: str, model: str) -> OpenWindow | None:
        """Return what was counted since the last assessed window, or None when nothing was."""
        ...

    def close_window(self, window: OpenWindow, verdict: Mapping[str, Any]) -> bool:
        """Store the window's verdict and open the next one, once; False when it was closed before.

        ConflictError when rows were counted since `window` was read: read it again.
        """
        ...

    def verdicts(self, project: str, *, limit: int = 20) -> list[dict[str, Any]]:
        """Return the verdicts of assessed windows, newest first."""
        ...


class Endpoint(Protocol):
    """The public prediction path, called as a client would (used by the probe)."""

    def predict(self, project: str, instances: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """POST a probe prediction; return the answer's JSON; ServiceError on any failure."""
        ...


class TaskTokens(Protocol):
    """State machines that wait for an answer."""

    def answer(self, token: str, output: Mapping[str, Any]) -> None:
        """Give a waiting task its result; NotWaitingError when it does not wait any more."""
        ...


class Metrics(Protocol):
    """CloudWatch metrics; the only dimension is the project."""

    def count(self, name: str, value: float, *, project: str) -> None:
        """Add a count to a metric."""
        ...


class ColumnTables(Protocol):
    """Parquet parts as columns in memory; all that a gate over rows needs of Tables."""

    def columns(
        self,
        paths: Sequence[Path],
        columns: Mapping[str, ColumnType],
        *,
        sample_rows: int | None = None,
        seed: int = 0,
    ) -> "dict[str, NDArray[Any]]":
        """Return the named columns, all of the same length, in the order of the parts' rows.

        Integers and numbers are float64 with NaN for a missing value; categories and booleans are
        object arrays of Python values (int, str, bool) with None for a missing value. With
        `sample_rows`, at most so many rows: the same ones for the same parts and seed.
        UnreadableDataError names a column that a part does not have.
        """
        ...


class Tables(ColumnTables, Protocol):
    """Uploads and Parquet parts: read, counted, checked, and as columns in memory."""

    def read(
        self, files: Mapping[str, Path], spec: ProjectSpec, *, salt: str, folder: Path
    ) -> Reading:
        """Read uploaded files (by the name to report) into canonical parts under `folder`.

        A file that cannot be used, and too many unreadable rows, come back as reasons.
        """
        ...

    def count(self, parts: Sequence[Path], bins: Mapping[str, Bins]) -> Counts:
        """Count the columns of parts over frozen bins."""
        ...

    def facts(self, parts: Sequence[Path], spec: ProjectSpec) -> TableFacts:
        """Return exact counts of missing values, broken limits and repeated keys."""
        ...

    def rows(self, parts: Sequence[Path]) -> int:
        """Return how many rows the parts hold."""
        ...

    def extend(
        self,
        parts: Sequence[Path],
        rows: Sequence[Mapping[str, Any]],
        spec: ProjectSpec,
        path: Path,
        *,
        kept_rows: int | None = None,
    ) -> int:
        """Write the rows of parts and the given rows as one Parquet file; return how many.

        A given row replaces the row of the same key. Of the parts at most `kept_rows` rows stay,
        chosen by a hash of the row: the same ones whatever the parts are.
        """
        ...


class Learner(Protocol):
    """A simple learner that is quick to fit; it tells whether a question can be answered."""

    def cross_validate(
        self,
        features: "Mapping[str, NDArray[Any]]",
        target: "NDArray[Any]",
        *,
        task: Task,
        metric: str,
        folds: int,
        seed: int,
    ) -> "tuple[Fold, ...]":
        """Score the learner and a dummy on the same folds (stratified for a classification).

        Columns are as Tables gives them; the target has no missing value.
        """
        ...


class Scores(Protocol):
    """What a model answered, one entry per row."""

    @property
    def probabilities(self) -> "NDArray[np.float64] | None":
        """The probability of each class of the signature, (rows, classes); None in a regression."""
        ...

    @property
    def values(self) -> Sequence[CategoryValue | float]:
        """The class that the model chose at its threshold, or the number."""
        ...


class Scorer(Protocol):
    """One loaded model."""

    def score(self, columns: Mapping[str, Any]) -> Scores:
        """Answer raw values (Tables' columns, or lists with None); one entry per row and field."""
        ...


class Scorers(Protocol):
    """Loads models, without running any code of theirs."""

    def load(self, model_onnx: bytes, signature: Signature) -> Scorer:
        """Return a model that is ready to score; ModelPackageError when it cannot be loaded."""
        ...


class ReportRenderer(Protocol):
    """Makes pages of a run's report."""

    def render(self, report: RunReport) -> RenderedReport:
        """Return the report as HTML and as Markdown; equal reports give equal texts."""
        ...
