"""Pages of run reports: self-contained, escaped, and equal for equal reports."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import ClassVar

import pytest

from loopwright.domain.gate import Reason
from loopwright.domain.kinds import Task
from loopwright.domain.report import Chart, RunReport, Section, Series, Span, Table
from loopwright.domain.report_sections import build_report
from loopwright.domain.run import Run
from loopwright.engines.reports.charts import svg
from loopwright.engines.reports.renderer import JinjaReports, is_number, mark_of, markdown_text
from loopwright.engines.reports.spans import MARGIN, WIDTH, span_svgs
from tests.fakes import reports

HOSTILE = '<script>alert("x")</script> | `a` & <img src=x onerror=y>\nnext'
RUN = Run(
    id="run-1",
    project="employment",
    execution="arn",
    trigger="upload",
    actor="ann",
    started_at="2026-01-05T12:00:00+00:00",
    ended_at="2026-01-05T12:03:20+00:00",
    outcome="model_promoted",
)
NAMESPACE = "http://www.w3.org/2000/svg"


class Page(HTMLParser):
    """Which elements a page has, and that they are closed in order."""

    VOID: ClassVar = {"meta", "br", "img", "link"}

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and its id."""
        self.tags.add(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the last element that is open."""
        assert self.open.pop() == tag


def report_of(task: Task) -> RunReport:
    """Return the report of a run with all its documents."""
    return build_report(RUN, reports.documents(task))


def hostile_report() -> RunReport:
    """Return a report whose every text wants to be markup."""
    reason = Reason(code="c", message=HOSTILE, examples=(HOSTILE,), advice=HOSTILE)
    chart = Chart(
        kind="bars",
        title=HOSTILE,
        x_title=HOSTILE,
        y_title=HOSTILE,
        labels=(HOSTILE,),
        series=(Series(name=HOSTILE, values=(1.0,)),),
    )
    section = Section(
        title=HOSTILE,
        verdict=HOSTILE,
        text=(HOSTILE,),
        reasons=(reason,),
        tables=(Table(title=HOSTILE, columns=(HOSTILE,), rows=((HOSTILE,),)),),
        charts=(chart,),
    )
    return RunReport(
        title=HOSTILE,
        outcome="release_broken",
        meaning=HOSTILE,
        summary=((HOSTILE, HOSTILE),),
        reasons=(reason,) * 5,
        sections=(section,),
        identities=((HOSTILE, HOSTILE),),
        evidence=(),
    )


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_page_has_no_script_and_no_address_outside(task: Task) -> None:
    """It opens from a disk, without a network, and in ten years."""
    html = JinjaReports().render(report_of(task)).html

    assert set(re.findall(r"https?://[^\"'\s)<]+", html)) == {NAMESPACE}
    assert Page(html).tags.isdisjoint({"script", "link", "img", "iframe", "object"})
    assert "@import" not in html
    assert "url(" not in html


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_page_closes_what_it_opens_and_names_nothing_twice(task: Task) -> None:
    """Links within the page find one target."""
    page = Page(JinjaReports().render(report_of(task)).html)

    assert page.open == []
    assert len(page.ids) == len(set(page.ids))


def test_equal_reports_make_equal_pages() -> None:
    """A repeated publication writes the same bytes."""
    first, second = (JinjaReports().render(report_of("binary")) for _ in range(2))

    assert first == second


def test_markup_in_a_text_stays_text_in_the_page() -> None:
    """A reason quotes what people uploaded."""
    page = Page(JinjaReports().render(hostile_report()).html)

    assert page.tags.isdisjoint({"script", "img"})
    assert page.open == []


def test_markup_in_a_text_stays_text_in_markdown() -> None:
    """Neither HTML, nor a table's cells, nor a line can be broken."""
    markdown = JinjaReports().render(hostile_report()).markdown
    rows = [line for line in markdown.splitlines() if line.startswith("|")]

    assert "<" not in markdown
    assert "onerror" in markdown
    assert not any(line.startswith("next") for line in markdown.splitlines())
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {2, 3}


def test_markdown_tables_have_a_rule_under_their_columns() -> None:
    """Every table is one that a reader of Markdown recognises."""
    lines = JinjaReports().render(report_of("binary")).markdown.splitlines()
    tables = [
        (line, below)
        for above, (line, below) in zip(["", *lines], pairwise([*lines, ""]), strict=False)
        if line.startswith("|") and not above.startswith("|")
    ]

    assert len(tables) > 10
    assert all(set(below) <= {"|", "-"} for _, below in tables)


def test_the_first_screen_of_a_page_tells_the_outcome_and_three_reasons() -> None:
    """More reasons are folded away."""
    html = JinjaReports().render(hostile_report()).html

    assert '<header class="bad">' in html
    assert "<summary>2 more</summary>" in html


def test_a_run_without_reasons_or_sections_is_a_page_too() -> None:
    """A run that just began has nothing to show yet."""
    rendered = JinjaReports().render(build_report(RUN, {}))

    assert "<h2>Why</h2>" not in rendered.html
    assert "<nav" not in rendered.html
    assert rendered.markdown.startswith("# Run run-1: model promoted\n")


def test_a_chart_keeps_its_numbers_apart_from_other_charts() -> None:
    """Its styles speak of its own name only."""
    chart = Chart(
        kind="stacked",
        title="t",
        x_title="x",
        y_title="y",
        labels=tuple(str(place) for place in range(20)),
        series=(Series(name="a", values=(1.0,) * 20), Series(name="b", values=(2.0,) * 20)),
    )
    drawn = svg(chart, "s1c2")

    assert drawn.startswith("<svg ")
    assert 'id="chart-s1c2"' in drawn
    assert re.findall(r"<(script|desc)\b|<!--", drawn) == []


def test_marks_follow_the_words_of_verdicts() -> None:
    """A word that is no verdict is not marked."""
    marks = [mark_of(word) for word in ("pass", "violation", "hold", "recorded", "SEX=1")]

    assert marks == ["good", "bad", "unsure", "plain", ""]


@pytest.mark.parametrize(
    "text", ["1", "-0.5", "±0.2", "1,234", "12.3%", "2e-16", "0.5 [0.1, -]", "-"]
)
def test_numbers_stand_at_the_right(text: str) -> None:
    """Numbers, shares, intervals and the dash for none are numbers."""
    assert is_number(text)


@pytest.mark.parametrize("text", ["", "SEX=1", "1 violation", "a person decides"])
def test_texts_stand_at_the_left(text: str) -> None:
    """A text that holds a number is a text."""
    assert not is_number(text)


def test_markdown_escapes_what_it_would_read() -> None:
    """Each mark of markup is written as text."""
    assert markdown_text("a|b <i> [x](y) *z* \\") == "a\\|b &lt;i&gt; \\[x\\](y) \\*z\\* \\\\"


def test_numbers_are_drawn_on_one_scale() -> None:
    """The least value stands at the left end, the largest at the right, the middle between."""
    drawn = span_svgs([Span(value=0.0), Span(value=1.0), Span(value=0.5)])
    places = [float(re.findall(r'cx="([\d.]+)"', one)[0]) for one in drawn]

    assert places == [MARGIN, WIDTH - MARGIN, WIDTH / 2]


def test_an_interval_far_beyond_the_values_ends_in_an_arrow() -> None:
    """One small group does not squash the others."""
    drawn = span_svgs([Span(value=0.0, low=-100.0, high=0.1), Span(value=1.0, low=0.9, high=None)])

    assert [one.count("<polygon") for one in drawn] == [1, 1]


def test_an_interval_open_to_the_left_ends_in_an_arrow() -> None:
    """No low end is drawn as far as the scale goes."""
    [drawn] = span_svgs([Span(value=0.5, low=None, high=0.6, limits=(0.4,))])

    assert drawn.count("<polygon") == 1
    assert drawn.count('class="limit"') == 1


def test_equal_values_have_a_scale_too() -> None:
    """One number alone stands in the middle."""
    [drawn] = span_svgs([Span(value=3.0)])

    assert f'cx="{WIDTH / 2}"' in drawn


def test_rows_without_a_number_have_no_drawing() -> None:
    """A table without any number has none at all."""
    assert span_svgs([None, None]) == ["", ""]
    assert span_svgs([None, Span(value=1.0)])[0] == ""
    assert span_svgs([]) == []
