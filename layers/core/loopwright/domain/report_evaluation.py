"""What a report says of the evaluation: candidate, champion and dummy on the sealed rows."""

from collections.abc import Iterator, Mapping

from loopwright.domain.evaluation import Evaluation, Scorecard
from loopwright.domain.metrics import Gain, MetricValue
from loopwright.domain.report import Figure, Section, Table
from loopwright.domain.report_charts import evaluation_charts
from loopwright.domain.report_text import interval, number, span, words
from loopwright.domain.slices import Slice

MOST_ROWS = 60


def evaluation_section(document: bytes) -> Section:
    """Show candidate, champion and dummy on the sealed rows."""
    found = Evaluation.model_validate_json(document)
    cards = {"candidate": found.candidate}
    if found.champion is not None:
        cards["champion"] = found.champion
    text = [f"{found.rows:,} sealed rows that no training ever saw, judged by {found.metric}."]
    if found.unlabelled_rows:
        text.append(f"{found.unlabelled_rows:,} more sealed rows have no outcome and are left out.")
    text.append(_uses(found))
    if found.incomparable:
        text.append(f"The champion could not be scored on these rows: {found.incomparable}.")
    return Section(
        title="Evaluation on the sealed holdout",
        text=tuple(text),
        tables=tuple(_evaluation_tables(found, cards)),
        charts=tuple(evaluation_charts(cards)),
        figures=tuple(_figures(found, cards)),
    )


def _uses(found: Evaluation) -> str:
    told = f"These rows have judged {found.holdout_uses} of the project's models, this one included"
    if found.champion is None:
        return f"{told}."
    return f"{told}, {found.challenges} of them against this champion."


def _figures(found: Evaluation, cards: Mapping[str, Scorecard]) -> Iterator[Figure]:
    measured = {name: card.metrics for name, card in cards.items()} | {"dummy": found.dummy}
    for name, metrics in measured.items():
        metric = next(one for one in metrics if one.name == found.metric)
        bounds = interval(metric).partition(" ")[2]
        title = f"{words(found.metric)} of the {name}"
        yield Figure(name=title, value=number(metric.value), note=bounds)
    yield Figure(name="sealed rows", value=number(found.rows), note="never seen in training")


def _evaluation_tables(found: Evaluation, cards: Mapping[str, Scorecard]) -> Iterator[Table]:
    yield _metrics(found, cards)
    gains = {"champion": found.gains_over_champion, "dummy": found.gains_over_dummy}
    for rival, values in gains.items():
        if values:
            title = f"Gain over the {rival}: above zero is better"
            yield _gains(title, values, one_scale=found.task != "regression")
    if found.group_losses:
        shown = found.group_losses[:MOST_ROWS]
        yield Table(
            title="Loss of each group against the champion: above zero is worse",
            columns=("group", "measure", "rows", "loss [interval]"),
            rows=tuple(
                (
                    f"{one.attribute}={one.group}",
                    words(one.measure),
                    number(one.rows),
                    interval(one),
                )
                for one in shown
            ),
            spans=tuple(span(one, 0.0) for one in shown),
        )
    yield from _slices(found)
    for name, card in cards.items():
        yield from _classes(name, card)
        yield from _confusion(found, name, card)


def _slices(found: Evaluation) -> Iterator[Table]:
    """Show the rows that the model answers worst, as the half that was not searched sees them."""
    error = "absolute error" if found.task == "regression" else "share of wrong answers"
    titles = {
        f"Where the candidate is weakest: {error}, and its excess over all other rows": (
            found.weak_slices
        ),
        "Where the candidate loses most against the champion: above zero is worse": (
            found.lost_slices
        ),
    }
    for title, search in titles.items():
        if search.found:
            yield Table(
                title=f"{title} ({search.looked_at:,} slices looked at)",
                columns=("rows where", "rows", "mean", "difference [interval]", "p, corrected"),
                rows=tuple(_slice(one) for one in search.found),
                spans=tuple(span(one, 0.0) for one in search.found),
            )


def _slice(one: Slice) -> tuple[str, ...]:
    where = " and ".join(one.conditions)
    return (where, number(one.rows), number(one.mean), interval(one), f"{one.p_value:.2g}")


def _metrics(found: Evaluation, cards: Mapping[str, Scorecard]) -> Table:
    measured: dict[str, tuple[MetricValue, ...]] = {n: card.metrics for n, card in cards.items()}
    columns = measured | {"dummy": found.dummy}
    by_name = {name: {m.name: m for m in metrics} for name, metrics in columns.items()}
    names = [(metric.name, metric.higher_is_better) for metric in found.candidate.metrics]
    rows = (
        (
            words(name),
            "higher" if higher else "lower",
            *(interval(metrics[name]) for metrics in by_name.values()),
        )
        for name, higher in names
    )
    return Table(title="Metrics", columns=("metric", "better", *by_name), rows=tuple(rows))


def _gains(title: str, gains: tuple[Gain, ...], *, one_scale: bool) -> Table:
    """Draw the gains of a classification; those of a regression have different units."""
    return Table(
        title=title,
        columns=("metric", "gain [interval]"),
        rows=tuple((words(one.metric), interval(one)) for one in gains),
        spans=tuple(span(one, 0.0) for one in gains) if one_scale else (),
    )


def _classes(name: str, card: Scorecard) -> Iterator[Table]:
    if card.classes:
        measures = [words(metric.name) for metric in card.classes[0].metrics]
        yield Table(
            title=f"Each class against all others, {name}",
            columns=("class", "rows", *measures),
            rows=tuple(
                (str(one.value), number(one.rows), *map(interval, one.metrics))
                for one in card.classes
            ),
        )


def _confusion(found: Evaluation, name: str, card: Scorecard) -> Iterator[Table]:
    if card.charts.confusion:
        classes = tuple(str(value) for value in found.classes)
        rows = zip(classes, card.charts.confusion, strict=True)
        yield Table(
            title=f"Outcomes and answers of the {name}",
            columns=("outcome", *(f"answered {value}" for value in classes)),
            rows=tuple((value, *map(number, counts)) for value, counts in rows),
        )
