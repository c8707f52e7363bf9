"""Specs, dataset versions, model packages and evidence as documents of an ObjectStore."""

from collections.abc import Mapping

from loopwright.domain.dataset import Manifest
from loopwright.domain.gate import Evidence
from loopwright.domain.model import ModelManifest
from loopwright.domain.record import canonical_json, digest_of
from loopwright.domain.spec import ProjectSpec
from loopwright.errors import (
    ConflictError,
    ModelPackageError,
    ObjectMissingError,
    WriteOnceError,
)
from loopwright.ports import ObjectStore, Signatures

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"


class StoredSpecs:
    """Specs under `projects/<project>/specs/<digest>.json`."""

    def __init__(self, objects: ObjectStore) -> None:
        """Keep specs in `objects`."""
        self._objects = objects

    def spec(self, project: str, digest: str) -> ProjectSpec:
        """Return a spec; ObjectMissingError when there is none."""
        return ProjectSpec.model_validate_json(self._objects.read(_spec_key(project, digest)))

    def put_spec(self, spec: ProjectSpec) -> str:
        """Store a spec once and return its digest."""
        body = canonical_json(spec)
        digest = digest_of(body)
        self._objects.write(_spec_key(spec.project, digest), body)
        return digest


class StoredDatasets:
    """Manifests under `datasets/<project>/<digest>/manifest.json`."""

    def __init__(self, objects: ObjectStore) -> None:
        """Keep manifests in `objects`."""
        self._objects = objects

    def manifest(self, project: str, digest: str) -> Manifest:
        """Return a manifest; ObjectMissingError when there is none."""
        return Manifest.model_validate_json(self._objects.read(_manifest_key(project, digest)))

    def has(self, project: str, digest: str) -> bool:
        """Tell whether the version is complete: its manifest is written last."""
        try:
            self._objects.head(_manifest_key(project, digest))
        except ObjectMissingError:
            return False
        return True

    def put_manifest(self, manifest: Manifest) -> None:
        """Store a manifest; when there is one of the same digest, the first one stays."""
        key = _manifest_key(manifest.project, manifest.digest)
        try:
            self._objects.write(key, canonical_json(manifest))
        except WriteOnceError:
            return


class StoredModels:
    """Model packages under `models/<project>/<model>/`, verified whenever they are read."""

    def __init__(self, objects: ObjectStore, signatures: Signatures) -> None:
        """Keep packages in `objects`, their manifests signed."""
        self._objects = objects
        self._signatures = signatures
        self._signed: set[tuple[str, str]] = set()

    def put_package(self, manifest: ModelManifest, files: Mapping[str, bytes]) -> str:
        """Store a package once and signed, the manifest last, and return the model's digest."""
        body = canonical_json(manifest)
        model = digest_of(body)
        written = {**files, SIGNATURE: self._signatures.sign(body)}
        for name in sorted(written):
            self._objects.write(_model_key(manifest.project, model, name), written[name])
        self._objects.write(_model_key(manifest.project, model, MANIFEST), body)
        return model

    def manifest(self, project: str, model: str) -> ModelManifest:
        """Return the manifest; ModelPackageError when its digest is not `model`, or not signed."""
        body = self._objects.read(_model_key(project, model, MANIFEST))
        if digest_of(body) != model:
            message = f"model {model}: {MANIFEST} has another digest, {digest_of(body)}"
            raise ModelPackageError(message)
        if (project, model) not in self._signed:
            self._verify(project, model, body)
        return ModelManifest.model_validate_json(body)

    def _verify(self, project: str, model: str, body: bytes) -> None:
        """Check the signature; the digest is checked each time, so once is enough for this."""
        try:
            signature = self._objects.read(_model_key(project, model, SIGNATURE))
        except ObjectMissingError as error:
            message = f"model {model}: {MANIFEST} is not signed: {SIGNATURE} is missing"
            raise ModelPackageError(message) from error
        if not self._signatures.is_valid(body, signature):
            message = f"model {model}: {SIGNATURE} was not made by this stack's key over {MANIFEST}"
            raise ModelPackageError(message)
        self._signed.add((project, model))

    def file(self, project: str, model: str, name: str) -> bytes:
        """Return one file; ModelPackageError when it is not what the manifest promises."""
        promised = {file.name: file.sha256 for file in self.manifest(project, model).files}
        if name not in promised:
            message = f"model {model} has no file {name!r}, only {sorted(promised)}"
            raise ModelPackageError(message)
        body = self._objects.read(_model_key(project, model, name))
        if digest_of(body) != promised[name]:
            message = f"model {model}: {name} has another digest than the manifest promises"
            raise ModelPackageError(message)
        return body


class StoredEvidence:
    """The write-once documents of runs under `runs/<project>/<run>/`."""

    def __init__(self, objects: ObjectStore) -> None:
        """Keep documents in `objects`."""
        self._objects = objects

    def put(self, project: str, run: str, name: str, body: bytes) -> Evidence:
        """Store a document once; the same bytes again are no error."""
        key = f"runs/{project}/{run}/{name}"
        self._objects.write(key, body)
        return Evidence(name=name, key=key, digest=digest_of(body))

    def find(self, project: str, run: str, name: str) -> tuple[Evidence, bytes] | None:
        """Return a document of a run and its bytes; None when there is none of the name."""
        key = f"runs/{project}/{run}/{name}"
        try:
            body = self._objects.read(key)
        except ObjectMissingError:
            return None
        return Evidence(name=name, key=key, digest=digest_of(body)), body

    def get(self, evidence: Evidence) -> bytes:
        """Return a document; ConflictError when its digest is not the one given."""
        body = self._objects.read(evidence.key)
        if digest_of(body) != evidence.digest:
            message = f"{evidence.key}: expected digest {evidence.digest}, found {digest_of(body)}"
            raise ConflictError(message)
        return body


def _spec_key(project: str, digest: str) -> str:
    return f"projects/{project}/specs/{digest}.json"


def _manifest_key(project: str, digest: str) -> str:
    return f"datasets/{project}/{digest}/manifest.json"


def _model_key(project: str, model: str, name: str) -> str:
    return f"models/{project}/{model}/{name}"
