"""Draw what a data page shows: each column's histogram and the learning curve."""

from markupsafe import Markup

from loopwright.domain.data_page import DataPage
from loopwright.engines.reports.curves import curve_svg
from loopwright.engines.reports.histograms import histogram_svg


def drawings(page: DataPage) -> list[Markup]:
    """Return the histogram of each card, empty where there is no value."""
    return [
        Markup(histogram_svg(card.histogram, page.legend, card.name))  # noqa: S704 - texts are escaped there
        for card in page.cards
    ]


def learning_curve(page: DataPage) -> Markup | None:
    """Return the learning curve, where the answer has one."""
    curve = page.answer.curve if page.answer else None
    return None if curve is None else Markup(curve_svg(curve))  # noqa: S704 - texts are escaped there


def anchors(page: DataPage) -> dict[str, str]:
    """Return where on the page each column has its card."""
    return {card.name: f"column-{place}" for place, card in enumerate(page.cards, start=1)}
