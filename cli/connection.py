"""Which stack a command speaks to: the running twin, or a stack of an AWS account."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cli.failures import CommandError

TWIN_FILE = Path(".loopwright/twin.json")
_SETTINGS = {
    "BucketName": "LOOPWRIGHT_BUCKET",
    "CatalogTableName": "LOOPWRIGHT_CATALOG_TABLE",
    "ReceiptsTableName": "LOOPWRIGHT_RECEIPTS_TABLE",
    "WindowsTableName": "LOOPWRIGHT_WINDOWS_TABLE",
    "EventBusName": "LOOPWRIGHT_EVENT_BUS",
    "SigningKeyArn": "LOOPWRIGHT_SIGNING_KEY",
}


@dataclass(frozen=True)
class TwinAddress:
    """Where a running twin listens, and the keys of its users."""

    endpoint_url: str
    region: str
    stack_name: str
    clock_file: str
    users: dict[str, tuple[str, str]]
    process_id: int

    def write(self, path: Path = TWIN_FILE) -> None:
        """Leave the address where the other commands look for it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.__dict__, indent=2))

    @classmethod
    def read(cls, path: Path = TWIN_FILE) -> "TwinAddress":
        """Return the address of the running twin; CommandError when there is none."""
        if not path.exists():
            message = (
                "no twin is running in this folder; start one with `loopwright twin up`, "
                "or name an AWS profile with `--profile`"
            )
            raise CommandError(message)
        found = json.loads(path.read_text())
        found["users"] = {name: tuple(keys) for name, keys in found["users"].items()}
        return cls(**found)

    def enter(self, user: str) -> None:
        """Make boto3 speak to the twin as one of its users."""
        if user not in self.users:
            message = f"the twin has no user {user!r}; its users: {sorted(self.users)}"
            raise CommandError(message)
        access_key, secret_key = self.users[user]
        os.environ.update(
            {
                "AWS_ENDPOINT_URL": self.endpoint_url,
                "AWS_ACCESS_KEY_ID": access_key,
                "AWS_SECRET_ACCESS_KEY": secret_key,
                "AWS_DEFAULT_REGION": self.region,
                "LOOPWRIGHT_CLOCK_FILE": self.clock_file,
            }
        )


@dataclass(frozen=True)
class Stack:
    """The outputs of a deployed stack."""

    name: str
    outputs: dict[str, str]

    def output(self, name: str) -> str:
        """Return an output; CommandError when the stack has none of that name."""
        if name not in self.outputs:
            message = f"stack {self.name} has no output {name}; deploy this version of it first"
            raise CommandError(message)
        return self.outputs[name]


def connect(stack_name: str) -> Stack:
    """Read the stack's outputs and set what the adapters read from the environment."""
    try:
        answer: dict[str, Any] = boto3.client("cloudformation").describe_stacks(
            StackName=stack_name
        )
    except (BotoCoreError, ClientError) as error:
        message = f"cannot read the stack {stack_name!r}: {error}"
        raise CommandError(message) from error
    outputs = answer["Stacks"][0].get("Outputs", [])
    stack = Stack(stack_name, {each["OutputKey"]: each["OutputValue"] for each in outputs})
    for output, setting in _SETTINGS.items():
        os.environ[setting] = stack.output(output)
    return stack
