"""Fetch the parts that a step works on."""

from collections.abc import Iterable
from pathlib import Path

from loopwright.ports import ObjectStore


def download_parts(objects: ObjectStore, keys: Iterable[str], folder: Path) -> list[Path]:
    """Download objects as `00000.parquet`, ... into a folder; return the paths in order."""
    paths = []
    for place, key in enumerate(keys):
        path = folder / f"{place:05d}.parquet"
        objects.download(key, path)
        paths.append(path)
    return paths
