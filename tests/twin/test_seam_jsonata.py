"""The seam of JSONata: moto knows the states and has no engine."""

import json
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.component.common.string.string_expression import (
    StringJSONata,
    StringVariableSample,
)
from moto.stepfunctions.parser.asl.eval.states import States
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore

from infra.twin.seams import require_seam
from tests.twin.loop_harness import Loop

pytestmark = pytest.mark.twin


def evaluated(loop: Loop, expression: Any, document: Any = None) -> Any:
    """The output of a Pass state with this output expression."""
    state = {"Type": "Pass", "Output": expression, "End": True}
    ended = loop.run({"StartAt": "Only", "States": {"Only": state}}, document)
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    return ended["output"]


def test_the_places_that_the_engine_reads_are_where_they_were() -> None:
    """Private names of the pinned moto."""
    store = VariableStore()  # type: ignore[no-untyped-call] # moto is partly typed
    states = States({"Execution": {"Input": {"a": 1}}})  # type: ignore[typeddict-item] # enough

    require_seam(StringJSONata, "_eval_body", ("self", "env"))
    require_seam(StringVariableSample, "_eval_body", ("self", "env"))
    assert (store._outer_scope, store._inner_scope) == ({}, {})
    assert states._states_data["input"] == {"a": 1}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("{% $states.input.items[n > 1].n %}", [2, 3]),
        ("{% $states.input.text & '!' %}", 'say "hi" \\ there!'),
        ("{% $states.input.nothing = null %}", True),
        ("{% $states.input.nothing %}", None),
        ("{% $exists($states.input.absent) %}", False),
        ({"a": "{% $count($states.input.items) %}", "b": [1, "{% 2 %}"]}, {"a": 3, "b": [1, 2]}),
    ],
)
def test_expressions_see_the_input_as_it_is(loop: Loop, expression: Any, expected: Any) -> None:
    """Quotes, backslashes and nulls included: values are bound, never pasted into the text."""
    document = {
        "items": [{"n": 1}, {"n": 2}, {"n": 3}],
        "text": 'say "hi" \\ there',
        "nothing": None,
    }

    assert evaluated(loop, expression, document) == expected


def test_variables_keep_their_value_through_the_states(loop: Loop) -> None:
    """Assigned in one state, read in a later one, also inside a Map."""
    double = {"Type": "Pass", "Output": "{% $states.input * $factor %}", "End": True}
    processor = {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "Double",
        "States": {"Double": double},
    }
    ended = loop.run(
        {
            "StartAt": "Keep",
            "States": {
                "Keep": {
                    "Type": "Pass",
                    "Assign": {"factor": "{% $states.input.factor %}"},
                    "Output": {},
                    "Next": "Each",
                },
                "Each": {
                    "Type": "Map",
                    "Items": [1, 2],
                    "ItemProcessor": processor,
                    "End": True,
                },
            },
        },
        {"factor": 10},
    )

    assert ended["output"] == [10, 20]


def test_a_choice_takes_the_branch_of_its_condition(loop: Loop) -> None:
    """Questions are Choice states."""
    choice = {"Condition": "{% $states.input.n > 1 and $states.input.ok %}", "Next": "Yes"}
    machine = loop.machine(
        {
            "StartAt": "IsIt",
            "States": {
                "IsIt": {"Type": "Choice", "Choices": [choice], "Default": "No"},
                "Yes": {"Type": "Pass", "Output": "yes", "End": True},
                "No": {"Type": "Pass", "Output": "no", "End": True},
            },
        }
    )
    outputs = [
        loop.finish(loop.start(machine, document))["output"]
        for document in ({"n": 2, "ok": True}, {"n": 2, "ok": False}, {"n": 1, "ok": True})
    ]

    assert outputs == ["yes", "no", "no"]


def test_an_undefined_result_fails_with_the_expression_in_its_cause(loop: Loop) -> None:
    """AWS refuses it too."""
    state = {"Type": "Pass", "Output": "{% $states.input.absent %}", "End": True}
    ended = loop.run({"StartAt": "Only", "States": {"Only": state}})

    assert ended["status"] == "FAILED"
    assert ended["error"] == "States.QueryEvaluationError"
    assert "$states.input.absent" in ended["cause"]


def test_the_functions_that_aws_adds_are_there(loop: Loop) -> None:
    """$uuid, $hash, $parse, $partition, $range and $random."""
    answer = evaluated(
        loop,
        {
            "uuid": "{% $length($uuid()) %}",
            "hash": "{% $hash('abc') %}",
            "parse": "{% $parse($states.input.text).a %}",
            "partition": "{% $partition([1, 2, 3], 2) %}",
            "range": "{% $range(0, 10, 5) %}",
            "random": "{% $random() < 1 and $random(7) = $random(7) %}",
        },
        {"text": json.dumps({"a": [None]})},
    )

    assert answer == {
        "uuid": 36,
        "hash": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "parse": [None],
        "partition": [[1, 2], [3]],
        "range": [0, 5, 10],
        "random": True,
    }


def test_now_is_the_virtual_time(loop: Loop) -> None:
    """So that what a machine writes agrees with what the functions write."""
    before = loop.context.clock.now().timestamp() * 1000
    moment = evaluated(loop, "{% $millis() %}")

    assert 0 <= moment - before + 1 < 20_000


def test_an_error_inside_an_expression_is_an_evaluation_error(loop: Loop) -> None:
    """With the engine's own words in the cause."""
    state = {"Type": "Pass", "Output": "{% $error('the spec has no target') %}", "End": True}
    ended = loop.run({"StartAt": "Only", "States": {"Only": state}})

    assert ended["error"] == "States.QueryEvaluationError"
    assert "the spec has no target" in ended["cause"]
