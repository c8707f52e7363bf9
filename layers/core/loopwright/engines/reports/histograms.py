"""A column's histogram as SVG: bars by class, and the target's level as a line over them.

Nothing is told by colour alone: classes differ in lightness and pattern, and each drawing has a
text that says what it shows.
"""

from collections.abc import Iterator, Sequence
from html import escape

from loopwright.domain.data_histogram import Bar, Histogram
from loopwright.domain.data_page import Legend

WIDTH, HEIGHT = 320, 128
PLOT_TOP, PLOT_BOTTOM = 10, 104
ROW_HEIGHT, BAR_HEIGHT = 19, 13
LABEL_WIDTH, COUNT_WIDTH = 112, 60
CLASS_COUNT = 6
_DAY = 86_400


def histogram_svg(histogram: Histogram, legend: Legend, name: str) -> str:
    """Return a histogram as an SVG element that stands in a page; `name` is the column's."""
    if not histogram.bars:
        return ""
    if histogram.kind == "category":
        return _categories(histogram, legend, name)
    return _numbers(histogram, legend, name)


def described(histogram: Histogram, name: str, ends: tuple[str, str] = ("", "")) -> str:
    """Return what a histogram shows, in words, for those who do not see it."""
    total = sum(sum(bar.rows) for bar in histogram.bars) or 1.0
    order = sorted(histogram.bars, key=lambda bar: -sum(bar.rows))[:3]
    most = ", ".join(f"{bar.label}: {sum(bar.rows) / total:.0%}" for bar in order)
    span = f" from {ends[0]} to {ends[1]}" if ends[0] else ""
    return f"Histogram of {name}{span}. Most rows: {most}."


def _numbers(histogram: Histogram, legend: Legend, name: str) -> str:
    axis = histogram.axis or (0.0, 1.0)
    ends = _tick(axis[0], histogram.kind), _tick(axis[1], histogram.kind)
    width = WIDTH / len(histogram.bars)
    parts = [_line("axis", (0, PLOT_BOTTOM), (WIDTH, PLOT_BOTTOM))]
    for place, bar in enumerate(histogram.bars):
        parts += _stack(bar, place * width, width, histogram.most or 1.0)
    parts += _level_line(histogram.bars, legend, width)
    parts.append(_text(0, HEIGHT - 8, ends[0]))
    parts.append(_text(WIDTH, HEIGHT - 8, ends[1], anchor="end"))
    middle = _tick((axis[0] + axis[1]) / 2, histogram.kind)
    parts.append(_text(WIDTH / 2, HEIGHT - 8, middle, anchor="middle"))
    return _svg(parts, HEIGHT, described(histogram, name, ends))


def _stack(bar: Bar, x: float, width: float, most: float) -> Iterator[str]:
    """Draw the classes of one bar on each other, the first at the bottom."""
    y, scale = float(PLOT_BOTTOM), (PLOT_BOTTOM - PLOT_TOP) / most
    for place, rows in enumerate(bar.rows):
        height = rows * scale
        if height > 0:
            y -= height
            gap = min(1.0, width * 0.1)
            box = f'x="{x + gap / 2:.1f}" y="{y:.1f}" width="{width - gap:.1f}"'
            yield f'<rect class="c{place % CLASS_COUNT}" {box} height="{max(height, 0.6):.1f}"/>'


def _level_line(bars: Sequence[Bar], legend: Legend, width: float) -> Iterator[str]:
    points = [
        ((place + 0.5) * width, PLOT_BOTTOM - _height(bar.level, legend) * (PLOT_BOTTOM - PLOT_TOP))
        for place, bar in enumerate(bars)
        if bar.level is not None
    ]
    if points:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        yield f'<polyline class="level" points="{path}"/>'
        for x, y in points:
            yield f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="2"/>'


def _categories(histogram: Histogram, legend: Legend, name: str) -> str:
    total = sum(sum(bar.rows) for bar in histogram.bars) or 1.0
    room, parts = WIDTH - LABEL_WIDTH - COUNT_WIDTH, []
    for place, bar in enumerate(histogram.bars):
        y = place * ROW_HEIGHT + 3
        parts.append(_text(LABEL_WIDTH - 6, y + 10.5, _fitted(bar.label), anchor="end"))
        x, scale = float(LABEL_WIDTH), room / (histogram.most or 1.0)
        for position, rows in enumerate(bar.rows):
            length = rows * scale
            if length > 0:
                box = f'x="{x:.1f}" y="{y}" width="{max(length, 0.6):.1f}" height="{BAR_HEIGHT}"'
                parts.append(f'<rect class="c{position % CLASS_COUNT}" {box}/>')
                x += length
        share = f"{sum(bar.rows) / total:.1%}"
        parts.append(_text(WIDTH, y + 10.5, share, anchor="end"))
        parts += _level_mark(bar, legend, y, room)
    return _svg(parts, len(histogram.bars) * ROW_HEIGHT + 4, described(histogram, name))


def _level_mark(bar: Bar, legend: Legend, y: float, room: float) -> Iterator[str]:
    if bar.level is not None:
        x = LABEL_WIDTH + _height(bar.level, legend) * room
        yield f'<circle class="dot" cx="{x:.1f}" cy="{y + BAR_HEIGHT / 2}" r="3.2"/>'


def _height(level: float, legend: Legend) -> float:
    """Return how far a level lies between the ends, 0 to 1; what is beyond them lies at them."""
    low, high = legend.level_ends
    return min(1.0, max(0.0, (level - low) / ((high - low) or 1.0)))


def _fitted(label: str) -> str:
    most = 17
    return label if len(label) <= most else label[: most - 1] + "…"


def _tick(value: float, kind: str) -> str:
    if kind == "epoch":
        return _date(value)
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"  # noqa: PLR2004 - five digits


def _date(seconds: float) -> str:
    """Return the day of seconds since 1970 in the proleptic Gregorian calendar, at any distance."""
    days = int(seconds // _DAY) + 719_468
    era, day = divmod(days, 146_097)
    year = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    date = day - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9  # noqa: PLR2004 - the year starts in March here
    year += era * 400 + (month <= 2)  # noqa: PLR2004 - January and February belong to the next one
    return f"{year:04d}-{month:02d}-{date:02d}"


def _text(x: float, y: float, text: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _line(name: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    ends = f'x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}"'
    return f'<line class="{name}" {ends}/>'


def _svg(parts: Sequence[str], height: float, text: str) -> str:
    box = f'viewBox="0 0 {WIDTH} {height:g}"'
    label = escape(text, quote=True)
    return f'<svg class="histogram" role="img" aria-label="{label}" {box}>{"".join(parts)}</svg>'
