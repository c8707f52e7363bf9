"""What a card of a data page says of its column beside the histogram."""

from collections.abc import Iterator

from loopwright.domain.bin_labels import measured, short_value, summarise
from loopwright.domain.bins import MISSING, NumericBins
from loopwright.domain.profile import Profile
from loopwright.domain.profile_details import (
    ColumnDetails,
    NumberDetails,
    TextDetails,
    distinct_values,
    moments,
    top_values,
)
from loopwright.domain.report_text import share

MOST_SHOWN = 3
Facts = Iterator[tuple[str, str]]


def column_facts(name: str, profile: Profile) -> tuple[tuple[str, str], ...]:
    """Return what is missing, typical, extreme, common and distinct of a column, in words."""
    return tuple(_facts(name, profile))


def _facts(name: str, profile: Profile) -> Facts:
    bins, counts = profile.bins[name], profile.counts.columns[name]
    details = profile.details.get(name, ColumnDetails())
    found = summarise(name, bins, counts)
    present = counts.rows - counts.counts[MISSING]
    if counts.counts[MISSING]:
        yield "missing", f"{counts.counts[MISSING]:,} ({share(found.missing_share)})"
    if not present:
        return
    if isinstance(bins, NumericBins) and bins.measure == "value":
        yield "typical", found.typical
    if isinstance(bins, NumericBins) and details.numbers is not None:
        yield from _numbers(name, bins, details.numbers, profile)
    if details.texts is not None:
        yield from _texts(details.texts, present)
    elif isinstance(bins, NumericBins) and bins.measure == "length":
        yield "characters", found.typical
    distinct = distinct_values(bins, counts, details)
    if distinct is not None:
        about = "" if distinct.exact else "about "
        yield "distinct", f"{about}{min(distinct.values, present):,}"


def _numbers(name: str, bins: NumericBins, numbers: NumberDetails, profile: Profile) -> Facts:
    if bins.measure == "length" or numbers.least is None or numbers.greatest is None:
        return
    counts = profile.counts.columns[name]
    found = moments(bins, counts, numbers)
    if found is not None and bins.measure == "value":
        yield "mean, deviation", f"{found.mean:.4g}, {found.deviation:.4g}"
    yield "range", f"{measured(bins, numbers.least)} to {measured(bins, numbers.greatest)}"
    present = counts.rows - counts.counts[MISSING]
    common = top_values(bins, counts, ColumnDetails(numbers=numbers))[:MOST_SHOWN]
    if common:
        told = (f"{measured(bins, float(one))} ({share(rows / present)})" for one, rows in common)
        yield "commonest", ", ".join(told)


def _texts(texts: TextDetails, present: int) -> Facts:
    mean = texts.characters / present
    yield "characters", f"{texts.shortest:,} to {texts.longest:,}, {mean:.1f} on average"
    forms = sorted(texts.forms.items(), key=lambda one: (-one[1], one[0]))[:MOST_SHOWN]
    if forms:
        told = (f"{short_value(form)} ({share(rows / present)})" for form, rows in forms)
        yield "looks like", ", ".join(told)
