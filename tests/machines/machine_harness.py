"""Run the deployed definition of a state machine with faked answers, and see which way it went."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # answers and definitions are JSON documents

import yaml

from tests.twin.loop_harness import ROLE_ARN, HandlerError, Loop

MACHINES = Path(__file__).parents[2] / "statemachines"

type Answer = Any
type Step = tuple[str, str, str]


@dataclass(frozen=True)
class Breaks:
    """An answer that is an error of this name."""

    error: str = "BrokenError"


@dataclass(frozen=True)
class Does:
    """An answer that is computed from the payload, with effects on the outside world."""

    effect: Callable[["World", Any], Answer]


@dataclass(frozen=True)
class Case:
    """One way through a machine: its input, what functions and children answer, and its end."""

    ends: str
    document: Mapping[str, Any]
    answers: Mapping[str, Sequence[Answer]] = field(default_factory=dict)
    children: Mapping[str, Answer] = field(default_factory=dict)
    before: Callable[["World"], None] | None = None
    missing: frozenset[str] = frozenset()


@dataclass
class World:
    """What surrounds one run: its table and bus, and the payloads that its functions got."""

    loop: Loop
    table: str
    bus: str
    payloads: dict[str, list[Any]] = field(default_factory=dict)

    def items(self) -> list[dict[str, Any]]:
        """Every item of the catalog."""
        found: list[dict[str, Any]] = self.loop.client("dynamodb").scan(TableName=self.table)[
            "Items"
        ]
        return found

    def put(self, **attributes: str) -> None:
        """Store an item of text attributes."""
        item = {name: {"S": value} for name, value in attributes.items()}
        self.loop.client("dynamodb").put_item(TableName=self.table, Item=item)

    def drop_table(self) -> None:
        """Make every later call on the catalog fail."""
        self.loop.client("dynamodb").delete_table(TableName=self.table)


@dataclass(frozen=True)
class Run:
    """How a case went."""

    status: str
    output: Any
    error: str | None
    last_state: str
    steps: frozenset[Step]
    world: World
    execution: str


def definition(machine: str) -> dict[str, Any]:
    """The definition of a machine as it is deployed, substitutions unfilled."""
    text = (MACHINES / f"{machine}.asl.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def transitions(states: Mapping[str, Any]) -> frozenset[Step]:
    """Every transition that a definition has: (from, how, to), those inside of Maps included."""
    found: set[Step] = set()
    for name, state in states.items():
        found |= {(name, how, target) for how, target in _targets(state)}
        if "ItemProcessor" in state:
            found |= transitions(state["ItemProcessor"]["States"])
    return frozenset(found)


def _targets(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for how in ("Next", "Default"):
        if how in state:
            yield "next", state[how]
    yield from (("next", choice["Next"]) for choice in state.get("Choices", ()))
    yield from (("catch", catcher["Next"]) for catcher in state.get("Catch", ()))


class Interpreter:
    """Runs each case once; a second test of the same case gets the same run."""

    def __init__(self, loop: Loop) -> None:
        """Run in this loop."""
        self._loop = loop
        self._runs: dict[tuple[str, str], Run] = {}

    def run(self, machine: str, name: str, case: Case) -> Run:
        """Run a case, or return how it went before."""
        if (machine, name) not in self._runs:
            self._runs[machine, name] = self._run(machine, case)
        return self._runs[machine, name]

    def steps(self, machine: str, cases: Mapping[str, Case]) -> frozenset[Step]:
        """Every transition that these cases take."""
        runs = [self.run(machine, name, case) for name, case in cases.items()]
        return frozenset().union(*(run.steps for run in runs))

    def _run(self, machine: str, case: Case) -> Run:
        world = World(self._loop, self._table(), self._bus())
        if case.before is not None:
            case.before(world)
        text = (MACHINES / f"{machine}.asl.yaml").read_text(encoding="utf-8")
        # One child of a Map after the other: only so their events tell which state followed which.
        text = re.sub(r"MaxConcurrency: \d+", "MaxConcurrency: 1", text)
        names = sorted(set(re.findall(r"\$\{(\w+)\}", text)))
        for name in names:
            value = "missing" if name in case.missing else self._value(name, case, world)
            text = text.replace(f"${{{name}}}", value)
        execution = self._loop.start(self._loop.machine(yaml.safe_load(text)), case.document)
        ended = self._loop.finish(execution)
        history = self._loop.client("stepfunctions").get_execution_history(
            executionArn=execution, maxResults=1000
        )["events"]
        return Run(
            status=ended["status"],
            output=ended.get("output"),
            error=ended.get("error"),
            last_state=_entered(history)[-1],
            steps=frozenset(_taken(history)),
            world=world,
            execution=execution,
        )

    def _value(self, name: str, case: Case, world: World) -> str:
        if name.endswith("FunctionArn"):
            state = name.removesuffix("FunctionArn")
            return self._loop.function(_handler(state, case.answers.get(state, ()), world))
        if name.endswith("MachineArn"):
            return self._loop.machine(_child(case.children.get(name.removesuffix("MachineArn"))))
        fixed = {
            "CatalogTableName": world.table,
            "EventBusName": world.bus,
            "TrainingRoleArn": ROLE_ARN,
        }
        return fixed[name]

    def _table(self) -> str:
        name = self._loop.unique("catalog")
        self._loop.client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
        )
        return name

    def _bus(self) -> str:
        name = self._loop.unique("bus")
        self._loop.client("events").create_event_bus(Name=name)
        return name


def _handler(state: str, answers: Sequence[Answer], world: World) -> Callable[[Any], Any]:
    queue = list(answers)

    def handle(payload: Any) -> Any:
        world.payloads.setdefault(state, []).append(payload)
        answer = queue.pop(0) if queue else Breaks("UnexpectedCallError")
        if isinstance(answer, Does):
            answer = answer.effect(world, payload)
        if isinstance(answer, Breaks):
            raise HandlerError(answer.error, f"{state} broke")
        return answer

    return handle


def _child(answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Breaks):
        only: dict[str, Any] = {"Type": "Fail", "Error": answer.error, "Cause": "the child broke"}
    else:
        only = {"Type": "Pass", "Output": answer, "End": True}
    return {"StartAt": "Only", "States": {"Only": only}}


def _entered(history: Sequence[Mapping[str, Any]]) -> list[str]:
    return [event["stateEnteredEventDetails"]["name"] for event in history if _is_entry(event)]


def _is_entry(event: Mapping[str, Any]) -> bool:
    return str(event["type"]).endswith("StateEntered")


def _taken(history: Sequence[Mapping[str, Any]]) -> Iterator[Step]:
    """The transitions of a history in which the iterations of a Map do not overlap."""
    left: str | None = None
    failed = False
    for event in history:
        kind = str(event["type"])
        if _is_entry(event):
            name = event["stateEnteredEventDetails"]["name"]
            if left is not None:
                yield left, "catch" if failed else "next", name
            left, failed = None, False
        elif kind.endswith("StateExited"):
            left = event["stateExitedEventDetails"]["name"]
        elif kind == "MapIterationStarted":
            left, failed = None, False
        elif kind.endswith(("Failed", "TimedOut")):
            failed = True
        elif kind.endswith(("Succeeded", "Scheduled")):
            failed = False
