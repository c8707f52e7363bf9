"""A project's newest dataset version as a table for people who ask by SQL: training rows only."""

from collections.abc import Mapping

from loopwright.domain.dataset import Manifest
from loopwright.domain.record import Record
from loopwright.domain.spec import ProjectSpec

MAX_COMMENT = 255
MAX_DESCRIPTION = 2_000
TYPES = {
    "BIGINT": "bigint",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "VARCHAR": "string",
    "TIMESTAMP": "timestamp",
}
REGISTERED_AT, DATASET, SPEC = (
    f"loopwright.{name}" for name in ("registered_at", "dataset", "spec")
)


class ExternalColumn(Record):
    """A column by its name in lower case, as Athena has it, and its Hive type."""

    name: str
    type: str
    comment: str


class ExternalTable(Record):
    """A table over the Parquet files of one folder; `properties` say which version it shows."""

    name: str
    description: str
    location: str
    columns: tuple[ExternalColumn, ...]
    properties: dict[str, str]

    def replaces(self, found: Mapping[str, str]) -> bool:
        """Tell whether a table of these properties shows an older version, or an older spec.

        Of parallel runs the newest version stays, whoever comes last.
        """
        if found.get(DATASET) == self.properties[DATASET]:
            return found.get(SPEC) != self.properties[SPEC]
        return _age(self.properties) > _age(found)


def folder_of(manifest: Manifest) -> str:
    """Return the folder of a version that holds its training rows and nothing else."""
    return f"datasets/{manifest.project}/{manifest.digest}/train/"


def external_table(
    manifest: Manifest, spec: ProjectSpec, *, spec_digest: str, location: str
) -> ExternalTable:
    """Return the table of a version; what its columns mean is from the spec of the run."""
    return ExternalTable(
        name=manifest.project.replace("-", "_"),
        description=(spec.description or spec.question)[:MAX_DESCRIPTION],
        location=location,
        columns=tuple(
            ExternalColumn(
                name=column.name.lower(),
                type=TYPES[column.parquet_type],
                comment=_comment(spec, column.name),
            )
            for column in manifest.columns
        ),
        properties={
            DATASET: manifest.digest,
            SPEC: spec_digest,
            REGISTERED_AT: manifest.registered_at,
            "loopwright.project": manifest.project,
            "loopwright.training_rows": str(manifest.training_rows),
        },
    )


def _comment(spec: ProjectSpec, name: str) -> str:
    return " ".join(spec.columns[name].description.split())[:MAX_COMMENT]


def _age(properties: Mapping[str, str]) -> tuple[str, str]:
    """Return what orders versions; times in UTC and ISO 8601 sort as texts."""
    return properties.get(REGISTERED_AT, ""), properties.get(DATASET, "")
