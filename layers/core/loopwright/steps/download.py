"""Fetch the parts that a step works on."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from loopwright.domain.dataset import Part
from loopwright.errors import IncompletePartsError
from loopwright.ports import ObjectStore


def download_parts(objects: ObjectStore, keys: Iterable[str], folder: Path) -> list[Path]:
    """Download objects as `00000.parquet`, ... into a folder; return the paths in order."""
    paths = []
    for place, key in enumerate(keys):
        path = folder / f"{place:05d}.parquet"
        objects.download(key, path)
        paths.append(path)
    return paths


def download_verified(objects: ObjectStore, parts: Sequence[Part], folder: Path) -> list[Path]:
    """Download parts; IncompletePartsError when one is not what the manifest says."""
    paths = download_parts(objects, (part.key for part in parts), folder)
    for part, path in zip(parts, paths, strict=True):
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != part.digest:
            message = f"{part.key}: expected sha256 {part.digest}, found {found}"
            raise IncompletePartsError(message)
    return paths
