"""Tables for Athena in memory."""

from loopwright.domain.external_table import ExternalTable


class InMemoryExternalTables:
    """Keeps one table per project, the newest."""

    def __init__(self) -> None:
        """Start with none."""
        self.tables: dict[str, ExternalTable] = {}

    def point(self, table: ExternalTable) -> None:
        """Keep the table unless a newer one is there."""
        known = self.tables.get(table.name)
        if known is None or table.replaces(known.properties):
            self.tables[table.name] = table

    def properties(self, name: str) -> dict[str, str]:
        """Return what a table says of itself."""
        return self.tables[name].properties
