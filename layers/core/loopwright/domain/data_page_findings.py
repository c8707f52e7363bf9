"""The findings of a validation as the data page tells them."""

from loopwright.domain.data_page import ExampleTable, PageFinding
from loopwright.domain.facts import Example
from loopwright.domain.findings import DataFinding
from loopwright.domain.gate import Reason
from loopwright.domain.report_text import words
from loopwright.domain.validation import Validation

SMALLEST_SHARE = 0.0001


def page_findings(validation: Validation) -> tuple[PageFinding, ...]:
    """Return the findings, the gravest first; reasons that are no finding of rows come before."""
    told = {one.reason.message for one in validation.findings}
    others = (_reason(one) for one in validation.reasons if one.message not in told)
    return (*others, *map(_finding, validation.findings))


def _reason(found: Reason) -> PageFinding:
    return PageFinding(
        severity="violation",
        title=words(found.code),
        column=found.subject,
        message=found.message,
        advice=found.advice,
    )


def _finding(found: DataFinding) -> PageFinding:
    return PageFinding(
        severity=found.severity,
        title=words(found.code),
        column=found.column,
        message=found.message,
        share=_share(found.count, found.share),
        advice=found.advice,
        accepted=found.accepted,
        examples=_examples(found.examples),
    )


def _share(count: int, share: float) -> str:
    if not count:
        return ""
    rows = f"{count:,} row{'' if count == 1 else 's'}"
    return f"{rows}, under 0.01%" if share < SMALLEST_SHARE else f"{rows}, {share:.2%}"


def _examples(examples: tuple[Example, ...]) -> ExampleTable | None:
    if not examples:
        return None
    rows = tuple(
        (one.value or "", one.key or "", "/".join(one.part.split("/")[-2:]), str(one.row))
        for one in examples
    )
    return ExampleTable(columns=("value", "key", "part", "row in it"), rows=rows)
