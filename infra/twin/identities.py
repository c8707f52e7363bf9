"""The people of the twin: IAM users of moto with keys that the API knows."""

from dataclasses import dataclass
from typing import Any  # boto3's IAM client

from infra.twin.bridge import ACCOUNT_ID
from infra.twin.clients import EndpointSession


@dataclass(frozen=True)
class Identity:
    """A user with one access key."""

    user_name: str
    user_arn: str
    user_id: str
    account_id: str
    access_key: str
    secret_key: str

    def session(self, endpoint_url: str, region: str) -> EndpointSession:
        """A boto3 session that signs as this user."""
        return EndpointSession(
            endpoint_url=endpoint_url,
            access_key=self.access_key,
            secret_key=self.secret_key,
            region=region,
        )


def create_identity(iam: Any, user_name: str) -> Identity:
    """Make a user and an access key."""
    user = iam.create_user(UserName=user_name)["User"]
    key = iam.create_access_key(UserName=user_name)["AccessKey"]
    return Identity(
        user_name=user_name,
        user_arn=user["Arn"],
        user_id=user["UserId"],
        account_id=user["Arn"].split(":")[4],
        access_key=key["AccessKeyId"],
        secret_key=key["SecretAccessKey"],
    )


_FUNCTION_KEY = "twin-function-"
FUNCTION_SECRET = "twin-function"  # noqa: S105 - the twin's own, worth nothing elsewhere


def function_access_key(function_name: str) -> str:
    """The access key that a function's process signs with."""
    return _FUNCTION_KEY + function_name


def function_identity(access_key: str) -> Identity | None:
    """The identity behind a function's access key: its role, assumed; None for other keys."""
    if not access_key.startswith(_FUNCTION_KEY):
        return None
    name = access_key.removeprefix(_FUNCTION_KEY)
    return Identity(
        user_name=name,
        user_arn=f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{name}/{name}",
        user_id=f"AROATWIN:{name}",
        account_id=ACCOUNT_ID,
        access_key=access_key,
        secret_key=FUNCTION_SECRET,
    )
