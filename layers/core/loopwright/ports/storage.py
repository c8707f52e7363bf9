"""The bucket, and the documents that lie in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from loopwright.domain.record import Record

if TYPE_CHECKING:
    from loopwright.domain.dataset import Manifest
    from loopwright.domain.gate import Evidence
    from loopwright.domain.model import ModelManifest
    from loopwright.domain.spec import ProjectSpec


class ObjectInfo(Record):
    """What is known of a stored object without reading it."""

    key: str
    bytes: int
    version_id: str | None = None


class ObjectStore(Protocol):
    """The bucket: objects by key. Every write is write-once: equal bytes again are no error."""

    def head(self, key: str, *, version_id: str | None = None) -> ObjectInfo:
        """Describe an object; ObjectMissingError when there is none."""
        ...

    def read(self, key: str) -> bytes:
        """Return an object's bytes; ObjectMissingError when there is none."""
        ...

    def download(self, key: str, path: Path, *, version_id: str | None = None) -> None:
        """Write an object to a file; ObjectMissingError when there is none."""
        ...

    def write(self, key: str, body: bytes) -> None:
        """Store bytes under a new key; WriteOnceError when other bytes are there."""
        ...

    def upload(self, key: str, path: Path) -> None:
        """Store a file under a new key; WriteOnceError when other bytes are there."""
        ...

    def copy(self, source: str, key: str, *, digest: str) -> None:
        """Store an object's bytes under a new key too, without fetching them.

        ConflictError when the source is not of this sha256; else as `upload`.
        """
        ...

    def keys(self, prefix: str) -> list[str]:
        """Return the keys under a prefix, sorted."""
        ...

    def uri(self, key: str) -> str:
        """Return the `s3://` address of a key."""
        ...


class SpecStore(Protocol):
    """Specs by digest (`projects/<project>/specs/<digest>.json`)."""

    def spec(self, project: str, digest: str) -> ProjectSpec:
        """Return a spec; ObjectMissingError when there is none."""
        ...

    def put_spec(self, spec: ProjectSpec) -> str:
        """Store a spec once and return its digest."""
        ...


class DatasetStore(Protocol):
    """Dataset versions: manifests and profiles; parts are objects of the ObjectStore."""

    def manifest(self, project: str, digest: str) -> Manifest:
        """Return a manifest; ObjectMissingError when there is none."""
        ...

    def has(self, project: str, digest: str) -> bool:
        """Tell whether the version is complete: its manifest is written last."""
        ...

    def put_manifest(self, manifest: Manifest) -> None:
        """Store a manifest; when there is one of the same digest, the first one stays."""
        ...


class Signatures(Protocol):
    """The key that model packages are signed with."""

    def sign(self, body: bytes) -> bytes:
        """Return the signature of a document: the same for the same bytes."""
        ...

    def is_valid(self, body: bytes, signature: bytes) -> bool:
        """Tell whether a signature was made by this key over this very document."""
        ...


class ModelStore(Protocol):
    """Model packages by digest."""

    def put_package(self, manifest: ModelManifest, files: Mapping[str, bytes]) -> str:
        """Store a package once and signed, the manifest last, and return the model's digest."""
        ...

    def manifest(self, project: str, model: str) -> ModelManifest:
        """Return the verified manifest: its digest is `model`, and it is signed by our key."""
        ...

    def file(self, project: str, model: str, name: str) -> bytes:
        """Return one verified file; ModelPackageError when its sha256 differs."""
        ...


class EvidenceStore(Protocol):
    """The write-once documents of a run: `runs/<project>/<run>/<name>`."""

    def put(self, project: str, run: str, name: str, body: bytes) -> Evidence:
        """Store a document once; the same bytes again are no error."""
        ...

    def find(self, project: str, run: str, name: str) -> tuple[Evidence, bytes] | None:
        """Return a document of a run and its bytes; None when there is none of the name."""
        ...

    def get(self, evidence: Evidence) -> bytes:
        """Return a document; ConflictError when its digest is not the one given."""
        ...
