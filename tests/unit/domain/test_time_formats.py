"""Which forms of times can be declared."""

import pytest

from loopwright.domain.time_formats import format_problems


@pytest.mark.parametrize(
    "text",
    ["%m/%d/%Y", "%-d.%-m.%y %H:%M:%S.%f%z", "%a %d %B %Y %I:%M %p", "%Y%j", "100%% %d/%m/%Y"],
)
def test_a_form_with_a_whole_date_can_be_read(text: str) -> None:
    """With a clock or without, and with other letters between."""
    assert list(format_problems(text)) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("%q/%Y", "%q is none of %Y %y"),
        ("%d/%m/%Y %Z", "names of zones are not read"),
        ("%d/%m/%Y %", "% is none of"),
        ("%m/%Y", "it needs a year (%Y), a month (%m, %b) and a day (%d), or a year and %j"),
        ("%d/%m", "it needs a year"),
        ("%d %Y", "it needs a year"),
        ("%d/%m/%Y %d", "it holds the day more than once"),
        ("%d/%m/%Y %H %I %p", "it holds the hour more than once"),
        ("%d/%m/%Y %I:%M", "%I (hours to 12) and %p (AM or PM) go together"),
        ("%d/%m/%Y %H:%M %p", "%I (hours to 12) and %p (AM or PM) go together"),
    ],
)
def test_a_form_that_names_no_moment_is_refused(text: str, problem: str) -> None:
    """The message says what is missing."""
    assert problem in list(format_problems(text))[0]  # noqa: RUF015 - all of it is run
