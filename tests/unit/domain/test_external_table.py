"""The table that shows a version to Athena."""

from loopwright.domain.dataset import ColumnSchema, Manifest
from loopwright.domain.external_table import ExternalTable, external_table, folder_of
from loopwright.domain.spec import ProjectSpec
from tests.fakes.projects import COLUMNS, a_spec

MANIFEST = Manifest(
    project="loans-eu",
    digest="d" * 64,
    spec="s1",
    run="r1",
    columns=tuple(
        ColumnSchema(name=name, type=kind, parquet_type=stored)
        for name, kind, stored in (
            ("id", "integer", "BIGINT"),
            ("income", "number", "DOUBLE"),
            ("Member", "boolean", "BOOLEAN"),
            ("City", "category", "VARCHAR"),
            ("seen", "timestamp", "TIMESTAMP"),
        )
    ),
    sealed_by="id",
    sealed_share=0.2,
    training=(),
    holdout=(),
    rows=100,
    training_rows=80,
    holdout_rows=20,
    quarantined_rows=0,
    buckets=1,
    sources=(),
    actor="ana",
    registered_at="2026-01-05T12:00:00+00:00",
)


def a_table(spec: ProjectSpec | None = None, *, of: str = "s1", **changes: str) -> ExternalTable:
    """Return the table of the manifest with changes."""
    told = COLUMNS["income"].model_copy(update={"description": "Euro\na year, " + "x" * 300})
    columns = {"id": told, "income": told, "Member": told, "City": told, "seen": told}
    asked = spec or a_spec().model_copy(update={"columns": columns})
    manifest = MANIFEST.model_copy(update=changes)
    return external_table(manifest, asked, spec_digest=of, location="s3://store/here/")


def test_a_table_has_the_columns_of_the_version_with_their_types_and_meaning() -> None:
    """Names in lower case, as Athena has them; a comment is one line of at most 255 letters."""
    table = a_table()
    comments = {column.comment for column in table.columns}

    assert table.name == "loans_eu"
    assert [(column.name, column.type) for column in table.columns] == [
        ("id", "bigint"),
        ("income", "double"),
        ("member", "boolean"),
        ("city", "string"),
        ("seen", "timestamp"),
    ]
    assert comments == {("Euro a year, " + "x" * 300)[:255]}
    assert table.properties["loopwright.dataset"] == "d" * 64
    assert table.properties["loopwright.training_rows"] == "80"


def test_the_sealed_rows_lie_elsewhere() -> None:
    """The folder of a table is that of the training rows."""
    assert folder_of(MANIFEST) == f"datasets/loans-eu/{'d' * 64}/train/"


def test_a_newer_version_replaces_an_older_one_and_never_the_reverse() -> None:
    """By the time of registration; versions of the same moment have one order too."""
    table = a_table()
    newer = a_table(registered_at="2026-01-05T12:00:00.5+00:00", digest="a" * 64)
    twin = a_table(digest="e" * 64)

    assert newer.replaces(table.properties)
    assert not table.replaces(newer.properties)
    assert twin.replaces(table.properties) != table.replaces(twin.properties)
    assert table.replaces({})


def test_the_same_version_is_written_again_only_for_another_spec() -> None:
    """Its descriptions may have changed."""
    assert not a_table().replaces(a_table().properties)
    assert a_table(of="s2").replaces(a_table().properties)
