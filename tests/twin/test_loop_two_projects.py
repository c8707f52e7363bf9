"""Two projects of different tasks in one stack, every event delivered twice: nothing is mixed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any  # JSON documents and DynamoDB items

import duckdb
import pytest
import yaml

from loopwright import bootstrap
from loopwright.domain.run import Run
from tests.twin.loop_stack import (
    DIABETES,
    ROOT,
    LoopStack,
    instance_of,
    patients,
    running_stack,
    write_project,
)

EMPLOYMENT = ROOT / "examples" / "employment"
WORK, SUGAR = "work", "sugar"
OTHER = {WORK: SUGAR, SUGAR: WORK}
ASKED = {WORK: 70, SUGAR: 30}


@dataclass
class Told:
    """The stack after both projects went through the loop at the same time."""

    stack: LoopStack
    runs: dict[str, Run]
    receipts: dict[str, str]


def write_work(stack: LoopStack) -> None:
    """A smaller project like the one on employment: fewer rows, the built-in trainer."""
    spec = yaml.safe_load((EMPLOYMENT / "project.yaml").read_text())
    spec |= {"project": WORK, "rows": {"min": 1_000}}
    spec["feasibility"] = {"margin": 0.02, "sample_rows": 1_000}
    folder = stack.folder / WORK
    folder.mkdir()
    (folder / "project.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))


def residents(rows: int, *, seed: int) -> duckdb.DuckDBPyRelation:
    """Some residents of the census extract."""
    path = EMPLOYMENT / "data" / "acs_ma_2015.parquet"
    return duckdb.read_parquet(str(path)).order(f"hash(id + {seed})").limit(rows)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Push both, release both at once, predict in both, label in both, push the same data again."""
    folder = tmp_path_factory.mktemp("two")
    tables = {"AthenaTables": "true"}
    with running_stack(folder, duplicate_deliveries=True, parameters=tables) as stack:
        write_work(stack)
        stack.push_project(folder / WORK)
        stack.push_project(write_project(folder, SUGAR))
        residents(3_000, seed=1).write_parquet(str(folder / "residents.parquet"))
        stack.run_command("data", "push", WORK, folder / "residents.parquet", "--no-wait")
        runs = {SUGAR: stack.push_data(SUGAR, DIABETES / "data" / "diabetes.csv")}
        runs[WORK] = bootstrap.ledger().runs(WORK)[0]
        assert {run.outcome for run in runs.values()} == {"model_promoted"}, runs
        receipts = {name: ask(stack, name) for name in (WORK, SUGAR)}
        stack.twin.drain(timeout_s=300)
        yield Told(stack, runs, receipts)


def ask(stack: LoopStack, project: str) -> str:
    """Predict in a project and label two answers; the receipt."""
    if project == SUGAR:
        instances = [instance_of(row) for row in patients()[: ASKED[SUGAR]]]
    else:
        instances = people(ASKED[WORK])
    receipt = str(stack.predict(project, instances)["receipt"])
    labels = [{"receipt": receipt, "instance": place, "label": place} for place in (0, 1)]
    status, answer = stack.request("POST", f"/projects/{project}/labels", {"labels": labels})
    assert (status, answer["accepted"]) == (200, 2), answer
    return receipt


def people(rows: int) -> list[dict[str, Any]]:
    """Instances of the project on work."""
    table = residents(rows, seed=2)
    found = [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]
    return [{name: row[name] for name in row if name != "employed"} for row in found]


def projects_named_in(text: str) -> set[str]:
    """The projects that a stored JSON text says it is of."""
    return {name for name in OTHER if f'"project":"{name}"' in text.replace(": ", ":")}


def test_each_project_has_one_run_and_one_champion_of_its_own(told: Told) -> None:
    """Although every event came twice."""
    for name, run in told.runs.items():
        champion = bootstrap.ledger().champion(name)
        names = told.stack.event_names(name)

        assert bootstrap.ledger().runs(name) == [run]
        assert champion is not None
        assert champion.model == run.model
        assert [model.model for model in bootstrap.ledger().models(name)] == [run.model]
        assert bootstrap.ledger().datasets(name) == [run.dataset]
        assert names == ["DatasetRegistered", "CandidateTrained", "ModelPromoted", "RunFinished"]


def test_the_second_delivery_of_an_upload_is_dropped_in_the_first_state(told: Told) -> None:
    """Two executions for each upload; one of them did nothing but see the claim."""
    states = told.stack.client("stepfunctions")
    machine = told.stack.twin.outputs["ReleaseModelArn"]
    outcomes = [
        json.loads(states.describe_execution(executionArn=found["executionArn"])["output"])
        for found in states.list_executions(stateMachineArn=machine)["executions"]
    ]
    ends = sorted((output["project"], output["outcome"]) for output in outcomes)
    expected = [
        (name, end) for name in sorted(OTHER) for end in ("already_claimed", "model_promoted")
    ]

    assert [end for end in ends if end[1] != "nothing_new"] == expected


def test_every_object_lies_under_its_project_and_speaks_of_no_other(told: Told) -> None:
    """Only training bundles belong to nobody."""
    keys = [key for key in told.stack.keys("") if not key.startswith("bundles/")]
    objects = bootstrap.object_store()
    documents = {key: objects.read(key).decode() for key in keys if key.endswith((".json", ".md"))}

    assert {key.split("/")[1] for key in keys} == set(OTHER)
    assert len(documents) > 20
    for key, text in documents.items():
        assert projects_named_in(text) <= {key.split("/")[1]}, key
        assert told.runs[OTHER[key.split("/")[1]]].id not in text, key


def test_every_ledger_item_carries_its_own_project(told: Told) -> None:
    """The project of the key is the one that the document names."""
    items = told.stack.items("CatalogTableName")
    documents = [item for item in items if "document" in item]

    assert len(documents) > 20
    for item in documents:
        key = f"{item['pk']['S']} {item['sk']['S']}"
        owners = {name for name in OTHER if f"#{name}" in key or key.endswith(f" {name}")}
        named = projects_named_in(item["document"]["S"])
        assert len(named) == 1, item
        assert not owners or owners == named, key


def test_every_lineage_edge_stays_in_its_project(told: Told) -> None:
    """Both ends are of the same project, and both projects have a whole chain."""
    edges = told.stack.edges()
    relations = {
        name: {edge.relation for edge in edges if edge.source.project == name} for name in OTHER
    }

    assert all(edge.source.project == edge.target.project for edge in edges)
    assert relations[WORK] == relations[SUGAR]
    assert {"registered_from", "described_by", "trained_on", "judged_by"} <= relations[WORK]


def test_predictions_count_in_their_own_window_only(told: Told) -> None:
    """And once, although the stream delivered each batch twice."""
    windows = bootstrap.windows()
    rows = {name: windows.open_rows(name, run.model or "") for name, run in told.runs.items()}
    crossed = {
        name: windows.open_rows(OTHER[name], run.model or "") for name, run in told.runs.items()
    }

    assert rows == ASKED
    assert crossed == {WORK: 0, SUGAR: 0}
    for item in told.stack.items("ReceiptsTableName"):
        project = item["pk"]["S"].split("#")[0]
        assert projects_named_in(item["document"]["S"]) == {project}


def test_a_project_does_not_know_the_receipts_of_another(told: Told) -> None:
    """Neither to show them nor to label them."""
    receipt = told.receipts[WORK]
    label = {"receipt": receipt, "instance": 5, "label": 1}
    shown = told.stack.request("GET", f"/projects/{SUGAR}/receipts/{receipt}")
    labelled = told.stack.request("POST", f"/projects/{SUGAR}/labels", {"labels": [label]})

    assert shown[0] == 404
    assert (labelled[1]["accepted"], labelled[1]["refused"]) == (0, 1)
    assert bootstrap.receipts().labels(SUGAR, receipt) is None


def test_a_project_refuses_the_instances_of_another(told: Told) -> None:
    """The signature is that of its own champion."""
    status, problem = told.stack.request(
        "POST", f"/projects/{SUGAR}/predictions", {"instances": people(1)}
    )

    assert status == 400
    assert "AGEP" in {error["field"] for error in problem["errors"]}


def test_the_check_of_all_projects_assesses_each_alone(told: Told) -> None:
    """As the schedule starts it; no window is full, so nothing is announced."""
    states = told.stack.client("stepfunctions")
    started = states.start_execution(
        stateMachineArn=told.stack.twin.outputs["CheckDriftArn"], input='{"project": null}'
    )
    told.stack.twin.drain(timeout_s=300)
    ended = states.describe_execution(executionArn=started["executionArn"])
    verdicts = {each["project"]: each["verdict"] for each in json.loads(ended["output"])}

    assert ended["status"] == "SUCCEEDED"
    assert verdicts == {WORK: "insufficient_data", SUGAR: "insufficient_data"}
    assert "DriftDetected" not in told.stack.event_names(WORK)


def test_both_tasks_have_a_report_of_their_own(told: Told) -> None:
    """A classification by the built-in trainer, a regression by the project's script."""
    work, sugar = (told.stack.report(told.runs[name]) for name in (WORK, SUGAR))

    assert "roc_auc" in work
    assert "r2" in sugar
    assert "Lasso" in sugar
    assert "Lasso" not in work


@pytest.mark.parametrize("project", [WORK, SUGAR])
def test_athena_sees_the_training_rows_of_the_newest_version(told: Told, project: str) -> None:
    """In the database of the stack, one table per project."""
    database = told.stack.twin.outputs["AthenaDatabaseName"]
    glue = told.stack.client("glue")
    table = glue.get_table(DatabaseName=database, Name=project)["Table"]
    manifest = bootstrap.datasets().manifest(project, bootstrap.ledger().datasets(project)[0])
    folder = table["StorageDescriptor"]["Location"].split("/", 3)[3]

    assert table["Parameters"]["loopwright.dataset"] == manifest.digest
    assert told.stack.keys(folder) == [part.key for part in manifest.training]
