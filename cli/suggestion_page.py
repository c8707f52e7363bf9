"""Suggested datasets as a person sees them."""

from cli.output import age, console, print_table
from loopwright.domain.learning_curve import Estimate
from loopwright.domain.report_text import share, words
from loopwright.domain.suggestion import Suggestion, Suggestions

COLUMNS = ("project", "answer", "gain", "keys found", "rows covered", "newest row", "why")


def print_suggestions(found: Suggestions) -> None:
    """Print the datasets, the best first, with what to know of each."""
    title = f"Data that may add to {found.target!r} of {found.project}, joined by {found.key!r}"
    rows = [
        (
            one.project,
            words(one.answer),
            _interval(one.gain, "+.3f"),
            _interval(one.found, ".0%"),
            None if one.covered is None else share(one.covered),
            age(one.age_days),
            why(one),
        )
        for one in found.found
    ]
    print_table(title, COLUMNS, rows)
    console.print(
        f"Without them a simple learner scores {found.metric} {found.score:.3f} on {found.rows:,} "
        "sampled rows; the gain is over that, on the same folds, with a 95 % interval. Sealed rows "
        "of neither side were read, so that keys among them count as not found.",
        highlight=False,
    )


def why(one: Suggestion) -> str:
    """Say how a dataset was joined, and what of it was left out or why it was not."""
    if one.note:
        return one.note
    how = "as known at the time of each row" if one.in_time else "one row for each key"
    told = f"{len(one.columns)} columns by {one.key!r}, {how}"
    if one.leaking:
        told += f"; left out, for they tell the target too well: {', '.join(one.leaking)}"
    return told


def _interval(found: Estimate, form: str) -> str | None:
    if found.value is None or found.low is None or found.high is None:
        return None
    return f"{found.value:{form}} ({found.low:{form}} to {found.high:{form}})"
