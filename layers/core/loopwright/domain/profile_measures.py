"""What a profile measures of each column, and how much of it a wide table can afford."""

from typing import Literal

from loopwright.domain.spec import ProjectSpec

Measure = Literal["value", "epoch", "length", "category"]
OF_TYPE: dict[str, Measure] = {
    "integer": "value",
    "number": "value",
    "timestamp": "epoch",
    "text": "length",
    "category": "category",
    "boolean": "category",
}


def measures(spec: ProjectSpec) -> dict[str, Measure]:
    """Return the measure of every column: its number, seconds since 1970, length, or category.

    Of free texts, and of the key and the entity, only the length in characters is binned: their
    values name single persons or things, and are never listed in a profile.
    """
    named = {spec.key, spec.entity} - set(spec.protected_columns) - {spec.target}
    return {
        name: "length" if name in named else OF_TYPE[column.type]
        for name, column in spec.columns.items()
    }


def affordable(columns: int, *, most: int, least: int, full: int = 32) -> int:
    """Return how many entries each of so many columns may keep: `most` for up to 32 columns.

    Beyond that their sum stays `most * full`, but never fewer than `least` each.
    """
    return max(least, min(most, most * full // max(columns, 1)))
