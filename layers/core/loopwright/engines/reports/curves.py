"""The learning curve as SVG: measured scores, where they lead, and what is asked for."""

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape

from loopwright.domain.data_page import Curve
from loopwright.domain.learning_curve import CurvePoint

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 62, 18, 26, 46
TICKS = 5
LABEL = 62
Place = Callable[[float], float]


def curve_svg(curve: Curve) -> str:
    """Return the curve as an SVG element; rows to learn from grow by powers along it."""
    every = (*curve.points, *curve.outlook)
    limits = [one for one in (curve.goal, curve.ceiling) if one is not None]
    ends = [end for one in every for end in (one.low, one.high)]
    x = _scale([math.log10(one.rows) for one in every], LEFT, WIDTH - RIGHT)
    y = _scale([*(one.score for one in every), *limits, *ends], HEIGHT - BOTTOM, TOP)
    parts = [*_axes(curve, every, x, y), *_outlook(curve, x, y)]
    for name, value in (("goal", curve.goal), ("ceiling", curve.ceiling)):
        if value is not None:
            parts += _limit(name, value, y)
    parts += _measured(curve, x, y)
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}"'
    label = escape(described(curve), quote=True)
    return f'<svg class="curve" role="img" aria-label="{label}" {box}>{"".join(parts)}</svg>'


def described(curve: Curve) -> str:
    """Return what the curve shows, in words."""
    points = ", ".join(f"{one.score:.3f} with {one.rows:,} rows" for one in curve.points)
    text = f"Learning curve: {curve.metric} {points}."
    if curve.outlook:
        last = curve.outlook[-1]
        text += f" It leads to {last.score:.3f} with {last.rows:,} rows,"
        text += f" between {last.low:.3f} and {last.high:.3f}."
    if curve.goal is not None:
        text += f" Asked for: {curve.goal:.3f}."
    return text


def _scale(values: Sequence[float], start: float, stop: float) -> Place:
    low, high = min(values), max(values)
    reach = (high - low) or 1.0
    return lambda value: start + (value - low) / reach * (stop - start)


def _axes(curve: Curve, every: Sequence[CurvePoint], x: Place, y: Place) -> Iterator[str]:
    values = [end for one in every for end in (one.low, one.high)]
    values += [one for one in (curve.goal, curve.ceiling) if one is not None]
    low, high = min(values), max(values)
    for place in range(TICKS):
        value = low + (high - low) * place / (TICKS - 1)
        yield _line("grid", (LEFT, y(value)), (WIDTH - RIGHT, y(value)))
        yield _text(LEFT - 8, y(value) + 4, f"{value:.3f}", anchor="end")
    shown: list[float] = []
    for one in (every[-1], *every):
        at = x(math.log10(one.rows))
        if all(abs(at - other) > LABEL for other in shown):
            shown.append(at)
            anchor = "end" if at > WIDTH - RIGHT - LABEL / 2 else "middle"
            yield _text(at, HEIGHT - BOTTOM + 18, f"{one.rows:,}", anchor=anchor)
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield _text(middle, HEIGHT - 8, "labelled rows to learn from", anchor="middle")
    yield _text(LEFT, TOP - 6, curve.metric)


def _measured(curve: Curve, x: Place, y: Place) -> Iterator[str]:
    points = [(x(math.log10(one.rows)), one) for one in curve.points]
    path = " ".join(f"{at:.1f},{y(one.score):.1f}" for at, one in points)
    yield f'<polyline class="measured" points="{path}"/>'
    for at, one in points:
        yield _line("bounds", (at, y(one.low)), (at, y(one.high)))
        yield f'<circle class="value" cx="{at:.1f}" cy="{y(one.score):.1f}" r="4"/>'


def _outlook(curve: Curve, x: Place, y: Place) -> Iterator[str]:
    if not curve.outlook:
        return
    points = [(x(math.log10(one.rows)), one) for one in curve.outlook]
    above = [f"{at:.1f},{y(one.high):.1f}" for at, one in points]
    below = [f"{at:.1f},{y(one.low):.1f}" for at, one in reversed(points)]
    yield f'<polygon class="band" points="{" ".join(above + below)}"/>'
    path = " ".join(f"{at:.1f},{y(one.score):.1f}" for at, one in points)
    yield f'<polyline class="outlook" points="{path}"/>'


def _limit(name: str, value: float, y: Place) -> Iterator[str]:
    words = {"goal": "asked for", "ceiling": "ceiling"}[name]
    yield _line(name, (LEFT, y(value)), (WIDTH - RIGHT, y(value)))
    yield _text(LEFT + 6, y(value) - 5, f"{words} {value:.3f}")


def _text(x: float, y: float, text: str, *, anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f"<text {place}>{escape(text)}</text>"


def _line(name: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    ends = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
    return f'<line class="{name}" {ends}/>'
