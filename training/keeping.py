"""Keep a document so that whoever reads it finds it whole, or not at all."""

from pathlib import Path


def keep(path: Path, body: bytes) -> None:
    """Write a file in place of what was there; an interruption leaves the one or the other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_bytes(body)
    unfinished.rename(path)
