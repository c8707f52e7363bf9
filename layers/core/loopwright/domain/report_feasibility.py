"""What a report says of the feasibility gate: the answer, the learners, the learning curve."""

import math
from collections.abc import Iterator

from loopwright.domain.feasibility_report import FeasibilityReport
from loopwright.domain.learning_curve import CurvePoint, Estimate, LearningCurve
from loopwright.domain.report import Chart, Section, Series, Table
from loopwright.domain.report_text import DASH, bound, interval, number, share, span, words

MOST_FINDINGS = 60


def feasibility_section(document: bytes) -> Section:
    """Show the answer, the learners against dummy and luck, and the learning curve."""
    found = FeasibilityReport.model_validate_json(document)
    return Section(
        title="Feasibility: can the question be answered?",
        verdict=found.verdict,
        reasons=found.reasons,
        text=(found.answer, _how(found)),
        tables=tuple(_tables(found)),
        charts=tuple(_charts(found)),
    )


def _how(found: FeasibilityReport) -> str:
    text = f"{found.sampled_rows:,} sampled rows with an outcome, {found.unlabelled_rows:,} without"
    if found.method:
        text += f". Method: {found.method}"
    if found.splitting is not None:
        text += f". Rows are parted by {words(found.splitting.kind)}"
        text += f" ({found.splitting.note})" if found.splitting.note else ""
    if found.left_out:
        text += f". For want of time without {', '.join(found.left_out)}"
    return f"{text}. It took {found.seconds:g} s and about {found.cost_cents:g} cents."


def _tables(found: FeasibilityReport) -> Iterator[Table]:
    if found.gain is not None:
        gain = next(one for one in found.findings if one.measure == "gain_over_dummy")
        row = (number(found.score), number(found.dummy_score), interval(gain))
        yield Table(
            title=f"Gain over a dummy by {words(found.metric)}",
            columns=("learner", "dummy", "gain [interval]", "margin", "grade"),
            rows=((*row, bound(found.margin), gain.grade),),
            spans=(span(gain, found.margin),),
        )
        yield _scores(found)
    if found.curve is not None:
        yield _law(found, found.curve)
    yield from _findings(found)
    if found.classes:
        rows = tuple(
            (name, number(rows), share(rows / found.sampled_rows))
            for name, rows in sorted(found.classes.items())
        )
        yield Table(title="Outcomes", columns=("class", "rows", "share"), rows=rows)


def _scores(found: FeasibilityReport) -> Table:
    lines = [(words(one.name), _score(one.score, one.low, one.high)) for one in found.learners]
    if found.single_feature is not None:
        column = found.single_feature
        lines.append((f"the column {column.column} alone", number(column.score)))
    if found.permuted is not None:
        lines.append(("of shuffled outcomes", number(found.permuted.score)))
    lines.append(("dummy", number(found.dummy_score)))
    return Table(title="Scores", columns=("learner", words(found.metric)), rows=tuple(lines))


def _law(found: FeasibilityReport, curve: LearningCurve) -> Table:
    rows = [
        (f"with {point.rows:,} labelled training rows", _score(point.score, point.low, point.high))
        for point in curve.outlook
    ]
    rows.append(("ceiling", interval(curve.ceiling)))
    if found.noise_ceiling is not None and found.noise_ceiling.value is not None:
        rows.append(("bound by contradictory rows", number(found.noise_ceiling.value)))
    if found.target_score is not None:
        rows.append(("target", bound(found.target_score)))
    needed = {"rows needed in all": found.rows_needed, "more rows to upload": found.more_rows}
    rows += [(name, _count(count)) for name, count in needed.items() if count is not None]
    return Table(title="What the learning curve foretells", columns=("", "value"), rows=tuple(rows))


def _score(value: float, low: float, high: float) -> str:
    return f"{number(value)} [{number(low)}, {number(high)}]"


def _count(needed: Estimate) -> str:
    value, low, high = (
        DASH if end is None else f"{end:,.0f}" for end in (needed.value, needed.low, needed.high)
    )
    return f"{value} [{low}, {high}]"


def _findings(found: FeasibilityReport) -> Iterator[Table]:
    others = [one for one in found.findings if one.measure != "gain_over_dummy"]
    if others:
        yield Table(
            title="Findings",
            columns=("of", "measure", "grade", "value [interval]", "limit", "what it says"),
            rows=tuple(
                (
                    one.subject,
                    words(one.measure),
                    one.grade,
                    interval(one),
                    bound(one.limit),
                    one.message,
                )
                for one in others[:MOST_FINDINGS]
            ),
        )


def _charts(found: FeasibilityReport) -> Iterator[Chart]:
    if found.curve is not None:
        yield _curve_chart(found, found.curve)
    if found.folds:
        yield Chart(
            kind="bars",
            title="The learner and the dummy, fold by fold",
            x_title="fold",
            y_title=words(found.metric),
            labels=tuple(str(place) for place in range(1, len(found.folds) + 1)),
            series=(
                Series(name="learner", values=tuple(fold.score for fold in found.folds)),
                Series(name="dummy", values=tuple(fold.dummy_score for fold in found.folds)),
            ),
        )


def _curve_chart(found: FeasibilityReport, curve: LearningCurve) -> Chart:
    """Draw what was measured and what is foretold over the logarithm of the rows."""
    lines = [_line("measured", curve.points)]
    if found.target_score is not None:
        ends = (curve.points[0], curve.outlook[-1])
        at = tuple(math.log10(point.rows) for point in ends)
        lines.append(Series(name="target", values=(found.target_score,) * 2, at=at))
    return Chart(
        kind="lines",
        title="Learning curve",
        x_title="labelled rows to learn from, as a power of ten",
        y_title=words(found.metric),
        series=(*lines, _line("foretold", curve.outlook)),
        reference=True,
    )


def _line(name: str, points: tuple[CurvePoint, ...]) -> Series:
    return Series(
        name=name,
        values=tuple(point.score for point in points),
        at=tuple(math.log10(point.rows) for point in points),
    )
