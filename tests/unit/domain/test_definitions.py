"""Shared column definitions."""

from typing import Any

import pytest

from loopwright.domain.definitions import (
    MAX_BYTES,
    Definition,
    changed_keys,
    next_version,
    parse_definition,
    resolve,
    use_edges,
    uses,
)
from loopwright.errors import SpecError

POSTCODE = {"type": "category", "description": "Where they live", "max_missing_share": 0.1}


def a_definition(version: int = 2, **given: Any) -> Definition:
    """Return a version of the definition of a postcode."""
    return Definition(
        name="postcode",
        version=version,
        given={**POSTCODE, **given},
        actor="ana",
        defined_at="2026-01-01",
    )


def test_a_use_is_written_out_and_the_columns_own_keys_win() -> None:
    """The other columns and sections stay as they are."""
    document = {
        "project": "loans",
        "columns": {
            "home": {"use": "postcode@2", "max_missing_share": 0.5},
            "age": {"type": "integer"},
        },
    }
    found = resolve(document, {"home": a_definition()})

    assert uses(document) == {"home": ("postcode", 2)}
    assert found == {
        "project": "loans",
        "columns": {"home": {**POSTCODE, "max_missing_share": 0.5}, "age": {"type": "integer"}},
    }
    assert resolve({"project": "loans"}, {}) == {"project": "loans"}


@pytest.mark.parametrize("document", [{}, {"columns": None}, {"columns": {"age": "integer"}}])
def test_what_is_no_column_uses_nothing(document: dict[str, Any]) -> None:
    """The spec's own checks speak of it."""
    assert uses(document) == {}


@pytest.mark.parametrize("value", ["postcode", "postcode@0", "Postcode@1", 7, ["postcode@1"]])
def test_a_use_names_a_version(value: object) -> None:
    """The newest one is not meant: an edit would change what a spec says."""
    with pytest.raises(SpecError, match=r"columns\.home\.use: expected NAME@VERSION"):
        uses({"columns": {"home": {"use": value}}})


def test_a_file_holds_the_keys_of_one_column() -> None:
    """Only what its author wrote is kept."""
    text = "type: category\nvalues: [a, b]\n"

    assert parse_definition(text, "postcode") == {"type": "category", "values": ["a", "b"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("type: [", "definition postcode: not valid YAML"),
        ("- a", "definition postcode: expected keys and values"),
        ("type: word", "definition postcode: type: "),
        ("description: no type", "definition postcode: type: Field required"),
        ("type: number\nmin: .nan", "definition postcode: expected finite numbers"),
        ("type: number\ndescription: " + "x" * MAX_BYTES, "at most 65536 are kept"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(text: str, expected: str) -> None:
    """Nothing is stored then."""
    with pytest.raises(SpecError, match=expected):
        parse_definition(text, "postcode")


def test_an_edit_gets_the_next_number_and_the_same_text_none() -> None:
    """The newest version counts: going back to an older text is an edit."""
    known = [a_definition(1, min=1), a_definition(2)]

    assert next_version(POSTCODE, []) == 1
    assert next_version(POSTCODE, known) is None
    assert next_version({**POSTCODE, "min": 1}, known) == 3


def test_what_an_edit_changed_is_said_by_key() -> None:
    """Added, changed and removed."""
    assert changed_keys({"type": "number", "min": 1}, {"type": "integer", "max": 9}) == (
        "type: 'number' -> 'integer'",
        "min: 1 -> None",
        "max: None -> 9",
    )


def test_a_spec_points_at_each_definition_once() -> None:
    """However many columns use it; definitions belong to no project."""
    found = use_edges(
        "loans", "s1", {"home": a_definition(), "work": a_definition()}, at="2026-01-01"
    )

    assert [(str(e.source), e.relation, str(e.target), e.target.project) for e in found] == [
        ("spec:s1", "uses", "definition:postcode@2", "shared")
    ]
