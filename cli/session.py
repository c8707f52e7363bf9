"""What every command shares: how to print, which stack, and who is asking."""

import os
from dataclasses import dataclass
from functools import cached_property

import boto3

from cli.api import Api
from cli.connection import Stack, TwinAddress, connect


@dataclass
class Session:
    """The options that stand before the verb; the stack is read when a verb needs it."""

    as_json: bool = False
    profile: str | None = None
    region: str | None = None
    stack_name: str = "loopwright-dev"
    user: str = "twin-user"

    twin: TwinAddress | None = None

    def use_twin(self, twin: TwinAddress) -> None:
        """Speak to this twin, whatever runs in the folder."""
        self.twin = twin

    @cached_property
    def stack(self) -> Stack:
        """Connect to the stack and return its outputs."""
        if self.profile is None:
            twin = self.twin or TwinAddress.read()
            twin.enter(self.user)
            return connect(twin.stack_name)
        os.environ["AWS_PROFILE"] = self.profile
        if self.region is not None:
            os.environ["AWS_DEFAULT_REGION"] = self.region
        return connect(self.stack_name)

    @cached_property
    def api(self) -> Api:
        """Return the stack's API."""
        return Api(self.stack.output("ApiUrl"))

    @cached_property
    def actor(self) -> str:
        """Return the ARN of whoever is asking."""
        _ = self.stack
        return str(boto3.client("sts").get_caller_identity()["Arn"])
