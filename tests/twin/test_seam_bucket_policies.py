"""moto ignores the conditions of bucket policies; the bridge reads the one that we use."""

import inspect

from moto.s3.models import FakeBucket

from infra.twin.bucket_policies import statements_over_tls


def test_the_seam_is_where_it_was() -> None:
    """The bridge replaces this function of moto."""
    assert list(inspect.signature(FakeBucket.get_permission).parameters) == [
        "self",
        "action",
        "resource",
    ]


def test_a_rule_against_plain_http_does_not_apply_to_loopback() -> None:
    """Loopback stands for TLS; any other statement stays."""
    only_over_tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}

    assert statements_over_tls({"Statement": [only_over_tls, allow]}) == [allow]
