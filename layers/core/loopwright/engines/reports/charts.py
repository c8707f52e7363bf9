"""Charts as SVG that stands in a page: no script, no address outside, equal for equal data."""

from typing import Any
from xml.etree import ElementTree as ET

import pygal
from pygal.style import Style

from loopwright.domain.report import Chart, Series

WIDTH, HEIGHT = 640, 400
COLORS = ("#1f5fa8", "#d1742b", "#3a8a4d", "#8a8a8a")
REFERENCE_COLOR = "#8a8a8a"
ONLY_FOR_SCRIPTS = ("script", "desc")
MOST_LABELS = 12
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


def svg(chart: Chart, name: str) -> str:
    """Return a chart as an SVG element; `name` tells it from the page's other charts."""
    drawn = _KINDS[chart.kind](
        js=(),
        width=WIDTH,
        height=HEIGHT,
        title=chart.title,
        x_title=chart.x_title,
        y_title=chart.y_title,
        style=_style(chart),
        legend_at_bottom=True,
        legend_at_bottom_columns=len(chart.series),
        legend_box_size=14,
        truncate_legend=-1,
        truncate_label=-1,
        dots_size=3,
        margin=12,
        margin_bottom=24,
        spacing=12,
    )
    drawn.uuid = name
    if chart.kind != "lines":
        drawn.x_labels = list(chart.labels)
        drawn.show_minor_x_labels = False
        drawn.x_labels_major = chart.labels[:: 1 + len(chart.labels) // MOST_LABELS]
    for place, series in enumerate(chart.series):
        is_reference = chart.reference and place == len(chart.series) - 1
        drawn.add(series.name, _values(chart, series), **_look(is_reference=is_reference))
    return _text(drawn.render_tree())


def _style(chart: Chart) -> Style:
    count = len(chart.series) - chart.reference
    colors = (*COLORS[:count], REFERENCE_COLOR) if chart.reference else COLORS
    return Style(
        background="transparent",
        plot_background="transparent",
        foreground="#3d4650",
        foreground_strong="#1b1b1b",
        foreground_subtle="#5b6470",
        guide_stroke_color="#e3e6eb",
        major_guide_stroke_color="#c9ced6",
        guide_stroke_dasharray="0",
        major_guide_stroke_dasharray="0",
        opacity=".85",
        stroke_width="2" if chart.kind == "lines" else "0",
        colors=colors,
        font_family=_FONT,
        title_font_size=17,
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=14,
    )


def _look(*, is_reference: bool) -> dict[str, Any]:
    if is_reference:
        return {"show_dots": False, "stroke_style": {"dasharray": "5, 5"}}
    return {}


def _values(chart: Chart, series: Series) -> list[object]:
    if chart.kind == "lines":
        return list(zip(series.at, series.values, strict=True))
    return list(series.values)


def _text(root: ET.Element) -> str:
    """Write the tree without what only scripts read, and without the date in its comments."""
    for parent in list(root.iter()):
        if parent is not root:
            parent.attrib.pop("id", None)
        for child in list(parent):
            tag: object = child.tag  # a comment's tag is a function
            if not isinstance(tag, str) or tag in ONLY_FOR_SCRIPTS:
                parent.remove(child)
    root.set("role", "img")
    return ET.tostring(root, encoding="unicode", short_empty_elements=True)


_KINDS: dict[str, Any] = {"bars": pygal.Bar, "stacked": pygal.StackedBar, "lines": pygal.XY}
