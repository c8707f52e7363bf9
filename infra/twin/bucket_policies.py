"""Bucket policies in the twin: moto ignores conditions, so a rule against plain HTTP denies all.

Loopback stands for TLS here: a statement that holds only when ``aws:SecureTransport`` is false
never applies.  Every other statement is left to moto.
"""

import json
from collections.abc import Mapping
from typing import Any  # a policy document is any JSON value

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

from infra.twin.bridge import TwinContext

_SECURE_TRANSPORT = "aws:SecureTransport"


class BucketPoliciesBridge:
    """Reads the conditions of bucket policies that moto passes over."""

    def install(self, context: TwinContext) -> None:
        """Replace how moto asks a bucket's policy."""
        context.seams.patch(
            FakeBucket, "get_permission", _get_permission, parameters=("self", "action", "resource")
        )

    def start(self) -> None:
        """Nothing runs."""

    def is_idle(self) -> bool:
        """Nothing is ever under way."""
        return True

    def stop(self) -> None:
        """Nothing runs."""


def statements_over_tls(policy: Mapping[str, Any]) -> list[Any]:
    """The statements of a policy that can apply to a request over TLS."""
    return [each for each in policy["Statement"] if not _is_only_without_tls(each)]


def _is_only_without_tls(statement: Mapping[str, Any]) -> bool:
    condition = statement.get("Condition", {}).get("Bool", {})
    return str(condition.get(_SECURE_TRANSPORT)).lower() == "false"


def _get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    if self.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(self.policy)
    statements = statements_over_tls(policy)
    if not statements:
        return PermissionResult.NEUTRAL
    document = json.dumps({**policy, "Statement": statements})
    return IAMPolicy(document).is_action_permitted(action, resource)
