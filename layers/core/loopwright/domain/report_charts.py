"""The charts of a report, from the tables that an evaluation keeps."""

from collections.abc import Iterator, Mapping

from loopwright.domain.evaluation import Scorecard
from loopwright.domain.evaluation_charts import ScoreHistogram
from loopwright.domain.report import Chart, Series

Points = tuple[tuple[float, float], ...]


def evaluation_charts(cards: Mapping[str, Scorecard]) -> Iterator[Chart]:
    """Yield the charts that fit the task, for the candidate and the champion in one picture."""
    roc = {
        name: tuple((p.false_positive_rate, p.true_positive_rate) for p in card.charts.roc)
        for name, card in cards.items()
    }
    calibration = {
        name: tuple((b.mean_probability, b.observed_share) for b in card.charts.calibration)
        for name, card in cards.items()
    }
    predicted = {
        name: tuple((b.mean_predicted, b.mean_actual) for b in card.charts.predicted)
        for name, card in cards.items()
    }
    yield from _lines("ROC", ("false positive rate", "true positive rate"), roc, "chance")
    axes = ("promised probability", "observed share")
    yield from _lines("Calibration", axes, calibration, "exact")
    axes = ("mean predicted", "mean actual")
    yield from _lines("Predicted and actual, by tenths of the rows", axes, predicted, "exact")
    scores = cards["candidate"].charts.scores
    if scores is not None:
        yield _scores(scores)


def _lines(
    title: str, axes: tuple[str, str], lines: Mapping[str, Points], diagonal: str
) -> Iterator[Chart]:
    drawn = {name: points for name, points in lines.items() if points}
    if not drawn:
        return
    numbers = [number for points in drawn.values() for point in points for number in point]
    ends = (min(numbers), max(numbers))
    series = tuple(
        Series(name=name, at=tuple(x for x, _ in points), values=tuple(y for _, y in points))
        for name, points in drawn.items()
    )
    yield Chart(
        kind="lines",
        title=title,
        x_title=axes[0],
        y_title=axes[1],
        series=(*series, Series(name=diagonal, at=ends, values=ends)),
        reference=True,
    )


def _scores(scores: ScoreHistogram) -> Chart:
    bins = len(scores.positives)
    return Chart(
        kind="stacked",
        title="The candidate's probabilities of the favourable outcome",
        x_title="probability",
        y_title="rows",
        labels=tuple(f"{place / bins:.2f}" for place in range(bins)),
        series=(
            Series(name="favourable", values=tuple(map(float, scores.positives))),
            Series(name="other", values=tuple(map(float, scores.negatives))),
        ),
    )
