"""Find dataset versions by what people type of them, and fetch their rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.progress import Progress

from cli.failures import CommandError
from cli.output import notices, short, size
from loopwright import bootstrap
from loopwright.domain.dataset import Manifest, Part

MAX_DOWNLOAD_BYTES = 20_000_000_000


def find_version(project: str, version: str | None) -> Manifest:
    """Return the manifest of a version by the beginning of its digest; without one, the newest."""
    bootstrap.ledger().project(project)
    known = bootstrap.ledger().datasets(project)
    chosen = known[:1] if version is None else [one for one in known if one.startswith(version)]
    if len(chosen) != 1:
        listed = ", ".join(short(digest) for digest in known[:10]) or "none yet"
        what = "no version" if not chosen else f"{len(chosen)} versions"
        named = "" if version is None else f" that begins with {version!r}"
        message = f"{project} has {what}{named}; its versions, newest first: {listed}"
        raise CommandError(message)
    return bootstrap.datasets().manifest(project, chosen[0])


def parts_of(manifest: Manifest, *, sealed: bool) -> tuple[Part, ...]:
    """Return the parts to read: those of training, and the sealed ones when asked for."""
    return (*manifest.training, *(manifest.holdout if sealed else ()))


@contextmanager
def downloaded(*versions: tuple[Part, ...]) -> Iterator[list[list[Path]]]:
    """Give the parts of versions as files of a folder that is removed afterwards."""
    total = sum(part.bytes for parts in versions for part in parts)
    if total > MAX_DOWNLOAD_BYTES:
        message = (
            f"{size(total)} would be downloaded, at most {size(MAX_DOWNLOAD_BYTES)} are; "
            "compare or query smaller versions"
        )
        raise CommandError(message)
    with TemporaryDirectory(prefix="loopwright-") as folder, Progress(console=notices) as progress:
        task = progress.add_task("downloading", total=total)
        found: list[list[Path]] = []
        for place, parts in enumerate(versions):
            paths = [
                Path(folder, f"{place:03d}-{index:05d}.parquet") for index in range(len(parts))
            ]
            for part, path in zip(parts, paths, strict=True):
                bootstrap.object_store().download(part.key, path)
                progress.advance(task, part.bytes)
            found.append(paths)
        progress.stop()
        yield found
