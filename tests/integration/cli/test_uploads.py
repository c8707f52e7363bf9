"""Files and folders are uploaded to where a run finds them."""

from pathlib import Path

import boto3
import pytest

from cli.failures import CommandError
from cli.uploads import Sizes, upload
from tests.integration.moto_store import aws, make_bucket

__all__ = ["aws"]


@pytest.fixture
def bucket(aws: None) -> str:
    """Make a bucket."""
    make_bucket("store")
    return "store"


def keys(bucket: str) -> list[str]:
    """Return the keys, sorted."""
    return [one["Key"] for one in boto3.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]


def test_a_file_within_the_limit_goes_as_it_is(bucket: str, tmp_path: Path) -> None:
    """Its version tells the run that it starts."""
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")
    key, marker = upload(bucket, "loans", path, name=None, say=print)

    assert keys(bucket) == [key] == ["incoming/loans/a.csv"]
    assert marker != key


def test_a_larger_file_goes_in_pieces_and_its_marker_last(bucket: str, tmp_path: Path) -> None:
    """Under a folder that nobody used before."""
    said: list[str] = []
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n2\n3\n")
    sizes = Sizes(file_bytes=4, piece_bytes=6)
    key, _ = upload(bucket, "loans", path, name=None, say=said.append, sizes=sizes)
    folder = key.removesuffix("/_SUCCESS")
    first = f"{folder}/a-part-00000.csv"
    body = boto3.client("s3").get_object(Bucket=bucket, Key=first)["Body"].read()

    assert folder.startswith("incoming/loans/a-")
    assert {one.removeprefix(folder) for one in keys(bucket)} == {
        "/a-part-00000.csv",
        "/a-part-00001.csv",
        "/_SUCCESS",
    }
    assert body == b"a\n1\n2\n"
    assert said == ["uploading a.csv: part-00000", "uploading a.csv: part-00001"]


def test_a_folder_goes_with_its_tables_only(bucket: str, tmp_path: Path) -> None:
    """Notes stay at home; a folder without a table is refused."""
    folder = tmp_path / "2015"
    folder.mkdir()
    (folder / "readme.md").write_text("notes")
    with pytest.raises(CommandError, match="holds no table"):
        upload(bucket, "loans", folder, name=None, say=print)
    (folder / "a.csv").write_text("a\n1\n")
    (folder / "b.parquet").write_bytes(b"PAR1")
    key, _ = upload(bucket, "loans", folder, name=None, say=print)

    names = {one.rpartition("/")[2] for one in keys(bucket)}
    assert names == {"a.csv", "b.parquet", "_SUCCESS"}
    assert key.endswith("/_SUCCESS")
