"""A run's report as data: sections of text, tables and charts. Engines turn it into pages."""

from typing import Literal

from loopwright.domain.gate import Evidence, Reason
from loopwright.domain.record import Record


class Series(Record):
    """One line or set of bars of a chart."""

    name: str
    values: tuple[float | None, ...]
    at: tuple[float, ...] = ()


class Chart(Record):
    """A chart: bars over labels, or lines over the numbers of each series' `at`.

    The last series of a chart with a `reference` is drawn dashed: what the others are held against.
    """

    kind: Literal["bars", "stacked", "lines"]
    title: str
    x_title: str
    y_title: str
    series: tuple[Series, ...]
    labels: tuple[str, ...] = ()
    reference: bool = False


class Span(Record):
    """A number with its interval, and the limits it is held against, to be drawn in its row."""

    value: float
    low: float | None = None
    high: float | None = None
    limits: tuple[float, ...] = ()


class Table(Record):
    """A table of texts. `spans`, one per row where given, are drawn on one common scale."""

    title: str = ""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    spans: tuple[Span | None, ...] = ()


class Figure(Record):
    """One number of the run that a reader wants to see first."""

    name: str
    value: str
    note: str = ""


class Section(Record):
    """One gate or step of the run: its verdict, what it says, its tables and its charts."""

    title: str
    verdict: str = ""
    reasons: tuple[Reason, ...] = ()
    text: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    figures: tuple[Figure, ...] = ()


class RunReport(Record):
    """The whole report of a run; a data page lies beside it as `data.html`."""

    title: str
    outcome: str
    meaning: str
    summary: tuple[tuple[str, str], ...]
    reasons: tuple[Reason, ...]
    sections: tuple[Section, ...]
    identities: tuple[tuple[str, str], ...]
    evidence: tuple[Evidence, ...]
    has_data_page: bool = False
    note: str = (
        "Verdicts speak of these data and these measures. A disparity that was not found is no "
        "proof that there is none."
    )

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Return the figures of all sections."""
        return tuple(figure for section in self.sections for figure in section.figures)


class RenderedReport(Record):
    """A report as a self-contained HTML page and as Markdown; equal reports give equal texts."""

    html: str
    markdown: str
