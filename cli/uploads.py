"""Upload files and folders as datasets; what is too large for one file is split."""

import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from cli.failures import CommandError
from cli.splitting import PIECE_BYTES, pieces
from loopwright.domain.uploads import MARKER, table_keys
from loopwright.steps.register_dataset import MAX_FILE_BYTES

type Say = Callable[[str], None]


@dataclass(frozen=True)
class Sizes:
    """The largest file that is uploaded whole, and the size of the pieces of a larger one."""

    file_bytes: int = MAX_FILE_BYTES
    piece_bytes: int = PIECE_BYTES


def upload(
    bucket: str,
    project: str,
    path: Path,
    *,
    name: str | None,
    say: Say,
    sizes: Sizes = Sizes(),
) -> tuple[str, str]:
    """Upload a file, or a folder of files; return the key that starts the run, and its marker.

    A file above the limit, and a folder, go under `incoming/<project>/<name>-<token>/`: a folder
    that nobody used before, so that nothing of an earlier push is read again.
    """
    if path.is_file() and path.stat().st_size <= sizes.file_bytes:
        return _put(bucket, f"incoming/{project}/{name or path.name}", path)
    folder = f"incoming/{project}/{name or path.stem}-{secrets.token_hex(4)}"
    for file in _files(path):
        if file.stat().st_size <= sizes.file_bytes:
            say(f"uploading {file.name}")
            _put(bucket, f"{folder}/{file.name}", file)
        else:
            _put_pieces(bucket, f"{folder}/{file.stem}", file, say, sizes)
    return _put(bucket, f"{folder}/{MARKER}", None)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    names = table_keys([file.name for file in path.iterdir() if file.is_file()])
    if not names:
        message = f"{path} holds no table: no .csv, .tsv, .txt, .jsonl (.gz, .zst) or .parquet file"
        raise CommandError(message)
    return [path / name for name in names]


def _put_pieces(bucket: str, key: str, file: Path, say: Say, sizes: Sizes) -> None:
    with tempfile.TemporaryDirectory() as name:
        for piece in pieces(file, Path(name), piece_bytes=sizes.piece_bytes):
            say(f"uploading {file.name}: {piece.stem}")
            _put(bucket, f"{key}-{piece.name}", piece)


def _put(bucket: str, key: str, path: Path | None) -> tuple[str, str]:
    client: Any = boto3.client("s3")
    if path is None:
        answer = client.put_object(Bucket=bucket, Key=key, Body=b"")
    else:
        with path.open("rb") as body:
            answer = client.put_object(Bucket=bucket, Key=key, Body=body)
    return key, answer.get("VersionId") or key
