"""Verify AWS Signature Version 4 of an HTTP request, as API Gateway does for IAM authorisation.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_CLOCK_SKEW = timedelta(minutes=5)
_TERMINATOR = "aws4_request"


class SignatureError(ValueError):
    """The request is not signed, or not by whom it says."""


@dataclass(frozen=True)
class SignedRequest:
    """What a signature covers; ``path`` and ``query`` are as they were sent, header names
    lower-case.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Credential:
    """The parts of an Authorization header."""

    access_key: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str

    @property
    def scope(self) -> str:
        """The credential scope, which the string to sign names."""
        return f"{self.date}/{self.region}/{self.service}/{_TERMINATOR}"


def parse_authorization(header: str | None) -> Credential:
    """Read an Authorization header; raises SignatureError when it is missing or malformed."""
    algorithm, _, rest = (header or "").partition(" ")
    if algorithm != ALGORITHM:
        message = f"Authorization begins with {algorithm!r}, expected {ALGORITHM}"
        raise SignatureError(message)
    parts = dict(_assignment(part) for part in rest.split(",") if "=" in part)
    missing = {"Credential", "SignedHeaders", "Signature"} - set(parts)
    scope = parts.get("Credential", "").split("/")
    if missing or len(scope) != 5 or scope[4] != _TERMINATOR:  # noqa: PLR2004 - key/date/region/service/end
        message = "Authorization has not the parts Credential, SignedHeaders and Signature"
        raise SignatureError(message)
    signed = tuple(parts["SignedHeaders"].split(";"))
    access_key, date, region, service, _ = scope
    return Credential(access_key, date, region, service, signed, parts["Signature"])


def _assignment(part: str) -> tuple[str, str]:
    name, _, value = part.strip().partition("=")
    return name, value


def verify(
    request: SignedRequest,
    credential: Credential,
    *,
    secret: str,
    service: str,
    region: str,
    now: datetime,
) -> None:
    """Raise SignatureError unless the secret's owner signed exactly this request, recently."""
    if (credential.service, credential.region) != (service, region):
        message = f"signed for {credential.service} in {credential.region}"
        raise SignatureError(message)
    if "host" not in credential.signed_headers:
        message = "the Host header is not signed"
        raise SignatureError(message)
    timestamp = request.headers.get("x-amz-date", "")
    _check_age(timestamp, credential, now)
    digest = hashlib.sha256(canonical_request(request, credential).encode()).hexdigest()
    text = f"{ALGORITHM}\n{timestamp}\n{credential.scope}\n{digest}"
    expected = hmac.digest(_signing_key(secret, credential), text.encode(), "sha256").hex()
    if not hmac.compare_digest(expected.encode(), credential.signature.encode()):
        message = "the signature does not match"
        raise SignatureError(message)


def _check_age(timestamp: str, credential: Credential, now: datetime) -> None:
    try:
        signed_at = datetime.strptime(timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        message = f"X-Amz-Date is {timestamp!r}, expected such as 20260102T030405Z"
        raise SignatureError(message) from error
    if not timestamp.startswith(credential.date) or abs(now - signed_at) > MAX_CLOCK_SKEW:
        message = f"signed at {timestamp}, more than {MAX_CLOCK_SKEW} from now"
        raise SignatureError(message)


def canonical_request(request: SignedRequest, credential: Credential) -> str:
    """The request in the one form that both sides sign."""
    lines = []
    for name in credential.signed_headers:
        if name not in request.headers:
            message = f"the signed header {name} was not sent"
            raise SignatureError(message)
        lines.append(f"{name}:{' '.join(request.headers[name].split())}\n")
    return "\n".join(
        (
            request.method,
            quote(normalised_path(request.path), safe="/~"),
            _canonical_query(request.query),
            "".join(lines),
            ";".join(credential.signed_headers),
            hashlib.sha256(request.body).hexdigest(),
        )
    )


def normalised_path(path: str) -> str:
    """A path without empty and dot segments (RFC 3986), as every service but S3 signs it."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    end = "/" if kept and path.endswith("/") else ""
    return f"/{'/'.join(kept)}{end}"


def _canonical_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    encoded = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def _signing_key(secret: str, credential: Credential) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (credential.date, credential.region, credential.service, _TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
