"""A table's numbers with their intervals, each drawn in its row on one scale."""

from collections.abc import Sequence

from loopwright.domain.report import Span

WIDTH, HEIGHT, MARGIN = 220, 18, 6
MIDDLE = HEIGHT / 2
BEYOND = 1.5


def span_svgs(spans: Sequence[Span | None]) -> list[str]:
    """Return one SVG element per row, empty for None.

    The scale holds every value and limit. An interval may reach beyond it by as much again as the
    values spread, so that one small group does not squash the others; what is cut ends in an arrow.
    """
    found = [span for span in spans if span is not None]
    if not found:
        return ["" for _ in spans]
    low, high = _scale(found)
    return ["" if span is None else _svg(span, low, high) for span in spans]


def _scale(spans: Sequence[Span]) -> tuple[float, float]:
    points = [point for span in spans for point in (span.value, *span.limits)]
    ends = [end for span in spans for end in (span.low, span.high) if end is not None]
    first, last = min(points), max(points)
    reach = BEYOND * (last - first) or max(abs(end - first) for end in (*ends, first)) or 1.0
    low = max(min((*points, *ends)), first - reach)
    high = min(max((*points, *ends)), last + reach)
    return (low, high) if high > low else (low - reach, high + reach)


def _svg(span: Span, low: float, high: float) -> str:
    def at(value: float) -> float:
        place = (value - low) / (high - low)
        return round(MARGIN + min(1.0, max(0.0, place)) * (WIDTH - 2 * MARGIN), 1)

    parts = [f'<circle class="value" cx="{at(span.value)}" cy="{MIDDLE}" r="3.5"/>']
    if span.low is not None or span.high is not None:
        left = low if span.low is None else span.low
        right = high if span.high is None else span.high
        parts.append(_line("bounds", (at(left), MIDDLE), (at(right), MIDDLE)))
        parts.append(_end(at(left), -1, cut=span.low is None or left < low))
        parts.append(_end(at(right), 1, cut=span.high is None or right > high))
    parts += [_line("limit", (at(limit), 1), (at(limit), HEIGHT - 1)) for limit in span.limits]
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return f'<svg class="span" aria-hidden="true" {box}>{"".join(reversed(parts))}</svg>'


def _line(name: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    ends = f'x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}"'
    return f'<line class="{name}" {ends}/>'


def _end(x: float, direction: int, *, cut: bool) -> str:
    """Draw the end of an interval: a stop, or an arrow where the scale cuts it."""
    if not cut:
        return _line("bounds", (x, MIDDLE - 3), (x, MIDDLE + 3))
    tip, back = round(x + 5 * direction, 1), x
    points = f"{tip},{MIDDLE} {back},{MIDDLE - 4} {back},{MIDDLE + 4}"
    return f'<polygon class="arrow" points="{points}"/>'
