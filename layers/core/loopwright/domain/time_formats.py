"""How texts of times are written: the directives of strptime that can be declared, and checked."""

import re
from collections.abc import Iterator

DIRECTIVES = {
    **dict.fromkeys("Yy", "year"),
    **dict.fromkeys("mbB", "month"),
    **dict.fromkeys("dj", "day"),
    **dict.fromkeys("HI", "hour"),
    **dict.fromkeys("aA", "weekday"),
    **dict.fromkeys("fn", "fraction"),
    "M": "minute",
    "S": "second",
    "p": "half of the day",
    "z": "zone",
}


def directives(text: str) -> list[str]:
    """Return the letters of the directives of a format; `%%` is a percent sign."""
    return [letter for letter in re.findall(r"%-?(.?)", text, re.DOTALL) if letter != "%"]


def format_problems(text: str) -> Iterator[str]:
    """Yield why texts of this format could not be read as moments."""
    found = directives(text)
    unknown = [letter for letter in found if letter not in DIRECTIVES]
    if unknown:
        listed = " ".join(f"%{letter}" for letter in DIRECTIVES)
        zone = "; a zone is an offset (%z), names of zones are not read" if "Z" in unknown else ""
        yield f"%{unknown[0]} is none of {listed}{zone}"
        return
    parts = [DIRECTIVES[letter] for letter in found]
    repeated = [part for part in parts if parts.count(part) > 1]
    if repeated:
        yield f"it holds the {repeated[0]} more than once"
    if "year" not in parts or "day" not in parts or not ("month" in parts or "j" in found):
        yield "it needs a year (%Y), a month (%m, %b) and a day (%d), or a year and %j"
    if ("I" in found) != ("p" in found):
        yield "%I (hours to 12) and %p (AM or PM) go together"
