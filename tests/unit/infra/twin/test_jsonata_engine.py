"""JSONata as Step Functions speaks it."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.twin.step_functions.jsonata_engine import UNDEFINED, JsonataEngine, JsonataError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
engine = JsonataEngine(lambda: NOON)
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(document=documents)
def test_a_variable_comes_back_as_it_was_bound(document: Any) -> None:
    """Whatever JSON it is, also null."""
    assert engine.evaluate("$x", {"x": document}) == document


def test_the_result_is_a_copy() -> None:
    """A machine's output must not share its lists with the input."""
    document = {"items": [1]}
    result = engine.evaluate("$x", {"x": document})
    result["items"].append(2)

    assert document == {"items": [1]}


def test_nothing_is_undefined_and_null_is_none() -> None:
    """The two differ: only one of them is a value."""
    assert engine.evaluate("$x.absent", {"x": {}}) is UNDEFINED
    assert engine.evaluate("$x.present", {"x": {"present": None}}) is None


def test_an_expression_can_be_evaluated_again_with_other_values() -> None:
    """It is compiled once and holds nothing of an earlier evaluation."""
    values = [engine.evaluate("$sum($x.($ * $y))", {"x": [1, 2], "y": y}) for y in (1, 10, 1)]

    assert values == [3, 30, 3]


@pytest.mark.parametrize(
    "expression",
    [
        "1 +",
        "$nope(1)",
        "$error('no')",
        "$x + 'a'",
        "$eval('1')",
        "$sum",
        "$hash('a', 'CRC')",
        "$partition([1], 0)",
        "$range(1, 2, 0)",
        "$range(1, 100000000, 1)",
        "$parse('{')",
        "($f := function($n) { $f($n + 1) + 1 }; $f(1))",
    ],
)
def test_what_cannot_be_evaluated_is_an_error(expression: str) -> None:
    """Syntax, unknown functions, types, what is no JSON, and what AWS leaves out."""
    with pytest.raises(JsonataError):
        engine.evaluate(expression, {"x": 1})


@given(text=st.text(), algorithm=st.sampled_from(["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"]))
def test_a_hash_is_that_of_the_standard_library(text: str, algorithm: str) -> None:
    """In lower case hexadecimal digits, over UTF-8."""
    name = algorithm.replace("-", "").lower()
    expected = hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()

    assert engine.evaluate("$hash($t, $a)", {"t": text, "a": algorithm}) == expected


@given(items=st.lists(st.integers(), max_size=30), size=st.integers(1, 7))
def test_partitions_are_full_but_for_the_last_and_keep_the_order(
    items: list[int], size: int
) -> None:
    """Joined they are the list again."""
    parts = engine.evaluate("$partition($items, $size)", {"items": items, "size": size})

    assert [item for part in parts for item in part] == items
    assert all(len(part) == size for part in parts[:-1])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$range(0, 10, 5)", [0, 5, 10]),
        ("$range(3, 0, -1)", [3, 2, 1, 0]),
        ("$range(1, 0, 1)", []),
        ("$now()", "2026-03-01T12:00:00.000Z"),
        ("$millis()", 1772366400000),
    ],
)
def test_functions_of_numbers_and_time(expression: str, expected: Any) -> None:
    """Ends included; the time is the clock's."""
    assert engine.evaluate(expression, {}) == expected
