"""What a report says of the candidate: its training, decision and promotion."""

import json
from collections.abc import Iterator

from loopwright.domain.metrics import Gain
from loopwright.domain.package import Card, Tried
from loopwright.domain.promotion import Decision
from loopwright.domain.promotion_checks import Check
from loopwright.domain.report import Section, Table
from loopwright.domain.report_text import bound, interval, number, short, words
from loopwright.domain.run import Champion
from loopwright.domain.search_space import Parameters

IMPORTED = (
    "This model was imported: if it was fitted on rows that are sealed here, every figure below "
    "flatters it. Only who made it knows."
)
_RESULTS = {True: "passed", False: "failed", None: "a person decides"}


def training_section(document: bytes) -> Section:
    """Show what was fitted on what, and how far the exported model is from the estimator."""
    card = Card.model_validate(json.loads(document)["card"])
    return Section(
        title="Training",
        text=(
            f"{card.estimator}, by the {card.trained_by}, fitted on {card.fitted_on}.",
            f"{card.training_rows:,} training rows, {card.validation_rows:,} of them to choose by.",
            *([IMPORTED] if card.trained_by == "import" else []),
            f"Features: {', '.join(card.features)}.",
        ),
        tables=tuple(_training_tables(card)),
    )


def _training_tables(card: Card) -> Iterator[Table]:
    if card.tried:
        yield Table(
            title="What was tried: the simplest that the best is not certainly ahead of was taken",
            columns=("estimator", "settings", "metric", "value", "the best is ahead by"),
            rows=tuple(_tried(one) for one in card.tried),
        )
    if card.searched:
        yield Table(
            title="Settings that were searched, on rows that judge nothing else",
            columns=("estimator", "settings", "value"),
            rows=tuple(
                (one.name, settings(one.parameters), number(one.value)) for one in card.searched
            ),
        )
    rows_of = tuple((words(name), number(value)) for name, value in sorted(card.metrics.items()))
    yield Table(title="On validation rows", columns=("metric", "value"), rows=rows_of)
    if card.parity.scenarios:
        yield _parity_table(card)
    versions = tuple(sorted(card.libraries.items()))
    yield Table(title="Libraries", columns=("library", "version"), rows=versions)


def _parity_table(card: Card) -> Table:
    return Table(
        title="The exported model against the estimator",
        columns=("rows like", "rows", "largest difference", "allowed", "note"),
        rows=tuple(
            (
                words(one.name),
                number(one.rows),
                f"{one.max_difference:.2g}",
                f"{card.parity.tolerance:g}",
                one.note,
            )
            for one in card.parity.scenarios
        ),
    )


def _tried(one: Tried) -> tuple[str, ...]:
    ahead = Gain(metric=one.metric, value=one.behind, low=one.behind_low, high=one.behind_high)
    told = (words(one.metric), number(one.value), interval(ahead))
    return (one.name, settings(one.parameters), *told)


def settings(parameters: Parameters) -> str:
    """Return the settings of a design as text."""
    told = (f"{words(name)} {value:.4g}" for name, value in sorted(parameters.items()))
    return ", ".join(told) or "the usual ones"


def decision_section(document: bytes) -> Section:
    """Show each check's number against its limit, and what they came to."""
    found = Decision.model_validate_json(document)
    champion = f"the champion {short(found.champion)}" if found.champion else "no champion"
    return Section(
        title="Decision",
        verdict=found.outcome,
        text=(f"Candidate {short(found.model)} against {champion}, by {words(found.metric)}.",),
        tables=(
            Table(
                columns=("check", "value [interval]", "limit", "result", "what it says"),
                rows=tuple(_check(one) for one in found.checks),
            ),
        ),
    )


def _check(one: Check) -> tuple[str, ...]:
    name = f"{words(one.code)}: {one.subject}" if one.subject else words(one.code)
    return (name, interval(one), bound(one.limit), _RESULTS[one.passed], one.message)


def promotion_section(document: bytes) -> Section:
    """Show who made the candidate the champion, when and why."""
    pointer = dict(json.loads(document))
    outcome = pointer.pop("outcome")
    found = Champion.model_validate(pointer)
    instead = f" instead of {short(found.previous)}" if found.previous else ", the first champion"
    return Section(
        title="Promotion",
        verdict=outcome,
        text=(
            f"{short(found.model)} answers since {found.at}{instead}.",
            "Its probe, a stored row sent through the public path, was answered as it should be.",
            f"By {found.actor}. {found.reason}".strip(),
        ),
    )
