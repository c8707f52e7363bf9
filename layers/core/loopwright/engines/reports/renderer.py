"""Render a run's report and its data page as self-contained HTML, the report as Markdown too."""

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from loopwright.domain.data_page import DataPage
from loopwright.domain.report import RenderedReport, RunReport, Table
from loopwright.domain.report_text import DASH, number, share, words
from loopwright.engines.reports.charts import svg
from loopwright.engines.reports.data_pages import anchors, drawings, learning_curve
from loopwright.engines.reports.spans import span_svgs

MARKS = {
    "good": ("pass", "passed", "promote", "model_promoted"),
    "bad": (
        *("violation", "failed", "reject", "release_broken"),
        *("dataset_rejected", "infeasible", "candidate_rejected"),
    ),
    "unsure": (
        *("inconclusive", "insufficient_data", "hold", "a person decides"),
        *("approval_refused", "approval_expired"),
    ),
    "plain": ("nothing_new", "recorded", "none", "detected", "material"),
}
_MARK_OF = {text: mark for mark, texts in MARKS.items() for text in texts}
_NUMBER = re.compile(rf"[+±-]?\d[\d,.]*(e[+-]?\d+)?%?( \[.*\])?|{DASH}")
_MARKDOWN = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": " ", "\r": " "} | {
    mark: f"\\{mark}" for mark in "\\`*[]|~"
}


class JinjaReports:
    """Renders reports with the templates beside this module; every text is escaped."""

    def render(self, report: RunReport) -> RenderedReport:
        """Return the report as HTML and as Markdown."""
        charts = [
            [
                Markup(svg(chart, f"s{place}c{number}"))  # noqa: S704 - ElementTree escapes texts
                for number, chart in enumerate(section.charts)
            ]
            for place, section in enumerate(report.sections)
        ]
        pages = _environment()
        html = pages.get_template("report.html.j2").render(report=report, charts=charts)
        markdown = pages.get_template("report.md.j2").render(report=report)
        return RenderedReport(html=html, markdown=markdown)

    def render_data(self, page: DataPage) -> str:
        """Return the data page as HTML."""
        template = _environment().get_template("data.html.j2")
        drawn = {"drawings": drawings(page), "curve": learning_curve(page)}
        return template.render(page=page, anchors=anchors(page), **drawn)


def mark_of(text: str) -> str:
    """Return how a verdict, grade or result is marked: good, bad, unsure, plain, or not at all."""
    return _MARK_OF.get(text, "")


def is_number(text: str) -> bool:
    """Tell whether a cell is a number, and so stands at the right."""
    return _NUMBER.fullmatch(text) is not None


def markdown_text(text: str) -> str:
    """Escape what Markdown or HTML would read as markup."""
    return "".join(_MARKDOWN.get(mark, mark) for mark in text)


def drawn_spans(table: Table) -> list[Markup]:
    """Return the drawings of a table's rows; they hold numbers only."""
    return [Markup(drawn) for drawn in span_svgs(table.spans)]  # noqa: S704 - numbers only


def _escapes(name: str | None) -> bool:
    return name is not None and ".html" in name


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("loopwright.engines.reports", "templates"),
        autoescape=_escapes,  # noqa: S701 - every .html is escaped; Markdown has its own filter
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "drawn": drawn_spans,
        "mark": mark_of,
        "md": markdown_text,
        "number": number,
        "share": share,
        "words": words,
    }
    environment.tests["numeric"] = is_number
    return environment
