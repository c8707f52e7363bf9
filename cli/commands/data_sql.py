"""`loopwright data sql`: ask dataset versions by SQL."""

import csv
import re
import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from cli.failures import CommandError
from cli.output import notices, print_json, print_table, short
from cli.session import Session
from cli.versions import downloaded, find_version, parts_of
from loopwright import bootstrap
from loopwright.domain.dataset import Manifest, Part

_GIVEN = re.compile(r"([A-Za-z_]\w{0,62})=([a-z][a-z0-9-]{1,39})(?:@([0-9a-f]{4,64}))?")


def sql(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="One SELECT.")],
    *,
    data: Annotated[
        list[str], typer.Option(help="NAME=PROJECT[@VERSION]: a table; may be repeated.")
    ],
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="Rows to show at most.")] = 1_000,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    sealed: Annotated[
        bool, typer.Option(help="Read the sealed rows too; needs the right to read them.")
    ] = False,
) -> None:
    """Answer an SQL query over dataset versions, without the sealed rows; nothing is changed."""
    session: Session = context.obj
    _ = session.stack
    versions = dict(map(_version, data))
    if len(versions) < len(data):
        message = "--data: each table needs a name of its own"
        raise CommandError(message)
    parts = {name: parts_of(manifest, sealed=sealed) for name, manifest in versions.items()}
    _check_rows(versions, parts)
    with downloaded(*parts.values()) as files, notices.status("asking"):
        tables = dict(zip(versions, files, strict=True))
        found = bootstrap.workbench().query(query, tables, limit=limit)
    if session.as_json:
        print_json({**found.model_dump(mode="json"), "sealed_rows_read": sealed})
    elif as_csv:
        csv.writer(sys.stdout).writerows([found.columns, *found.rows])
    else:
        print_table("", found.columns, found.rows)
    if found.is_cut:
        notices.print(f"cut after {limit:,} rows; see --limit")
    if not sealed and not session.as_json:
        _say_sealed(versions)


def _version(text: str) -> tuple[str, Manifest]:
    match = _GIVEN.fullmatch(text)
    if match is None:
        message = f"--data {text}: expected NAME=PROJECT or NAME=PROJECT@VERSION"
        raise CommandError(message)
    return match[1], find_version(match[2], match[3])


def _check_rows(versions: Mapping[str, Manifest], parts: Mapping[str, tuple[Part, ...]]) -> None:
    for name, manifest in versions.items():
        if not parts[name]:
            message = f"--data {name}: version {short(manifest.digest)} holds no rows to read"
            raise CommandError(message)


def _say_sealed(versions: dict[str, Manifest]) -> None:
    for name, manifest in versions.items():
        left_out = f"{manifest.holdout_rows:,} of {manifest.rows:,} rows"
        notices.print(f"{name}: {left_out} are sealed and were not read", highlight=False)
