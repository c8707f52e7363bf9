"""Fetch two versions and compare them."""

from cli.failures import CommandError
from cli.output import notices, short
from cli.versions import downloaded, parts_of
from loopwright import bootstrap
from loopwright.domain.bins import NumericBins
from loopwright.domain.counting import read_bins
from loopwright.domain.dataset import Manifest
from loopwright.domain.diff import (
    Diff,
    column_changes,
    common_columns,
    schema_changes,
    side,
)


def compare_versions(
    before: Manifest, after: Manifest, *, key: str | None = None, sealed: bool = False
) -> Diff:
    """Compare the rows of two versions over the older one's bins."""
    common = common_columns(before.columns, after.columns)
    matched = _key(before, after, key, common)
    bins = read_bins(
        bootstrap.object_store().read(f"datasets/{before.project}/{before.digest}/bins.json")
    )
    counted = {name: one for name, one in bins.items() if name in common}
    numbers = {n: one.measure for n, one in counted.items() if isinstance(one, NumericBins)}
    wanted = [parts_of(manifest, sealed=sealed) for manifest in (before, after)]
    for manifest, parts in zip((before, after), wanted, strict=True):
        if not parts:
            message = f"version {short(manifest.digest)} holds no rows to compare; try --sealed"
            raise CommandError(message)
    with downloaded(*wanted) as (old, new), notices.status("comparing"):
        rows = bootstrap.workbench().compare(old, new, columns=common, key=matched)
        distances = bootstrap.workbench().distances(old, new, numbers)
        counts = [bootstrap.tables().profile(parts, counted).counts for parts in (old, new)]
    return Diff(
        project=before.project,
        before=side(before, counts[0].rows),
        after=side(after, counts[1].rows),
        sealed_rows_compared=sealed,
        schema_changes=schema_changes(before.columns, after.columns),
        rows=rows,
        columns=column_changes(counted, counts[0], counts[1], distances),
    )


def _key(
    before: Manifest, after: Manifest, wanted: str | None, common: tuple[str, ...]
) -> str | None:
    """Return the column to match by: the one asked for, else the key of both specs, else None."""
    if wanted is not None:
        if wanted not in common:
            message = f"--key {wanted}: expected a column of both versions: {', '.join(common)}"
            raise CommandError(message)
        return wanted
    specs = bootstrap.specs()
    keys = {specs.spec(each.project, each.spec).key for each in (before, after)}
    return keys.pop() if len(keys) == 1 and keys <= set(common) else None
