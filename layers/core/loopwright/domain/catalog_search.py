"""Find entries of the catalog by words, and find those that nobody answers for."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from loopwright.domain.catalog import Entry
from loopwright.domain.gate import Finding
from loopwright.domain.record import Record

MAX_WORDS = 10
# Where a word was found, and what that is worth.
WEIGHTS = {"project": 9, "tag": 6, "column": 4, "owner": 3, "text": 2, "column text": 1}
NOBODY = frozenset(
    {
        *("", "na", "none", "null", "nil", "nobody", "noone", "someone", "somebody", "anyone"),
        *("unknown", "unowned", "unassigned", "unclear", "undefined", "notset", "notapplicable"),
        *(
            "tbd",
            "tba",
            "tbc",
            "tobedetermined",
            "tobedecided",
            "todo",
            "fixme",
            "later",
            "pending",
        ),
        *("owner", "yourname", "yourteam", "name", "team", "me", "us", "xxx", "test", "example"),
    }
)


class Hit(Record):
    """An entry that holds every word, where the words were found, and a score to order by."""

    entry: Entry
    score: int
    where: tuple[str, ...]


def search(entries: Iterable[Entry], text: str) -> tuple[Hit, ...]:
    """Return the entries in which every word of the text occurs, the best ones first.

    Letter case and accents do not matter; a word may be a part of a longer one.
    """
    words = folded(text).split()[:MAX_WORDS]
    found = [hit for entry in entries if (hit := _hit(entry, words)) is not None]
    return tuple(sorted(found, key=lambda hit: (-hit.score, hit.entry.project)))


def owner_finding(entry: Entry) -> Finding | None:
    """Return a violation when nobody answers for the data; None when somebody does."""
    owner = None if entry.description is None else entry.description.owner
    if owner is not None and re.sub(r"[\W_]+", "", folded(owner)) not in NOBODY:
        return None
    said = "project.yaml is not pushed yet" if owner is None else f"project.yaml says {owner!r}"
    return Finding(
        subject=entry.project,
        grade="violation",
        measure="owner",
        message=(
            f"nobody answers for the data of {entry.project!r}: {said}. "
            "Name a team or a person under `owner`, and push the project again."
        ),
    )


def folded(text: str) -> str:
    """Return the text in lower case and without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _hit(entry: Entry, words: list[str]) -> Hit | None:
    fields = [(place, folded(text)) for place, text in _fields(entry)]
    score, where = 0, []
    for word in words:
        places = [place for place, text in fields if word in text]
        if not places:
            return None
        best = max(places, key=WEIGHTS.__getitem__)
        exact = any(place == best and text == word for place, text in fields)
        score += WEIGHTS[best] * (2 if exact else 1)
        where.append(best)
    return Hit(entry=entry, score=score, where=tuple(dict.fromkeys(where)))


def _fields(entry: Entry) -> Iterator[tuple[str, str]]:
    yield "project", entry.project
    for tag in entry.all_tags:
        yield "tag", tag
    if entry.description is not None:
        yield "owner", entry.description.owner
        yield "text", entry.description.question
        yield "text", entry.description.description
        for column in entry.description.columns:
            yield "column", column.name
            yield "column text", column.description
