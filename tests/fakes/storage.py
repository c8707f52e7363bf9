"""The bucket in memory. Specs, datasets, models and evidence use loopwright.aws.stores over it."""

from pathlib import Path

from loopwright.domain.record import digest_of
from loopwright.errors import ConflictError, ObjectMissingError, WriteOnceError
from loopwright.ports import ObjectInfo


class KilledError(BaseException):
    """The process ends here, as at a limit of its memory or time: nothing may catch it."""


class InMemoryObjectStore:
    """Objects by key; `place` puts an upload as somebody outside would, without write-once."""

    def __init__(self) -> None:
        """Start empty."""
        self.objects: dict[str, bytes] = {}
        self.versions: dict[tuple[str, str], bytes] = {}
        self.writes_left: int | None = None

    def place(self, key: str, body: bytes, version_id: str = "v1") -> None:
        """Put an object the way an uploader does: the newest version wins."""
        self.objects[key] = body
        self.versions[key, version_id] = body

    def head(self, key: str, *, version_id: str | None = None) -> ObjectInfo:
        """Describe an object."""
        return ObjectInfo(key=key, bytes=len(self._body(key, version_id)), version_id=version_id)

    def read(self, key: str) -> bytes:
        """Return an object's bytes."""
        return self._body(key, None)

    def download(self, key: str, path: Path, *, version_id: str | None = None) -> None:
        """Write an object to a file."""
        path.write_bytes(self._body(key, version_id))

    def write(self, key: str, body: bytes) -> None:
        """Store bytes under a new key; be killed once, after as many writes as are left."""
        if self.writes_left == 0:
            self.writes_left = None
            raise KilledError
        if self.writes_left is not None:
            self.writes_left -= 1
        if self.objects.setdefault(key, body) != body:
            message = f"{key} already holds other content"
            raise WriteOnceError(message)

    def upload(self, key: str, path: Path) -> None:
        """Store a file under a new key."""
        self.write(key, path.read_bytes())

    def copy(self, source: str, key: str, *, digest: str) -> None:
        """Store an object's bytes under a new key too."""
        body = self._body(source, None) if key not in self.objects else self.objects[key]
        if digest_of(body) != digest:
            kind = WriteOnceError if key in self.objects else ConflictError
            message = f"{key}: expected sha256 {digest} of {source}"
            raise kind(message)
        self.write(key, body)

    def keys(self, prefix: str) -> list[str]:
        """Return the keys under a prefix."""
        return sorted(key for key in self.objects if key.startswith(prefix))

    def uri(self, key: str) -> str:
        """Return the address of a key."""
        return f"s3://store/{key}"

    def _body(self, key: str, version_id: str | None) -> bytes:
        body = self.objects.get(key) if version_id is None else self.versions.get((key, version_id))
        if body is None:
            message = f"there is no object {key} (version {version_id})"
            raise ObjectMissingError(message)
        return body
