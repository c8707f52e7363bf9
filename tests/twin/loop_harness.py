"""A small twin without a stack: moto in server mode, the loop's bridges, functions in Python."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # boto3 clients and JSON documents

from moto.awslambda.models import LambdaFunction

from infra.twin.bridge import ACCOUNT_ID, DEFAULT_REGION, Bridge, Invocation, TwinContext
from infra.twin.clients import Clients, EndpointSession
from infra.twin.clock import VirtualClock
from infra.twin.moto_server import moto_server
from infra.twin.registry import Registry
from infra.twin.seams import Seams

ROLE_ARN = f"arn:aws:iam::{ACCOUNT_ID}:role/any"
type Handler = Callable[[Any], Any]


class HandlerError(Exception):
    """What a test handler raises to fail with an error type of its own."""

    def __init__(self, error_type: str, message: str = "") -> None:
        """The name as Step Functions will see it."""
        super().__init__(message)
        self.error_type = error_type


@dataclass
class PythonFunctions:
    """Functions by name; answers synchronously, also when asked for later."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    later: list[tuple[str, Any]] = field(default_factory=list)

    def invoke(self, function_arn: str, payload: bytes) -> Invocation:
        """Call the handler of the function that the ARN names."""
        name = function_arn.split(":function:", 1)[-1].split(":", maxsplit=1)[0]
        try:
            answer = self.handlers[name](json.loads(payload))
        except HandlerError as error:
            body = {"errorType": error.error_type, "errorMessage": str(error)}
            return Invocation(json.dumps(body).encode(), "Unhandled", str(uuid.uuid4()), "")
        return Invocation(json.dumps(answer).encode(), None, str(uuid.uuid4()), "")

    def invoke_later(self, function_arn: str, payload: bytes) -> str:
        """Call it at once and remember that it was asked for later."""
        self.later.append((function_arn, json.loads(payload)))
        return self.invoke(function_arn, payload).request_id


@dataclass
class Loop:
    """What a test of the bridges works with."""

    context: TwinContext
    functions: PythonFunctions
    bridges: tuple[Bridge, ...]

    def client(self, service: str) -> Any:
        """A boto3 client of the twin."""
        return self.context.clients.client(service)

    def unique(self, stem: str) -> str:
        """A name that no other test uses."""
        return f"{stem}-{uuid.uuid4().hex[:8]}"

    def machine(self, definition: dict[str, Any]) -> str:
        """The ARN of a new state machine with this definition, JSONata unless it says otherwise."""
        document = {"QueryLanguage": "JSONata", **definition}
        created = self.client("stepfunctions").create_state_machine(
            name=self.unique("machine"), definition=json.dumps(document), roleArn=ROLE_ARN
        )
        return str(created["stateMachineArn"])

    def start(self, machine_arn: str, document: Any = None) -> str:
        """Start an execution without a name; its ARN."""
        text = json.dumps({} if document is None else document)
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=machine_arn, input=text
        )
        return str(started["executionArn"])

    def finish(self, execution_arn: str, *, within_s: float = 20) -> dict[str, Any]:
        """The description of an execution that ended; output parsed."""
        describe = self.client("stepfunctions").describe_execution
        self.until(lambda: describe(executionArn=execution_arn)["status"] != "RUNNING", within_s)
        description: dict[str, Any] = describe(executionArn=execution_arn)
        if "output" in description:
            description["output"] = json.loads(description["output"])
        return description

    def run(self, definition: dict[str, Any], document: Any = None) -> dict[str, Any]:
        """Make a machine, run it once, and describe the end."""
        return self.finish(self.start(self.machine(definition), document))

    def function(self, handler: Handler) -> str:
        """The ARN of a new function that runs this handler."""
        name = self.unique("function")
        self.functions.handlers[name] = handler
        created = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="handler.handler",
            Role=self._role(),
            Code={"ZipFile": b"PK\x05\x06" + b"\x00" * 18},
        )
        return str(created["FunctionArn"])

    def queue(self) -> tuple[str, str]:
        """The URL and the ARN of a new queue."""
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=self.unique("queue"))["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, attributes["Attributes"]["QueueArn"]

    def messages(self, queue_url: str) -> list[dict[str, Any]]:
        """Every message of a queue, taken out of it."""
        found: list[dict[str, Any]] = []
        while (
            batch := self.client("sqs")
            .receive_message(
                QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
            )
            .get("Messages")
        ):
            for message in batch:
                found.append(message)
                self.client("sqs").delete_message(
                    QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"]
                )
        return found

    def rule(self, *, target: dict[str, Any], **options: Any) -> str:
        """A new rule with one target; its name."""
        name = self.unique("rule")
        bus = {"EventBusName": options.get("EventBusName", "default")}
        self.client("events").put_rule(Name=name, **options)
        self.client("events").put_targets(Rule=name, **bus, Targets=[{"Id": "1", **target}])
        return name

    def until(self, condition: Callable[[], bool], within_s: float = 10) -> None:
        """Wait for a condition; an AssertionError when it does not come."""
        deadline = time.monotonic() + within_s
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {within_s} s")
            time.sleep(0.02)

    def settle(self) -> None:
        """Wait until no bridge has work left."""
        self.until(lambda: all(bridge.is_idle() for bridge in self.bridges), 30)

    def _role(self) -> str:
        iam = self.client("iam")
        existing = {role["RoleName"]: role["Arn"] for role in iam.list_roles()["Roles"]}
        if "any" in existing:
            return str(existing["any"])
        document = {"Version": "2012-10-17", "Statement": []}
        created = iam.create_role(RoleName="any", AssumeRolePolicyDocument=json.dumps(document))
        return str(created["Role"]["Arn"])


@contextmanager
def running_loop(directory: Path, make_bridges: Callable[[], tuple[Bridge, ...]]) -> Iterator[Loop]:
    """moto on a free port with these bridges, until the end of the block."""
    functions = PythonFunctions()
    bridges = make_bridges()
    with moto_server(DEFAULT_REGION) as endpoint_url:
        context = twin_context(directory, endpoint_url, functions)
        try:
            context.seams.patch(
                LambdaFunction,
                "_invoke_lambda",
                _run_python(functions),
                parameters=("self", "event"),
            )
            for bridge in bridges:
                bridge.install(context)
            for bridge in bridges:
                bridge.start()
            yield Loop(context, functions, bridges)
        finally:
            for bridge in reversed(bridges):
                bridge.stop()
            context.seams.undo()


def twin_context(directory: Path, endpoint_url: str, functions: PythonFunctions) -> TwinContext:
    """A context over this endpoint, with a clock of its own."""
    session = EndpointSession(
        endpoint_url=endpoint_url, access_key="ak", secret_key="sk", region=DEFAULT_REGION
    )
    clock_file = directory / "clock.json"
    return TwinContext(
        endpoint_url=endpoint_url,
        region=DEFAULT_REGION,
        account_id=ACCOUNT_ID,
        state_directory=directory,
        clock=VirtualClock(clock_file),
        clock_file=clock_file,
        clients=Clients(session),
        registry=Registry(),
        functions=functions,
        seams=Seams(),
    )


def _run_python(functions: PythonFunctions) -> Callable[..., tuple[str, bool, str]]:
    def invoke(function: Any, event: Any = None) -> tuple[str, bool, str]:
        payload = event if isinstance(event, str) else json.dumps(event)
        invocation = functions.invoke(function.function_arn, payload.encode())
        return invocation.payload.decode(), not invocation.succeeded, ""

    return invoke
