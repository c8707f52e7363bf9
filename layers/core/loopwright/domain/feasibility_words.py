"""The answer of the feasibility gate in words."""

from loopwright.domain.feasibility_report import FeasibilityReport
from loopwright.domain.gate import Verdict
from loopwright.domain.learning_curve import CurvePoint, LearningCurve

_OPENINGS: dict[Verdict, str] = {
    "pass": "Yes",
    "reject": "No",
    "insufficient_data": "Not with these rows",
}


def answer(found: FeasibilityReport) -> str:
    """Say whether the question can be answered, why, and what more rows would bring."""
    why = "; ".join(reason.message for reason in found.reasons)
    said = f"{_OPENINGS[found.verdict]}: {why}."
    return said if found.curve is None else f"{said} {_outlook(found, found.curve)}"


def _outlook(found: FeasibilityReport, curve: LearningCurve) -> str:
    here = min(curve.outlook, key=lambda point: abs(point.rows - found.labelled_rows))
    ahead, ceiling = curve.outlook[-1], curve.ceiling
    return (
        f"By the learning curve {found.metric} is {_at(here)} with {here.rows:,} labelled training"
        f" rows and {_at(ahead)} with {ahead.rows:,}; its ceiling is about {ceiling.value:.3f}"
        f" ({ceiling.low:.3f} to {ceiling.high:.3f})."
    )


def _at(point: CurvePoint) -> str:
    return f"{point.score:.3f} ({point.low:.3f} to {point.high:.3f})"
