"""Machines and steps agree on every field: what a state sends, and what it reads of the answer."""

import importlib
import re
from typing import Any

import pytest

from tests.template.stack import ROOT, every_state, functions, machines, snake, written
from tests.template.test_names import LAMBDA, OTHER_NAMES

STATES = [
    (OTHER_NAMES.get(name, name), name, state)
    for definition in machines().values()
    for name, state in every_state(definition)
    if state.get("Resource", "").startswith(LAMBDA)
]
IDS = [name for _, name, _ in STATES]
ENGINES = {"tables": "DataLayer", "learner": "ScienceLayer", "scorers": "InferenceLayer"}


def step(function: str) -> Any:
    """The module of a step."""
    return importlib.import_module(f"loopwright.steps.{snake(function)}")


@pytest.mark.parametrize(("function", "name", "state"), STATES, ids=IDS)
def test_a_state_sends_what_its_step_takes(function: str, name: str, state: dict[str, Any]) -> None:
    """An unknown field would be refused, a missing one too."""
    sent = set(state["Arguments"]["Payload"])
    fields = step(function).Request.model_fields
    needed = {field for field, one in fields.items() if one.is_required()}

    assert needed <= sent <= set(fields)


@pytest.mark.parametrize(("function", "name", "state"), STATES, ids=IDS)
def test_a_state_reads_what_its_step_answers(
    function: str, name: str, state: dict[str, Any]
) -> None:
    """An absent field is undefined, and ends the execution."""
    read = set(re.findall(r"\$states\.result\.Payload\.(\w+)", str(state)))

    assert read <= set(step(function).Result.model_fields)


@pytest.mark.parametrize(
    ("function", "variable"),
    [
        ("RegisterDataset", "registered"),
        ("VersionDataset", "registered"),
        ("DecidePromotion", "decision"),
        ("AssessRetraining", "assessment"),
    ],
)
def test_a_variable_that_holds_an_answer_is_read_by_its_fields(
    function: str, variable: str
) -> None:
    """Anywhere in the machines."""
    read = set(re.findall(rf"\${variable}\.(\w+)", str(machines())))

    assert read
    assert read <= set(step(function).Result.model_fields)


def test_the_training_job_reads_the_plan_that_registration_makes() -> None:
    """Every field of it."""
    machine = str(machines()["ReleaseModelMachine"])
    read = set(re.findall(r"\$prepared\.training\.(\w+)", machine))
    read |= set(re.findall(r"\$plan\.(\w+)", machine))
    plan = importlib.import_module("loopwright.domain.training_plan").TrainingPlan

    assert read == set(plan.model_fields)


@pytest.mark.parametrize("name", sorted(functions()))
def test_a_function_has_the_layers_of_its_engines(name: str) -> None:
    """And no other: each makes its start slower."""
    handler = ROOT / "functions" / snake(name) / "handler.py"
    text = handler.read_text()
    used = {layer for engine, layer in ENGINES.items() if f"bootstrap.{engine}()" in text}
    layers = {layer["Ref"] for layer in functions()[name].get("Layers", ())}

    assert layers == used
    assert written()["Globals"]["Function"]["Layers"] == [{"Ref": "CoreLayer"}]
