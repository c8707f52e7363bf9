"""The events of S3 as EventBridge receives them; moto's have constant and misspelled fields."""

import itertools
import time
import uuid
from typing import Any, Final  # moto's bucket and key are untyped

from moto.s3 import notifications
from moto.s3.models import s3_backends

_SEQUENCE: Final = itertools.count(1)
_REASONS: Final = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectRemoved:Delete": "DeleteObject",
    "ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
    "LifecycleExpiration:Delete": "Lifecycle Expiration",
}
_DELETION_TYPES: Final = {
    "ObjectRemoved:Delete": "Permanently Deleted",
    "ObjectRemoved:DeleteMarkerCreated": "Delete Marker Created",
}


def detail_type_of(event_name: str) -> str:
    """Such as "Object Created" for ``s3:ObjectCreated:Put``."""
    detail_type: str = notifications._detail_type(event_name)  # noqa: SLF001 - the seam
    return detail_type


def s3_detail(account_id: str, bucket: Any, event_name: str, key: Any) -> dict[str, Any]:
    """The detail of an object's event; the version id only where the bucket has versions."""
    short_name = event_name.removeprefix("s3:")
    item = {
        "key": key.name,
        "size": key.size,
        "etag": key.etag.replace('"', ""),
        "sequencer": f"{time.time_ns():016X}{next(_SEQUENCE):04X}",
    }
    if bucket.is_versioned:
        item["version-id"] = key.version_id
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": item,
        "request-id": uuid.uuid4().hex[:16].upper(),
        "requester": account_id,
        "source-ip-address": "127.0.0.1",
    }
    if short_name in _REASONS:
        detail["reason"] = _REASONS[short_name]
    if short_name in _DELETION_TYPES:
        detail["deletion-type"] = _DELETION_TYPES[short_name]
    return detail


def is_spurious(account_id: str, event_name: str, key: Any) -> bool:
    """Whether moto tells of tags that nobody set: it does so after every upload."""
    if "ObjectTagging:Put" not in event_name:
        return False
    tags = s3_backends[account_id]["aws"].tagger.get_tag_dict_for_resource(key.arn)
    return not tags
