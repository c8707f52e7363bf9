"""The signature check, against botocore's own signer as the independent party."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from infra.twin.sigv4 import (
    Credential,
    SignatureError,
    SignedRequest,
    normalised_path,
    parse_authorization,
    verify,
)

HOST = "127.0.0.1:8080"
SECRET = "a-secret"

paths = st.text("abcXYZ019-_.~%20+/", max_size=20).map(lambda text: f"/{text}")
queries = st.lists(
    st.tuples(st.text("abc-_~", min_size=1, max_size=5), st.text("xyz019 /+&=ä", max_size=6)),
    max_size=4,
)


def signed(
    *, method: str = "POST", target: str = "/projects/p", body: bytes = b"{}", **params: object
) -> SignedRequest:
    """A request as botocore signs it."""
    request = AWSRequest(method, f"http://{HOST}{target}", data=body, params=params or None)
    SigV4Auth(Credentials("AK", SECRET), "execute-api", "eu-west-1").add_auth(request)
    prepared = request.prepare()
    sent = urlsplit(prepared.url)
    headers = {name.lower(): str(value) for name, value in prepared.headers.items()}
    return SignedRequest(method, sent.path, sent.query, {**headers, "host": HOST}, body)


def check(request: SignedRequest, *, now: datetime | None = None, secret: str = SECRET) -> None:
    """Verify a request as the API would."""
    verify(
        request,
        parse_authorization(request.headers.get("authorization")),
        secret=secret,
        service="execute-api",
        region="eu-west-1",
        now=now or datetime.now(UTC),
    )


@given(path=paths, query=queries, body=st.binary(max_size=50))
def test_whatever_botocore_signs_is_accepted(
    path: str, query: list[tuple[str, str]], body: bytes
) -> None:
    """Paths, queries and bodies of any form, signed by an independent implementation."""
    request = signed(target=path, body=body, **dict(query))

    check(request)


@pytest.mark.parametrize("part", ["method", "path", "query", "body"])
def test_a_request_that_was_changed_after_signing_is_refused(part: str) -> None:
    """Each part that the signature covers."""
    request = signed(target="/a?x=1")
    changed = {
        "method": "GET",
        "path": "/b",
        "query": "x=2",
        "body": b"[]",
    }
    values = {**vars(request), part: changed[part]}

    with pytest.raises(SignatureError, match="does not match"):
        check(SignedRequest(**values))


def test_another_secret_is_refused() -> None:
    """Who does not know the secret cannot sign."""
    with pytest.raises(SignatureError, match="does not match"):
        check(signed(), secret="another")


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_signature_of_another_time_is_refused(minutes: int) -> None:
    """A recorded request cannot be sent again later."""
    with pytest.raises(SignatureError, match="more than"):
        check(signed(), now=datetime.now(UTC) + timedelta(minutes=minutes))


def test_a_signature_for_another_service_is_refused() -> None:
    """A signature for S3 says nothing about the API."""
    request = signed()
    credential = parse_authorization(request.headers["authorization"])

    with pytest.raises(SignatureError, match="execute-api"):
        verify(
            request,
            credential,
            secret=SECRET,
            service="s3",
            region="eu-west-1",
            now=datetime.now(UTC),
        )


def test_a_request_without_a_signed_host_is_refused() -> None:
    """Without the host a signature could be used at another API."""
    request = signed()
    found = parse_authorization(request.headers["authorization"])
    credential = Credential(**{**vars(found), "signed_headers": ("x-amz-date",)})

    with pytest.raises(SignatureError, match="Host"):
        verify(
            request,
            credential,
            secret=SECRET,
            service="execute-api",
            region="eu-west-1",
            now=datetime.now(UTC),
        )


def test_a_signed_header_that_was_not_sent_is_named() -> None:
    """The signature covers what is not there."""
    request = signed()
    headers = {
        **request.headers,
        "authorization": request.headers["authorization"].replace("host;", "host;x-lost;"),
    }

    with pytest.raises(SignatureError, match="x-lost"):
        check(SignedRequest(**{**vars(request), "headers": headers}))


def test_a_date_that_is_none_is_refused() -> None:
    """The date says when the request was signed, so it must be one."""
    request = signed()
    headers = {**request.headers, "x-amz-date": "yesterday"}

    with pytest.raises(SignatureError, match="yesterday"):
        check(SignedRequest(**{**vars(request), "headers": headers}))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer abc",
        "AWS4-HMAC-SHA256 nothing",
        "AWS4-HMAC-SHA256 Credential=AK/20260101/eu-west-1, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256 Credential=AK/1/r/s/other, SignedHeaders=host, Signature=00",
    ],
)
def test_a_malformed_authorization_is_refused(header: str | None) -> None:
    """Whatever a stranger sends is an answer, never a crash."""
    with pytest.raises(SignatureError, match="Authorization"):
        parse_authorization(header)


@given(st.text(max_size=80))
def test_any_authorization_is_read_or_refused(text: str) -> None:
    """Parsing raises nothing but SignatureError."""
    try:
        credential = parse_authorization(f"AWS4-HMAC-SHA256 {text}")
    except SignatureError:
        return

    assert credential.scope.endswith("aws4_request")


@pytest.mark.parametrize(
    ("path", "expected"),
    [("", "/"), ("/", "/"), ("/a//b/", "/a/b/"), ("/a/./b/../c", "/a/c"), ("/..", "/")],
)
def test_dot_and_empty_segments_are_removed(path: str, expected: str) -> None:
    """As RFC 3986 says."""
    assert normalised_path(path) == expected
