"""Signatures by a key that never leaves KMS."""

import hashlib
from typing import Any

from botocore.exceptions import ClientError

from loopwright.aws.clients import error_code, translated

ALGORITHM = "RSASSA_PKCS1_V1_5_SHA_256"
_WRONG = "KMSInvalidSignatureException"


class KmsSignatures:
    """RSA signatures (PKCS#1 v1.5, SHA-256), which are the same bytes for the same document."""

    def __init__(self, client: Any, key: str) -> None:
        """Sign and verify with one key, given by its ARN."""
        self._client = client
        self._key = key

    def sign(self, body: bytes) -> bytes:
        """Return the signature of a document."""
        with translated("kms:Sign"):
            answer = self._client.sign(**self._request(body))
        return bytes(answer["Signature"])

    def is_valid(self, body: bytes, signature: bytes) -> bool:
        """Tell whether a signature was made by this key over this very document."""
        with translated("kms:Verify"):
            try:
                answer = self._client.verify(**self._request(body), Signature=signature)
            except ClientError as error:
                if error_code(error) != _WRONG:
                    raise
                return False
        return bool(answer["SignatureValid"])

    def _request(self, body: bytes) -> dict[str, Any]:
        """Return what both calls take; a document may be longer than what KMS takes whole."""
        return {
            "KeyId": self._key,
            "Message": hashlib.sha256(body).digest(),
            "MessageType": "DIGEST",
            "SigningAlgorithm": ALGORITHM,
        }
