import pytest

from loopwright.domain.gate import Finding
from loopwright.domain.report import Span
from loopwright.domain.report_text import bound, interval, number, share, short, span, words


def finding(value: float | None, low: float | None = None, high: float | None = None) -> Finding:
    """Return a number with its interval."""
    return Finding(subject="s", grade="pass", measure="m", value=value, low=low, high=high)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0.0, "0"),
        (0.12345, "0.1235"),
        (-3.5, "-3.5000"),
        (0.00012345, "0.000123"),
        (2e-16, "2e-16"),
        (1234.56, "1234.6"),
        (1234567.0, "1.23e+06"),
        (1234567, "1,234,567"),
        ("as it is", "as it is"),
    ],
)
def test_a_number_is_written_with_four_decimals_or_three_digits(value: object, text: str) -> None:
    """Small and large numbers keep their digits."""
    assert number(value) == text


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (finding(0.5, 0.25, 0.75), "0.5000 [0.2500, 0.7500]"),
        (finding(0.5, 0.25, None), "0.5000 [0.2500, -]"),
        (finding(0.5), "0.5000"),
        (finding(0.5, 0.5, 0.5), "0.5000"),
        (finding(None, 0.1, 0.2), "-"),
    ],
)
def test_an_interval_stands_behind_its_number(found: Finding, text: str) -> None:
    """An open end is a dash; an interval of no width says nothing."""
    assert interval(found) == text


def test_a_drawing_holds_the_limits_that_there_are() -> None:
    """A number without a limit is drawn too; a missing number is not."""
    assert span(finding(0.5, 0.4), 0.2, None) == Span(value=0.5, low=0.4, limits=(0.2,))
    assert span(finding(None), 0.2) is None


def test_names_shares_limits_and_digests_are_short() -> None:
    """What a cell holds fits into it."""
    assert words("true_positive_rate") == "true positive rate"
    assert share(0.1234) == "12.3%"
    assert (bound(0.8), bound(None)) == ("0.8", "-")
    assert (short("a" * 64), short(None)) == ("a" * 12, "-")
