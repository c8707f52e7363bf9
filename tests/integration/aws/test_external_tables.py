"""Tables for Athena: their contract on the fake and on Glue, and what a race does to them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any  # boto3 clients

import boto3
import pytest
from botocore.exceptions import ClientError

from loopwright.aws.external_tables import GlueExternalTables
from loopwright.domain.external_table import ExternalColumn, ExternalTable
from loopwright.errors import ServiceError, TransientServiceError
from loopwright.ports import ExternalTables
from tests.fakes import InMemoryExternalTables

DATABASE = "loopwright_dev"


def a_table(day: int, dataset: str) -> ExternalTable:
    """Return the table of a version that was registered on this day."""
    return ExternalTable(
        name="loans",
        description="Loans",
        location=f"s3://store/datasets/loans/{dataset}/train/",
        columns=(ExternalColumn(name="income", type="double", comment="Euro a year"),),
        properties={
            "loopwright.dataset": dataset,
            "loopwright.spec": "s",
            "loopwright.registered_at": f"2026-01-{day:02d}",
        },
    )


@dataclass
class Kept:
    """The tables, and a way to look at one."""

    tables: ExternalTables
    properties: Callable[[str], dict[str, str]]


@pytest.fixture
def glue(aws: None) -> Any:
    """Return a client of Glue with the database of the stack."""
    client = boto3.client("glue")
    client.create_database(DatabaseInput={"Name": DATABASE})
    return client


@pytest.fixture(params=["fake", "aws"])
def kept(request: pytest.FixtureRequest) -> Kept:
    """Return the port, in memory or on moto."""
    if request.param == "fake":
        fake = InMemoryExternalTables()
        return Kept(fake, fake.properties)
    client = request.getfixturevalue("glue")

    def properties(name: str) -> dict[str, str]:
        found: dict[str, str] = stored(client, name)["Parameters"]
        return {key: found[key] for key in found if key.startswith("loopwright.")}

    return Kept(GlueExternalTables(client, DATABASE), properties)


def stored(client: Any, name: str = "loans") -> dict[str, Any]:
    """Return a table as Glue has it."""
    found: dict[str, Any] = client.get_table(DatabaseName=DATABASE, Name=name)["Table"]
    return found


def test_a_table_points_at_the_newest_version(kept: Kept) -> None:
    """Whatever the order in which versions come; again is no error."""
    for day, dataset in ((2, "b"), (1, "a"), (3, "c"), (3, "c"), (2, "b")):
        kept.tables.point(a_table(day, dataset))

    assert kept.properties("loans") == a_table(3, "c").properties


def test_glue_gets_an_external_table_of_parquet(glue: Any) -> None:
    """As Athena wants it."""
    GlueExternalTables(glue, DATABASE).point(a_table(1, "a"))
    found = stored(glue)
    described = found["StorageDescriptor"]

    assert (found["TableType"], found["Parameters"]["EXTERNAL"]) == ("EXTERNAL_TABLE", "TRUE")
    assert described["Location"] == "s3://store/datasets/loans/a/train/"
    assert described["Columns"] == [{"Name": "income", "Type": "double", "Comment": "Euro a year"}]
    assert "parquet" in described["SerdeInfo"]["SerializationLibrary"]


class RacingGlue:
    """Glue as it treats collisions, which moto does not: another run comes in between, once."""

    def __init__(self, client: Any, other: ExternalTable) -> None:
        """Let the other run point at its table after our first look."""
        self._client = client
        self._other: ExternalTable | None = other

    def get_table(self, **arguments: Any) -> Any:
        """Answer, and let the other run go on."""
        try:
            return self._client.get_table(**arguments)
        finally:
            other, self._other = self._other, None
            if other is not None:
                GlueExternalTables(self._client, DATABASE).point(other)

    def create_table(self, **arguments: Any) -> Any:
        """Create a table; moto refuses one that is there."""
        return self._client.create_table(**arguments)

    def update_table(self, *, VersionId: str, **arguments: Any) -> Any:  # noqa: N803 - Glue's name
        """Refuse an update that was decided on an older version of the table."""
        if VersionId != stored(self._client)["VersionId"]:
            answer = {"Error": {"Code": "ConcurrentModificationException"}}
            raise ClientError(answer, "UpdateTable")
        return self._client.update_table(**arguments)


@pytest.mark.parametrize(("ours", "others"), [(2, 3), (3, 2)])
@pytest.mark.parametrize("there_is_one", [True, False])
def test_of_two_runs_at_once_the_newest_version_stays(
    glue: Any, there_is_one: bool, ours: int, others: int
) -> None:
    """Whether the table is there or both make it, and whoever comes last."""
    if there_is_one:
        GlueExternalTables(glue, DATABASE).point(a_table(1, "a"))
    racing = RacingGlue(glue, a_table(others, str(others)))
    GlueExternalTables(racing, DATABASE, sleep=lambda _: None).point(a_table(ours, str(ours)))

    assert stored(glue)["Parameters"]["loopwright.dataset"] == "3"


def test_a_race_that_does_not_end_may_be_tried_later(glue: Any) -> None:
    """The machine retries the step."""

    class Busy(RacingGlue):
        def update_table(self, **_: Any) -> Any:
            raise ClientError({"Error": {"Code": "ConcurrentModificationException"}}, "UpdateTable")

    GlueExternalTables(glue, DATABASE).point(a_table(1, "a"))
    busy = GlueExternalTables(Busy(glue, a_table(1, "a")), DATABASE, sleep=lambda _: None)

    with pytest.raises(TransientServiceError, match=r"loopwright_dev\.loans"):
        busy.point(a_table(2, "b"))


def test_a_database_that_is_gone_is_named(aws: None) -> None:
    """Somebody deleted it by hand."""
    with pytest.raises(ServiceError, match=r"no_such_database\.loans"):
        GlueExternalTables(boto3.client("glue"), "no_such_database").point(a_table(1, "a"))
