"""What a rule makes of an event for its target."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.twin.event_inputs import fill_template, target_input, value_at

EVENT = {"id": "1", "detail": {"name": 'a "b"', "items": [{"n": 1}, {"n": 2}], "none": None}}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.detail.items[1].n", 2),
        ("$.detail.name", 'a "b"'),
        ("$.detail.absent", None),
        ("$.detail.items[9].n", None),
        ("$", EVENT),
    ],
)
def test_a_path_finds_its_value(path: str, expected: Any) -> None:
    """Or None where there is nothing."""
    assert value_at(EVENT, path) == expected


@given(value=json_values)
def test_a_value_outside_quotes_is_written_as_json(value: Any) -> None:
    """Whatever it is, the filled template parses back to it."""
    assert json.loads(fill_template('{"x": <v>}', {"v": value})) == {"x": value}


@given(text=st.text())
def test_a_text_inside_quotes_is_escaped(text: str) -> None:
    """Quotes and line ends in it do not break the document."""
    filled = fill_template('{"x": "before <v> after"}', {"v": text})

    assert json.loads(filled) == {"x": f"before {text} after"}


def test_reserved_values_are_filled_in_and_unknown_names_stay() -> None:
    """The rule's ARN comes from the rule, not from the event."""
    target = {
        "InputTransformer": {
            "InputPathsMap": {"n": "$.detail.items[0].n"},
            "InputTemplate": '{"n": <n>, "rule": "<aws.events.rule-arn>", "other": "<what>"}',
        }
    }
    text = target_input(target, EVENT, reserved={"aws.events.rule-arn": "arn:rule"})

    assert json.loads(text) == {"n": 1, "rule": "arn:rule", "other": "<what>"}


def test_without_a_transformation_the_target_gets_the_whole_event() -> None:
    """As JSON text."""
    assert json.loads(target_input({"Arn": "x"}, EVENT, reserved={})) == EVENT
