"""One finding about a dataset version, and what becomes of findings that a project accepts."""

from collections.abc import Iterable, Mapping
from typing import Literal

from loopwright.domain.crossing import is_sealed_part
from loopwright.domain.facts import Example
from loopwright.domain.gate import Reason
from loopwright.domain.record import Record

Severity = Literal["violation", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("violation", "warning", "note")


class DataFinding(Record):
    """What was found about a column (or a rule, or whole rows), in how many rows, and what to do.

    `column` is empty when the finding is about whole rows. `accepted` is the reason for which the
    project accepts the finding, which is a note then.
    """

    code: str
    column: str = ""
    severity: Severity
    count: int
    share: float
    message: str
    advice: str
    examples: tuple[Example, ...] = ()
    accepted: str = ""

    @property
    def id(self) -> str:
        """Return what a project names the finding by when it accepts it."""
        return f"{self.code}:{self.column or 'rows'}"

    @property
    def reason(self) -> Reason:
        """Return the finding as a reason of a verdict."""
        return Reason(
            code=self.code,
            subject=self.column,
            message=self.message,
            count=self.count,
            examples=tuple(shown(example) for example in self.examples),
            advice=self.advice,
        )


def finding(
    code: str,
    column: str,
    severity: Severity,
    *,
    count: int,
    rows: int,
    message: str,
    advice: str,
    examples: tuple[Example, ...] = (),
) -> DataFinding:
    """Return a finding in so many of all rows."""
    return DataFinding(
        code=code,
        column=column,
        severity=severity,
        count=count,
        share=count / rows if rows else 0.0,
        message=message,
        advice=advice,
        examples=examples,
    )


def shown(example: Example) -> str:
    """Return an example as text: its value, the key of its row, and where the row lies."""
    side = "holdout" if is_sealed_part(example.part) else "train"
    place = f"{side}/{example.part.rpartition('/')[2]} row {example.row}"
    key = "" if example.key in (None, example.value) else f"key {example.key}, "
    return f"{key}{place}" if example.value is None else f"{example.value} ({key}{place})"


def settle(findings: Iterable[DataFinding], accepted: Mapping[str, str]) -> tuple[DataFinding, ...]:
    """Return the findings, the gravest first; an accepted one is a note with the reason.

    What a project accepts and is not found is a note as well.
    """
    found = [
        one.model_copy(update={"severity": "note", "accepted": accepted[one.id]})
        if one.id in accepted
        else one
        for one in findings
    ]
    known = {one.id for one in found}
    found += [_needless(name) for name in accepted if name not in known]
    return tuple(
        sorted(found, key=lambda one: (SEVERITIES.index(one.severity), one.code, one.column))
    )


def _needless(name: str) -> DataFinding:
    return DataFinding(
        code="accepted_not_found",
        column=name,
        severity="note",
        count=0,
        share=0.0,
        message=f"project.yaml accepts {name!r}, which was not found",
        advice="Take it out of `accepted` in project.yaml, or mind its spelling.",
    )
