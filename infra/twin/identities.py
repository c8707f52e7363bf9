"""The people of the twin: IAM users of moto with keys that the API knows."""

from dataclasses import dataclass
from typing import Any  # boto3's IAM client

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
