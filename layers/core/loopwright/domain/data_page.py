"""The data page of a dataset version as data: findings, an answer, and a card per column."""

from typing import Literal

from loopwright.domain.data_histogram import Histogram
from loopwright.domain.learning_curve import CurvePoint
from loopwright.domain.record import Record
from loopwright.domain.report import Figure

Severity = Literal["violation", "warning", "note"]


class ExampleTable(Record):
    """A few rows that a finding speaks of."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class PageFinding(Record):
    """One finding as the page tells it: what, where, how many rows, and what to do."""

    severity: Severity
    title: str
    column: str = ""
    message: str
    share: str = ""
    advice: str = ""
    accepted: str = ""
    examples: ExampleTable | None = None


class ColumnCard(Record):
    """One column: its type and part, what is missing, a few facts, and its histogram.

    `findings` are places in the page's list of findings.
    """

    name: str
    type: str
    part: str
    description: str = ""
    rows: int
    missing: int
    facts: tuple[tuple[str, str], ...] = ()
    histogram: Histogram
    findings: tuple[int, ...] = ()

    @property
    def missing_share(self) -> float:
        """Return the share of rows without a value."""
        return self.missing / self.rows if self.rows else 0.0


class Curve(Record):
    """The learning curve to be drawn: measured points, where it leads, and what it is held against.

    `goal` is the score that the spec asks for, `ceiling` what more rows tend to.
    """

    metric: str
    points: tuple[CurvePoint, ...]
    outlook: tuple[CurvePoint, ...] = ()
    goal: float | None = None
    ceiling: float | None = None


class Answer(Record):
    """What the feasibility gate answered, in words, and its curve where there is one."""

    verdict: str
    text: tuple[str, ...]
    curve: Curve | None = None


class Legend(Record):
    """What the parts of the bars mean, and what the line through them shows."""

    classes: tuple[str, ...] = ()
    level: str = ""
    level_ends: tuple[float, float] = (0.0, 1.0)


class DataPage(Record):
    """The whole page. Of very many columns the first get cards, others a line; the rest is told."""

    project: str
    dataset: str
    verdict: str
    figures: tuple[Figure, ...]
    summary: tuple[tuple[str, str], ...]
    answer: Answer | None = None
    findings: tuple[PageFinding, ...] = ()
    findings_left_out: int = 0
    legend: Legend = Legend()
    cards: tuple[ColumnCard, ...]
    lines: tuple[tuple[str, ...], ...] = ()
    left_out: int = 0
    identities: tuple[tuple[str, str], ...] = ()
