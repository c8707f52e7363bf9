"""`loopwright init`: start a project from an example."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from cli.failures import CommandError
from cli.output import console

EXAMPLES = Path(__file__).parents[2] / "examples"


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
    *,
    example: Annotated[str, typer.Option(help="The example to copy.")] = "employment",
) -> None:
    """Copy an example project, without its data, into a new folder."""
    known = sorted(path.parent.name for path in EXAMPLES.glob("*/project.yaml"))
    if example not in known:
        message = f"there is no example {example!r}; known: {known}"
        raise CommandError(message)
    if folder.exists():
        message = f"{folder} exists; name a new folder"
        raise CommandError(message)
    shutil.copytree(EXAMPLES / example, folder, ignore=shutil.ignore_patterns("data", "README.md"))
    spec = folder / "project.yaml"
    text = spec.read_text().replace(f"project: {example}", f"project: {folder.name}", 1)
    spec.write_text(text)
    console.print(f"{folder}: edit project.yaml, then `loopwright project push {folder}`")
