"""Computation: tables, the learner, models and reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from loopwright.domain.bins import Bins
    from loopwright.domain.data_page import DataPage
    from loopwright.domain.facts import CrossFacts, TableFacts
    from loopwright.domain.feasibility_trial import Question, SampledRows, Trial
    from loopwright.domain.inference_facts import TableSketch
    from loopwright.domain.kinds import CategoryValue, ColumnType
    from loopwright.domain.leakage import ByClass
    from loopwright.domain.model import Signature
    from loopwright.domain.profile_details import Profiled
    from loopwright.domain.profile_summary import Summary
    from loopwright.domain.reading import Reading
    from loopwright.domain.report import RenderedReport, RunReport
    from loopwright.domain.spec import Dialect, ProjectSpec


class ColumnTables(Protocol):
    """Parquet parts as columns in memory; all that a gate over rows needs of Tables."""

    def columns(
        self,
        paths: Sequence[Path],
        columns: Mapping[str, ColumnType],
        *,
        sample_rows: int | None = None,
        seed: int = 0,
        evenly: str | None = None,
    ) -> dict[str, NDArray[Any]]:
        """Return the named columns, all of the same length, in the order of the parts' rows.

        Integers and numbers are float64 with NaN for a missing value; categories and booleans are
        object arrays of Python values (int, str, bool) with None for a missing value. With
        `sample_rows`, at most so many rows: the same ones for the same parts and seed. Each value
        of the column `evenly`, of numbers each twentieth, has its share of them.
        UnreadableDataError names a column that a part does not have.
        """
        ...


class TableSketches(Protocol):
    """Files without a contract, described column by column."""

    def sketch(self, path: Path, *, dialect: Dialect) -> TableSketch:
        """Read a file as texts and describe it; UnreadableDataError when it cannot be used."""
        ...


class Tables(ColumnTables, TableSketches, Protocol):
    """Uploads and Parquet parts: read, counted, checked, and as columns in memory."""

    def read(
        self, files: Mapping[str, Path], spec: ProjectSpec, *, salt: str, folder: Path
    ) -> Reading:
        """Read uploaded files (by the name to report) into canonical parts under `folder`.

        A file that cannot be used comes back as reasons; unreadable rows are kept apart.
        """
        ...

    def summarise(self, parts: Sequence[Path], spec: ProjectSpec) -> Summary:
        """Summarise every column of one batch of parts, as bins are frozen from."""
        ...

    def profile(self, parts: Sequence[Path], bins: Mapping[str, Bins]) -> Profiled:
        """Count the columns of parts over frozen bins, and take their details.

        Profiles of several batches are merged by domain.counting.merge_profile.
        """
        ...

    def facts(self, parts: Mapping[str, Path], spec: ProjectSpec) -> TableFacts:
        """Count the rows of parts (by the key of their object) that break the contract.

        Facts of several batches are merged by domain.facts.merge.
        """
        ...

    def by_class(
        self, parts: Sequence[Path], bins: Mapping[str, Bins], spec: ProjectSpec
    ) -> dict[str, ByClass]:
        """Count each feature over frozen bins, by class: for each bin the rows of each class.

        The classes of a regression are the bins of its target. Empty for more than 20 classes.
        """
        ...

    def compare(self, parts: Mapping[str, Path], spec: ProjectSpec) -> CrossFacts:
        """Compare the rows of parts, by the key of their object, that are all of a version."""
        ...

    def spread(
        self, parts: Mapping[str, Path], spec: ProjectSpec, folder: Path, *, buckets: int
    ) -> dict[int, Path]:
        """Write what must be compared with rows of other parts, one file per hash bucket.

        The same parts give the same bytes; a bucket that nothing falls into has a file as well.
        """
        ...

    def cross_check(self, paths: Sequence[Path], spec: ProjectSpec) -> CrossFacts:
        """Compare the rows of all parts that fell into one hash bucket.

        Facts of several buckets are merged by domain.facts.merge_cross.
        """
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
    """Simple learners that are quick to fit; they tell whether a question can be answered."""

    def try_out(self, rows: SampledRows, question: Question) -> Trial:
        """Cross-validate against a dummy, shuffled outcomes and single columns, and draw a curve.

        Columns are as Tables gives them; the target has no missing value. Entities and times are
        never parted the wrong way. Stops adding to the first repeat when the seconds are over.
        """
        ...


class Scores(Protocol):
    """What a model answered, one entry per row."""

    @property
    def probabilities(self) -> NDArray[np.float64] | None:
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

    def render_data(self, page: DataPage) -> str:
        """Return a data page as HTML."""
        ...
