from xml.etree import ElementTree as ET

import pytest

from loopwright.domain.data_histogram import Bar, Histogram
from loopwright.domain.data_page import (
    Answer,
    ColumnCard,
    Curve,
    DataPage,
    ExampleTable,
    Legend,
    PageFinding,
)
from loopwright.domain.learning_curve import CurvePoint
from loopwright.engines.reports.curves import curve_svg, described
from loopwright.engines.reports.histograms import histogram_svg
from loopwright.engines.reports.renderer import JinjaReports

HOSTILE = '<script>alert("x")</script>'
POINTS = (
    CurvePoint(rows=100, score=0.6, low=0.5, high=0.7),
    CurvePoint(rows=1_000, score=0.7, low=0.6, high=0.8),
)
OUTLOOK = (POINTS[1], CurvePoint(rows=10_000, score=0.75, low=0.6, high=0.9))


def numbers(kind: str, low: float, high: float) -> Histogram:
    """Two bars between two ends."""
    bars = (Bar(label="a", rows=(1.0, 0.0), level=0.5), Bar(label="b", rows=(2.0, 1.0)))
    return Histogram(kind=kind, bars=bars, axis=(low, high))


def tags(svg: str, tag: str) -> list[ET.Element]:
    """The elements of one kind in a drawing."""
    return list(ET.fromstring(svg).iter(tag))  # noqa: S314 - our own drawing


def test_a_column_without_a_value_has_no_drawing() -> None:
    """An empty frame would say nothing."""
    assert histogram_svg(Histogram(kind="value"), Legend(), "income") == ""


def test_a_histogram_stacks_its_classes_and_marks_the_level() -> None:
    """Three parts have rows; one bar has a level."""
    svg = histogram_svg(numbers("value", 0, 20_000), Legend(), "income")

    assert [one.get("class") for one in tags(svg, "rect")] == ["c0", "c0", "c1"]
    assert len(tags(svg, "circle")) == 1
    assert [one.text for one in tags(svg, "text")] == ["0", "20,000", "10,000"]


@pytest.mark.parametrize(
    ("seconds", "day"),
    [(0, "1970-01-01"), (951_782_400, "2000-02-29"), (-86_400, "1969-12-31")],
)
def test_an_axis_of_times_shows_days(seconds: float, day: str) -> None:
    """Checked against the calendar."""
    svg = histogram_svg(numbers("epoch", seconds, seconds), Legend(), "seen_at")

    assert tags(svg, "text")[0].text == day


def test_categories_have_their_share_and_a_mark_of_the_level() -> None:
    """Long names are cut, and text is never markup."""
    bars = (Bar(label=HOSTILE, rows=(3.0, 0.0), level=1.0), Bar(label="b", rows=(0.0, 1.0)))
    svg = histogram_svg(Histogram(kind="category", bars=bars), Legend(), HOSTILE)

    assert [one.text for one in tags(svg, "text")] == [HOSTILE[:16] + "…", "75.0%", "b", "25.0%"]
    assert [one.get("class") for one in tags(svg, "rect")] == ["c0", "c1"]
    assert len(tags(svg, "circle")) == 1
    assert "<script" not in svg


def test_a_learning_curve_shows_the_outlook_the_goal_and_the_ceiling() -> None:
    """Two measured points, a band, and both limits in words."""
    curve = Curve(metric="accuracy", points=POINTS, outlook=OUTLOOK, goal=0.8, ceiling=0.9)
    svg = curve_svg(curve)
    texts = [one.text for one in tags(svg, "text")]

    assert len(tags(svg, "circle")) == 2
    assert len(tags(svg, "polygon")) == 1
    assert {"asked for 0.800", "ceiling 0.900", "100", "1,000", "10,000"} <= set(texts)
    assert described(curve) == (
        "Learning curve: accuracy 0.600 with 100 rows, 0.700 with 1,000 rows. It leads to 0.750 "
        "with 10,000 rows, between 0.600 and 0.900. Asked for: 0.800."
    )


def test_a_curve_without_an_outlook_shows_what_was_measured() -> None:
    """Nothing is foretold."""
    svg = curve_svg(Curve(metric="accuracy", points=POINTS))

    assert tags(svg, "polygon") == []
    assert "leads" not in described(Curve(metric="accuracy", points=POINTS))


def test_a_page_holds_its_drawings_and_escapes_every_text() -> None:
    """Names, values and reasons come from whoever uploaded the data."""
    examples = ExampleTable(columns=("value",), rows=((HOSTILE,),))
    finding = PageFinding(
        severity="violation", title=HOSTILE, column=HOSTILE, message=HOSTILE, examples=examples
    )
    card = ColumnCard(
        name=HOSTILE,
        type="number",
        part="feature",
        rows=4,
        missing=0,
        facts=((HOSTILE, HOSTILE),),
        histogram=numbers("value", 0, 1),
        findings=(0,),
    )
    page = DataPage(
        project="loans",
        dataset="d1",
        verdict="reject",
        figures=(),
        summary=((HOSTILE, HOSTILE),),
        answer=Answer(verdict="reject", text=(HOSTILE,), curve=Curve(metric="f1", points=POINTS)),
        findings=(finding,),
        cards=(card,),
    )
    html = JinjaReports().render_data(page)

    assert html.count('class="histogram"') == 1
    assert html.count('class="curve"') == 1
    assert "<script>" not in html
    assert html == JinjaReports().render_data(page)


def test_a_page_without_an_answer_has_no_curve() -> None:
    """The run did not come so far."""
    page = DataPage(
        project="loans", dataset="d1", verdict="registered", figures=(), summary=(), cards=()
    )

    assert 'class="curve"' not in JinjaReports().render_data(page)
