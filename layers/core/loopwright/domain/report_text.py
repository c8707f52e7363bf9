"""How numbers and names are written in a report."""

from typing import Any, Protocol

from loopwright.domain.report import Span

DASH = "-"
_SHORT = 12
_DIGITS = 4
_SMALL, _LARGE = 1e-3, 1e5


class Bounded(Protocol):
    """A number with an interval, where there is one."""

    @property
    def value(self) -> float | None:
        """The number."""
        ...

    @property
    def low(self) -> float | None:
        """The low end of its interval."""
        ...

    @property
    def high(self) -> float | None:
        """The high end of its interval."""
        ...


def number(value: Any) -> str:
    """Write a number with four significant digits after the point, a dash for none."""
    if value is None:
        return DASH
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    if value == 0:
        return "0"
    if not _SMALL <= abs(value) < _LARGE:
        return f"{value:.3g}"
    return f"{value:.1f}" if abs(value) >= 1_000 else f"{value:.{_DIGITS}f}"  # noqa: PLR2004 - a thousand


def bound(limit: float | None) -> str:
    """Write a limit as it was set, a dash for none."""
    return DASH if limit is None else f"{limit:g}"


def interval(found: Bounded) -> str:
    """Write a number and its interval: `0.8120 [0.7710, 0.8530]`; an open end is a dash.

    Without an interval, or with one of no width, it is the number alone.
    """
    if found.value is None or found.low == found.high:
        return number(found.value)
    return f"{number(found.value)} [{number(found.low)}, {number(found.high)}]"


def span(found: Bounded, *limits: float | None) -> Span | None:
    """Return what is drawn of a number, or None where there is none."""
    if found.value is None:
        return None
    known = tuple(limit for limit in limits if limit is not None)
    return Span(value=found.value, low=found.low, high=found.high, limits=known)


def share(value: float) -> str:
    """Write a share as a percentage."""
    return f"{value:.1%}"


def words(name: str) -> str:
    """Write an identifier as words."""
    return name.replace("_", " ")


def short(digest: str | None) -> str:
    """Shorten a digest; the report gives it in full at its end."""
    return DASH if digest is None else digest[:_SHORT]
