"""The bucket on S3: every write is conditional on there being nothing."""

import hashlib
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from botocore.exceptions import ClientError

from loopwright.aws.clients import error_code, patiently, translated
from loopwright.errors import ConflictError, ObjectMissingError, WriteOnceError
from loopwright.ports import ObjectInfo

_MISSING = frozenset({"404", "NoSuchKey", "NoSuchVersion", "NotFound"})
_EXISTS = frozenset({"PreconditionFailed", "412"})
_BEING_WRITTEN = "ConditionalRequestConflict"
_DIGEST = "loopwright-sha256"


class S3ObjectStore:
    """Objects of one bucket by key."""

    def __init__(
        self, s3: Any, bucket: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Use `bucket` through the S3 client; `sleep` while somebody else writes the same key."""
        self._s3 = s3
        self._bucket = bucket
        self._sleep = sleep

    def head(self, key: str, *, version_id: str | None = None) -> ObjectInfo:
        """Describe an object; ObjectMissingError when there is none."""
        answer = self._get("head_object", key, version_id)
        found = answer.get("VersionId")
        return ObjectInfo(key=key, bytes=answer["ContentLength"], version_id=found)

    def read(self, key: str) -> bytes:
        """Return an object's bytes; ObjectMissingError when there is none."""
        with translated(f"read {key}"):
            body: bytes = self._get("get_object", key, None)["Body"].read()
        return body

    def download(self, key: str, path: Path, *, version_id: str | None = None) -> None:
        """Write an object to a file in pieces; ObjectMissingError when there is none."""
        body = self._get("get_object", key, version_id)["Body"]
        with translated(f"download {key}"), path.open("wb") as file:
            for piece in body.iter_chunks(1 << 20):
                file.write(piece)

    def write(self, key: str, body: bytes) -> None:
        """Store bytes under a new key; WriteOnceError when other bytes are there."""
        self._put(key, io.BytesIO(body), hashlib.sha256(body).hexdigest())

    def upload(self, key: str, path: Path) -> None:
        """Store a file under a new key; WriteOnceError when other bytes are there."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            self._put(key, file, digest)

    def copy(self, source: str, key: str, *, digest: str) -> None:
        """Copy an object inside the bucket; ConflictError when it is not of this sha256.

        An object that is there already is looked at first: it needs no second copy.
        """
        if self._is_there(key, digest):
            return
        found = self._get("head_object", source, None)
        stored = found["Metadata"].get(_DIGEST)
        if stored != digest:
            message = f"{source}: expected sha256 {digest}, found {stored}"
            raise ConflictError(message)
        self._once(lambda: self._copy(source, key, found["ETag"]), key, digest)

    def keys(self, prefix: str) -> list[str]:
        """Return the keys under a prefix, sorted."""
        with translated(f"list {prefix}"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix
            )
            return sorted(item["Key"] for page in pages for item in page.get("Contents", []))

    def uri(self, key: str) -> str:
        """Return the `s3://` address of a key."""
        return f"s3://{self._bucket}/{key}"

    def _get(self, operation: str, key: str, version_id: str | None) -> Any:
        version = {} if version_id is None else {"VersionId": version_id}
        with translated(f"{operation} {key}"):
            try:
                return getattr(self._s3, operation)(Bucket=self._bucket, Key=key, **version)
            except ClientError as error:
                if error_code(error) not in _MISSING:
                    raise
                message = f"there is no object {key} (version {version_id})"
                raise ObjectMissingError(message) from error

    def _is_there(self, key: str, digest: str) -> bool:
        try:
            stored = self._get("head_object", key, None)["Metadata"].get(_DIGEST)
        except ObjectMissingError:
            return False
        if stored != digest:
            message = f"{key} already holds other content (sha256 {stored}, not {digest})"
            raise WriteOnceError(message)
        return True

    def _copy(self, source: str, key: str, etag: str) -> None:
        self._s3.copy_object(
            Bucket=self._bucket,
            Key=key,
            CopySource={"Bucket": self._bucket, "Key": source},
            CopySourceIfMatch=etag,
            IfNoneMatch="*",
        )

    def _put(self, key: str, body: BinaryIO, digest: str) -> None:
        def put() -> None:
            body.seek(0)
            self._s3.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=body,
                IfNoneMatch="*",
                Metadata={_DIGEST: digest},
            )

        self._once(put, key, digest)

    def _once(self, store: Callable[[], None], key: str, digest: str) -> None:
        """Store under a new key; it is no error when these bytes are there."""
        with translated(f"write {key}"):
            try:
                patiently(store, passes=_is_being_written, sleep=self._sleep)
            except ClientError as error:
                if error_code(error) not in _EXISTS or not self._is_there(key, digest):
                    raise


def _is_being_written(error: ClientError) -> bool:
    return error_code(error) == _BEING_WRITTEN
