"""`loopwright catalog`: list, search, show, tag and define, as they are typed."""

import pytest
import yaml

from cli.failures import CommandError
from cli.projects import read_spec
from loopwright import bootstrap
from loopwright.domain.catalog import Quality
from loopwright.domain.lineage import Edge, Node
from loopwright.domain.spec import Column
from loopwright.domain.spec_file import spec_text
from tests.fakes.projects import COLUMNS, a_spec, some_rows
from tests.integration.cli.desk import Desk

HOMES = a_spec(project="homes", owner="tbd", description="Houses and their [bold] prices")


def test_the_list_shows_who_answers_how_much_and_how_good(desk: Desk) -> None:
    """A page at a time; data without an owner is a finding."""
    digest = desk.add(a_spec(), some_rows(8), some_rows(2, first=8))
    quality = Quality(dataset=digest, run="r1", verdict="reject", violations=2)
    bootstrap.catalog().set_quality("loans", quality)
    desk.push(HOMES)
    first = desk.json("catalog", "list", "--limit", "1")
    table = desk.type("catalog", "list").text

    assert [entry["project"] for entry in first["entries"]] == ["homes"]
    assert [finding["measure"] for finding in first["findings"]] == ["owner"]
    assert first["after"] == "homes"
    assert desk.json("catalog", "list", "--after", "homes")["entries"][0]["project"] == "loans"
    assert "Credit team" in table
    assert "reject (2 violations)" in table
    assert "nobody answers for the data of 'homes'" in table


def test_a_search_finds_words_of_columns_and_descriptions(desk: Desk) -> None:
    """Every word must occur."""
    desk.add(a_spec(), some_rows(4))
    desk.push(HOMES)
    found = desk.json("catalog", "search", "houses", "INCOME")
    table = desk.type("catalog", "search", "income").text

    assert [entry["project"] for entry in found["entries"]] == ["homes"]
    assert found["where"] == {"homes": ["text", "column"]}
    assert "2 of 2 projects hold 'income'" in table
    assert desk.json("catalog", "search", "weather")["entries"] == []


def test_data_is_shown_with_schema_versions_and_users(desk: Desk) -> None:
    """What is printed of a description is text, whatever stands in it."""
    columns = {**COLUMNS, "city": Column(type="category", description="[red]Where\x1b they live")}
    old = desk.add(a_spec(columns=columns), some_rows(5))
    new = desk.add(a_spec(columns=columns), some_rows(6), at="2026-02-01T00:00:00+00:00")
    model = Node(project="loans", kind="model", id="m1")
    dataset = Node(project="loans", kind="dataset", id=old)
    bootstrap.lineage().record([Edge(source=model, relation="trained_on", target=dataset, at="t")])
    shown = desk.json("catalog", "show", "loans")
    page = desk.type("catalog", "show", "loans").text

    assert [version["digest"] for version in shown["versions"]] == [new, old]
    assert [edge["source"]["id"] for edge in shown["used_by"]] == ["m1"]
    assert "[red]Where\N{REPLACEMENT CHARACTER} they live" in page
    assert "model:m1" in page
    assert desk.type("catalog", "show", "laons").code == 1


def test_tags_are_kept_beside_those_of_the_spec(desk: Desk) -> None:
    """A tag of project.yaml is taken away there; a tag is a short name."""
    desk.push(a_spec(tags=("credit",)))
    desk.type("catalog", "tag", "loans", "--add", "eu", "--add", "monthly")
    said = desk.type("catalog", "tag", "loans", "--remove", "monthly").text

    assert "tags of loans: credit, eu" in said
    assert desk.json("catalog", "tag", "loans")["tags"] == ["eu"]
    assert "take them out there" in desk.type("catalog", "tag", "loans", "--remove", "credit").text
    assert "a letter first" in desk.type("catalog", "tag", "loans", "--add", "Not A Tag").text


def test_an_edit_of_a_shared_definition_lists_whom_it_affects(desk: Desk) -> None:
    """The projects whose spec of today uses an older version."""
    file = desk.folder / "postcode.yaml"
    file.write_text("type: category\nvalues: [a, b]\n")
    made = desk.json("catalog", "define", "postcode", file)
    again = desk.json("catalog", "define", "postcode", file)
    spec = desk.push(a_spec())
    for project, digest in (("loans", spec), ("gone", "s1")):
        source = Node(project=project, kind="spec", id=digest)
        target = Node(project="shared", kind="definition", id="postcode@1")
        bootstrap.lineage().record([Edge(source=source, relation="uses", target=target, at="t")])
    file.write_text("type: category\nvalues: [a, b, c]\n")
    edited = desk.json("catalog", "define", "postcode", file)
    table = desk.type("catalog", "define", "postcode").text

    assert made == again
    assert [version["version"] for version in edited["versions"]] == [1, 2]
    assert edited["users"] == {"postcode@1": ["loans"], "postcode@2": []}
    assert edited["affected"] == ["loans"]
    assert "values: ['a', 'b'] -> ['a', 'b', 'c']" in table
    assert "loans uses an older version: say `use: postcode@2` there" in table
    assert desk.type("catalog", "define", "nothing").code == 1


def test_a_project_that_uses_a_definition_is_read_with_it_written_out(desk: Desk) -> None:
    """A version that is not there is answered with those that are."""
    file = desk.folder / "income.yaml"
    file.write_text("type: number\nmin: 0\nmax_missing_share: 0.5\n")
    desk.type("catalog", "define", "income", file)
    text = spec_text(a_spec())
    document = yaml.safe_load(text)
    document["columns"]["income"] = {"use": "income@1", "max": 500}
    (desk.folder / "project.yaml").write_text(yaml.safe_dump(document))
    found = read_spec(desk.folder)
    document["columns"]["income"] = {"use": "income@3"}
    (desk.folder / "project.yaml").write_text(yaml.safe_dump(document))

    assert found.columns["income"] == Column(type="number", min=0, max=500, max_missing_share=0.5)
    with pytest.raises(CommandError, match=r"no shared definition income@3; there are: income@1"):
        read_spec(desk.folder)
