"""The object store's contract, on the fake and on S3."""

from pathlib import Path

import boto3
import pytest

from loopwright.aws.stores import StoredDatasets, StoredEvidence, StoredModels, StoredSpecs
from loopwright.domain.model import ModelManifest, PackagedFile
from loopwright.domain.record import canonical_json, digest_of
from loopwright.domain.spec import ProjectSpec
from loopwright.errors import ConflictError, ModelPackageError, ObjectMissingError, WriteOnceError
from tests.fakes.projects import a_manifest
from tests.integration.aws.adapters import BUCKET, Adapters


def test_what_was_written_is_read_back(adapters: Adapters, tmp_path: Path) -> None:
    """Bytes come back by read, by download and with their size."""
    adapters.objects.write("a/b.json", b"{}")
    adapters.objects.download("a/b.json", tmp_path / "copy")

    assert adapters.objects.read("a/b.json") == b"{}"
    assert (tmp_path / "copy").read_bytes() == b"{}"
    assert adapters.objects.head("a/b.json").bytes == len(b"{}")


def test_equal_bytes_again_are_no_error_and_other_bytes_are(
    adapters: Adapters, tmp_path: Path
) -> None:
    """A retry writes the same bytes; anything else would change history."""
    file = tmp_path / "part"
    file.write_bytes(b"one")
    adapters.objects.upload("part", file)
    adapters.objects.write("part", b"one")

    with pytest.raises(WriteOnceError, match="part"):
        adapters.objects.write("part", b"two")
    assert adapters.objects.read("part") == b"one"


def test_a_copy_is_write_once_and_of_the_bytes_that_were_meant(
    adapters: Adapters, tmp_path: Path
) -> None:
    """Again is no error; another source, or other bytes under the key, are conflicts."""
    file = tmp_path / "part"
    file.write_bytes(b"one")
    adapters.objects.upload("staging/a", file)
    adapters.objects.write("staging/b", b"two")
    for _ in range(2):
        adapters.objects.copy("staging/a", "datasets/a", digest=digest_of(b"one"))

    assert adapters.objects.read("datasets/a") == b"one"
    with pytest.raises(WriteOnceError, match="datasets/a"):
        adapters.objects.copy("staging/b", "datasets/a", digest=digest_of(b"two"))
    with pytest.raises(ConflictError, match="staging/b"):
        adapters.objects.copy("staging/b", "datasets/b", digest=digest_of(b"one"))
    with pytest.raises(ObjectMissingError, match="staging/c"):
        adapters.objects.copy("staging/c", "datasets/c", digest=digest_of(b"one"))


def test_a_missing_object_is_named(adapters: Adapters, tmp_path: Path) -> None:
    """Whoever reads a key that is not there learns which."""
    with pytest.raises(ObjectMissingError, match="nowhere"):
        adapters.objects.read("nowhere")
    with pytest.raises(ObjectMissingError, match="nowhere"):
        adapters.objects.head("nowhere")
    with pytest.raises(ObjectMissingError, match="nowhere"):
        adapters.objects.download("nowhere", tmp_path / "x", version_id="v9")


def test_keys_are_listed_by_prefix_in_order(adapters: Adapters) -> None:
    """Only the keys under the prefix, sorted."""
    for key in ("p/b", "p/a", "q/a"):
        adapters.objects.write(key, b"x")

    assert adapters.objects.keys("p/") == ["p/a", "p/b"]
    assert adapters.objects.uri("p/a").startswith("s3://")


@pytest.mark.usefixtures("aws")
def test_an_older_version_of_an_upload_can_be_read(adapters: Adapters, tmp_path: Path) -> None:
    """An event names the version it speaks of, even when a newer one came since."""
    versions: list[str] = []
    for body in (b"first", b"second"):
        if hasattr(adapters.objects, "place"):
            versions.append(str(len(versions)))
            adapters.objects.place("incoming/p/f", body, versions[-1])
        else:
            answer = boto3.client("s3").put_object(Bucket=BUCKET, Key="incoming/p/f", Body=body)
            versions.append(answer["VersionId"])
    adapters.objects.download("incoming/p/f", tmp_path / "old", version_id=versions[0])

    assert (tmp_path / "old").read_bytes() == b"first"


def test_a_spec_is_found_by_its_digest(adapters: Adapters) -> None:
    """The digest of a spec is that of its canonical text."""
    store = StoredSpecs(adapters.objects)
    spec = a_spec()
    digest = store.put_spec(spec)

    assert store.spec("loans", digest) == spec
    assert store.put_spec(spec) == digest


def test_the_first_manifest_of_a_digest_stays(adapters: Adapters) -> None:
    """A second registration of the same rows does not rewrite who brought them first."""
    store = StoredDatasets(adapters.objects)
    assert not store.has("loans", "d1")
    store.put_manifest(a_manifest(actor="ann"))
    store.put_manifest(a_manifest(actor="bob"))

    assert store.has("loans", "d1")
    assert store.manifest("loans", "d1").actor == "ann"


def test_a_changed_model_file_is_refused(adapters: Adapters) -> None:
    """A package is verified against its manifest whenever a file of it is read."""
    store = StoredModels(adapters.objects, adapters.signatures)
    manifest = a_model_manifest(b"right")
    model = store.put_package(manifest, {"model.onnx": b"right"})

    assert store.file("loans", model, "model.onnx") == b"right"
    assert store.manifest("loans", model) == manifest
    with pytest.raises(ModelPackageError, match=r"other\.json"):
        store.file("loans", model, "other.json")


def test_a_package_whose_bytes_are_not_as_promised_is_refused(adapters: Adapters) -> None:
    """Neither a wrong file nor a wrong manifest passes."""
    store = StoredModels(adapters.objects, adapters.signatures)
    model = store.put_package(a_model_manifest(b"promised"), {"model.onnx": b"other"})
    adapters.objects.write("models/loans/abc/manifest.json", b"{}")

    with pytest.raises(ModelPackageError, match="another digest"):
        store.file("loans", model, "model.onnx")
    with pytest.raises(ModelPackageError, match=r"manifest\.json"):
        store.manifest("loans", "abc")


def test_a_package_without_a_signature_is_refused(adapters: Adapters) -> None:
    """Who may write the bucket may not thereby put a model into service."""
    body = canonical_json(a_model_manifest(b"right"))
    model = digest_of(body)
    adapters.objects.write(f"models/loans/{model}/manifest.json", body)

    with pytest.raises(ModelPackageError, match="not signed"):
        StoredModels(adapters.objects, adapters.signatures).manifest("loans", model)


@pytest.mark.parametrize("forged", [b"forged", bytes(384)], ids=["short", "as long as a real one"])
def test_a_signature_that_the_key_did_not_make_is_refused(
    adapters: Adapters, forged: bytes
) -> None:
    """The bytes beside the manifest must come from the key."""
    body = canonical_json(a_model_manifest(b"right"))
    model = digest_of(body)
    adapters.objects.write(f"models/loans/{model}/manifest.json", body)
    adapters.objects.write(f"models/loans/{model}/manifest.sig", forged)

    with pytest.raises(ModelPackageError, match="was not made by this stack's key"):
        StoredModels(adapters.objects, adapters.signatures).manifest("loans", model)


def test_a_signature_is_of_one_document(adapters: Adapters) -> None:
    """It is the same when it is made again, so a retry writes the same bytes."""
    signature = adapters.signatures.sign(b"one")

    assert adapters.signatures.sign(b"one") == signature
    assert adapters.signatures.is_valid(b"one", signature)
    assert not adapters.signatures.is_valid(b"two", signature)


def test_evidence_is_read_by_its_digest(adapters: Adapters) -> None:
    """Evidence that is not what its digest says is a conflict."""
    store = StoredEvidence(adapters.objects)
    evidence = store.put("loans", "run-1", "decision.json", b"{}")

    assert store.get(evidence) == b"{}"
    with pytest.raises(ConflictError, match="expected digest"):
        store.get(evidence.model_copy(update={"digest": "0" * 64}))


def a_spec() -> ProjectSpec:
    """Return a small spec."""
    return ProjectSpec.model_validate(
        {
            "project": "loans",
            "question": "Is the loan repaid?",
            "owner": "credit team",
            "intended_use": "ranking of applications",
            "affected_people": "applicants",
            "task": "binary",
            "target": "repaid",
            "protected": {"none": "no personal attribute is held"},
            "columns": {"repaid": {"type": "integer"}, "amount": {"type": "number"}},
        }
    )


def a_model_manifest(body: bytes) -> ModelManifest:
    """Return a manifest that promises one file."""
    file = PackagedFile(name="model.onnx", bytes=len(body), sha256=digest_of(body))
    return ModelManifest(
        project="loans", spec="s", dataset="d", code="c", image="i", libraries={}, files=(file,)
    )
