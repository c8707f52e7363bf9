"""Tables for Athena in a database of the Glue Data Catalog."""

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from loopwright.aws.clients import error_code, patiently, translated
from loopwright.domain.external_table import ExternalTable

_MISSING = "EntityNotFoundException"
_COLLISIONS = frozenset({"AlreadyExistsException", "ConcurrentModificationException"})
_PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    },
}


class GlueExternalTables:
    """One table per project. An update names the table's version that it was decided on."""

    def __init__(
        self, glue: Any, database: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Keep tables in this database."""
        self._glue = glue
        self._database = database
        self._sleep = sleep

    def point(self, table: ExternalTable) -> None:
        """Create the table, or point it at a newer version; again is no error."""
        with translated(f"point the table {self._database}.{table.name} at a version"):
            patiently(lambda: self._point(table), passes=_collides, sleep=self._sleep)

    def _point(self, table: ExternalTable) -> None:
        found = self._found(table.name)
        given = {"DatabaseName": self._database, "TableInput": _input(table)}
        if found is None:
            self._glue.create_table(**given)
        elif table.replaces(found.get("Parameters", {})):
            self._glue.update_table(**given, VersionId=found["VersionId"], SkipArchive=True)

    def _found(self, name: str) -> dict[str, Any] | None:
        try:
            answer = self._glue.get_table(DatabaseName=self._database, Name=name)
        except ClientError as error:
            if error_code(error) != _MISSING:
                raise
            return None
        found: dict[str, Any] = answer["Table"]
        return found


def _collides(error: ClientError) -> bool:
    return error_code(error) in _COLLISIONS


def _input(table: ExternalTable) -> dict[str, Any]:
    columns = [
        {"Name": column.name, "Type": column.type, "Comment": column.comment}
        for column in table.columns
    ]
    return {
        "Name": table.name,
        "Description": table.description,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet", **table.properties},
        "StorageDescriptor": {"Columns": columns, "Location": table.location, **_PARQUET},
    }
