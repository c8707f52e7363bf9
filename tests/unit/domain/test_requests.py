import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopwright.domain.model import Field
from loopwright.domain.problems import MAX_PROBLEMS
from loopwright.domain.requests import WRONG, convert, read_instances
from loopwright.errors import RequestError, RequestTooLargeError
from tests.fakes.serving import GOOD, LIMITS, SIGNATURE, SmallLimits, body_of


def refusal(*instances: Any) -> RequestError:
    """Return the error of a request that must be refused."""
    with pytest.raises(RequestError) as caught:
        read_instances(body_of(instances), SIGNATURE, LIMITS)
    return caught.value


def details(*instances: Any) -> dict[Any, str]:
    """Return the detail of each problem by (instance, field)."""
    return {
        (one["instance"], one["field"]): str(one["detail"]) for one in refusal(*instances).problems
    }


def test_fields_and_context_are_kept_apart() -> None:
    """Context goes into the receipt and never to the model."""
    instances = read_instances(body_of([{**GOOD, "sex": 2, "id": 7}, GOOD]), SIGNATURE, LIMITS)

    assert instances.fields == (GOOD, GOOD)
    assert instances.context == ({"id": 7, "sex": 2}, {})
    assert instances.columns(SIGNATURE)["age"] == [40.0, 40.0]


def test_an_unknown_category_is_accepted_and_scored_as_unknown() -> None:
    """New values must reach the receipt, so that drift can see them."""
    instances = read_instances(body_of([{**GOOD, "job": "astronaut"}]), SIGNATURE, LIMITS)

    assert instances.fields[0]["job"] == "astronaut"


def test_every_problem_is_named_by_instance_and_field() -> None:
    """One answer shows all that is to be mended."""
    found = details(
        {"age": "old", "children": 1.5, "job": 3, "owner": 1},
        {**GOOD, "aeg": 3, "paid": 1, "zzz": 0},
        "row",
        {**GOOD, "age": None, "sex": [1]},
    )

    assert found[0, "age"] == "expected a finite number, got text 'old'"
    assert found[0, "children"] == "expected a whole number, got a number 1.5"
    assert found[0, "job"].startswith("expected text (a category such as 'clerk', 'nurse'")
    assert found[0, "owner"] == "expected true or false, got a whole number 1"
    assert "nearest known one is 'age'" in found[1, "aeg"]
    assert "send it as a label" in found[1, "paid"]
    assert found[1, "zzz"] == "the model knows no such field"
    assert found[2, None] == "expected an object of field values, got text 'row'"
    assert found[3, "age"] == "a value is required, null is not allowed"
    assert found[3, "sex"] == "expected text, a number, true, false or null, got a list"


def test_a_missing_field_is_refused_and_says_how_to_send_an_unknown_value() -> None:
    """Leaving a field out is an error of the caller; null is a value that is not known."""
    found = details({"job": "nurse", "owner": False})

    assert found[0, "age"] == "this field is missing"
    assert found[0, "children"] == "this field is missing; send null when it is unknown"


def test_the_message_names_the_first_problem_and_counts_the_others() -> None:
    """The detail alone tells where to look."""
    one, two = str(refusal({**GOOD, "age": None})), str(refusal({}))

    assert one == "instance 0, field 'age': a value is required, null is not allowed"
    assert two.endswith("(and 3 more problems)")
    assert str(refusal({"age": 1, "children": 1})).endswith("(and 1 more problem)")


def test_at_most_twenty_problems_are_listed() -> None:
    """A bad request cannot make a large answer."""
    limits = SmallLimits(max_instances=100)
    with pytest.raises(RequestError) as caught:
        read_instances(body_of([{}] * 100), SIGNATURE, limits)

    assert len(caught.value.problems) == MAX_PROBLEMS


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not UTF-8: byte 0"),
        (b'{"instances": [NaN]}', "NaN is not a JSON number; send null"),
        (b'{"instances": [-Infinity]}', "-Infinity is not"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"instances": [], "instances": []}', "'instances' occurs twice"),
        (b"[]", 'one key "instances"'),
        (b'{"rows": []}', 'one key "instances"'),
        (b'{"instances": {}}', "at least one instance"),
        (b'{"instances": []}', "at least one instance"),
    ],
)
def test_a_body_that_is_no_request_is_refused_in_words(body: bytes, words: str) -> None:
    """The message says what was expected."""
    with pytest.raises(RequestError, match=words.replace("[", r"\[")):
        read_instances(body, SIGNATURE, SmallLimits(max_body_bytes=200_000))


def test_too_many_bytes_or_instances_are_too_large() -> None:
    """The limits are this program's own, and named."""
    with pytest.raises(RequestTooLargeError, match="6 instances, the limit is 5"):
        read_instances(body_of([{}] * 6), SIGNATURE, LIMITS)
    with pytest.raises(RequestTooLargeError, match=r"2,001 bytes, the limit is 2,000"):
        read_instances(b" " * 2_001, SIGNATURE, LIMITS)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("integer", 3.0, 3),
        ("integer", 2**53 + 1, WRONG),
        ("integer", True, WRONG),
        ("number", 3, 3.0),
        ("number", 10**400, WRONG),
        ("number", float("inf"), WRONG),
        ("number", False, WRONG),
        ("boolean", False, False),
        ("boolean", "true", WRONG),
    ],
)
def test_values_become_the_type_of_the_field(kind: Any, value: Any, expected: Any) -> None:
    """JSON has one kind of number, so 3.0 is a whole number; nothing else is guessed."""
    found = convert(Field(name="x", type=kind), value)

    assert found is expected or (found == expected and type(found) is type(expected))


def test_numbers_of_a_category_are_whole_numbers() -> None:
    """A category of whole numbers is sent as 1 or 1.0, and not as text or true."""
    field = Field(name="sex", type="category", categories=(1, 2))

    assert [convert(field, value) for value in (1, 2.0, 9)] == [1, 2, 9]
    assert convert(field, "1") is WRONG
    assert convert(field, True) is WRONG
    assert convert(field, 1.5) is WRONG


def test_a_long_value_is_cut_in_the_message() -> None:
    """A message never repeats a large body."""
    found = details({**GOOD, "age": "x" * 500})

    assert len(found[0, "age"]) < 100


def test_a_number_too_large_for_context_is_refused() -> None:
    """1e999 is read as infinity, which no document can hold."""
    body = body_of([{**GOOD, "id": 1}]).replace(b'"id": 1', b'"id": 1e999')

    with pytest.raises(RequestError, match="field 'id': expected text, a number"):
        read_instances(body, SIGNATURE, LIMITS)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.sampled_from([*GOOD, "sex", "agee"]), JSON), max_size=4))
def test_any_json_is_either_read_whole_or_refused_with_a_reason(rows: list[dict[str, Any]]) -> None:
    """No body breaks the parser, and what is read has exactly the model's fields."""
    body = json.dumps({"instances": rows}, allow_nan=True).replace("Infinity", "1e999").encode()
    fields = read_or_refuse(body)

    assert fields is None or [set(one) for one in fields] == [set(GOOD)] * len(rows)


def read_or_refuse(body: bytes) -> tuple[dict[str, Any], ...] | None:
    """Return the fields of a body, or None when it is refused."""
    try:
        return read_instances(body, SIGNATURE, SmallLimits(max_body_bytes=100_000)).fields
    except RequestError:
        return None
