"""The documents that steps of one run hand to each other through the store."""

from loopwright.domain.record import Record, canonical_json, digest_of
from loopwright.domain.staging import StoredDocument
from loopwright.errors import IncompletePartsError
from loopwright.ports import ObjectStore


def put_document(objects: ObjectStore, prefix: str, record: Record) -> StoredDocument:
    """Store a record under the digest of its text: `<prefix>-<digest>.json`."""
    body = canonical_json(record)
    digest = digest_of(body)
    key = f"{prefix}-{digest}.json"
    objects.write(key, body)
    return StoredDocument(key=key, digest=digest)


def get_document[Kind: Record](
    objects: ObjectStore, stored: StoredDocument, kind: type[Kind]
) -> Kind:
    """Return a stored record; IncompletePartsError when its bytes are not those of its digest."""
    body = objects.read(stored.key)
    if digest_of(body) != stored.digest:
        message = f"{stored.key}: expected digest {stored.digest}, found {digest_of(body)}"
        raise IncompletePartsError(message)
    return kind.model_validate_json(body)
