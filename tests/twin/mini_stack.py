"""The mini stack of this folder on a running twin, for the contract tests of the seams."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # boto3 clients, and answers that are any JSON value

from infra.twin.bridge import Bridge
from infra.twin.sandbox import Runtime
from infra.twin.twin import Twin

MINI = Path(__file__).parent / "mini"


@dataclass
class Mini:
    """A twin that carries the mini stack."""

    twin: Twin

    def client(self, service: str) -> Any:
        """A client of the twin's default user."""
        return self.twin.session().client(service)

    def invoke(self, output: str, event: object) -> tuple[Any, str | None]:
        """Invoke the function whose ARN is this output; its answer and its kind of error."""
        answer = self.client("lambda").invoke(
            FunctionName=self.twin.outputs[output], Payload=json.dumps(event).encode()
        )
        return json.loads(answer["Payload"].read()), answer.get("FunctionError")

    def dead_letters(self) -> list[dict[str, Any]]:
        """Take everything from the dead-letter queue."""
        received = self.client("sqs").receive_message(
            QueueUrl=self.twin.outputs["DeadLettersUrl"],
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
        )
        for message in received.get("Messages", []):
            self.client("sqs").delete_message(
                QueueUrl=self.twin.outputs["DeadLettersUrl"],
                ReceiptHandle=message["ReceiptHandle"],
            )
        return list(received.get("Messages", []))


@contextmanager
def running_mini(
    runtime: Runtime = "awslambdaric", *, bridges: Sequence[Bridge] = ()
) -> Iterator[Mini]:
    """Deploy the mini stack, without the bridges of the loop unless some are given."""
    with Twin(bridges=bridges, runtime=runtime) as twin:
        twin.up(MINI / "template.yaml", {"Stage": "test"})
        yield Mini(twin)


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or only waits for its parent to take notice."""
    for _ in range(1000):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in "ZX":
            return True
        time.sleep(0.005)
    return False
