"""One release through its functions, over the real adapters and engines, with moto behind them."""

import csv
import io
import json
import random
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NoReturn
from uuid import uuid4

import boto3
import pytest

from loopwright import bootstrap
from loopwright.domain.model import PACKAGE_FILES
from loopwright.domain.package import code_digest
from loopwright.domain.record import digest_of
from loopwright.domain.run import Champion
from tests.fakes.projects import a_record, a_spec
from tests.integration.functions.calling import ask, call, event_of
from training.inputs import JobFolder
from training.job import run as run_job
from training.stopping import Stopping

BUNDLE = b"what a job takes along"
PROJECT = "loans"
RUN = {"run": "r1", "project": PROJECT}


def rows(count: int = 1_500) -> list[dict[str, Any]]:
    """Make rows whose outcome follows from the income, with some noise."""
    draw = random.Random(5)  # noqa: S311 - made-up rows
    made = []
    for place in range(count):
        income = round(draw.uniform(0, 1_000), 2)
        made.append(
            {
                "id": place,
                "sex": draw.choice((1, 2)),
                "income": income,
                "city": draw.choice(("Rome", "Bonn")),
                "member": draw.choice((True, False)),
                "repaid": "yes" if income + draw.gauss(0, 100) > 500 else "no",
            }
        )
    return made


def upload(bucket: str) -> str:
    """Upload the rows as CSV; return the key."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows(1)[0]))
    writer.writeheader()
    writer.writerows(rows())
    key = f"incoming/{PROJECT}/a.csv"
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=out.getvalue().encode())
    return key


def leave() -> NoReturn:
    """Nobody tells this job to stop."""
    raise AssertionError


@dataclass
class Release:
    """The machine's part: calls the functions in order, and keeps what they answered."""

    bucket: str
    folder: Path

    def prepare(self, key: str) -> None:
        """From RegisterDataset to AuditDataset."""
        request = {
            "run": "r1",
            "execution": "arn:r1",
            "trigger": "upload",
            "key": key,
            "actor": "ann",
            "reason": "new data",
        }
        planned = call("register_dataset", request)
        plan = RUN | {"plan": planned["plan"]}
        read = [call("read_part", {**plan, "batch": batch}) for batch in planned["reading"]]
        self.registered = call("version_dataset", {**plan, "parts": read})
        self.version = RUN | {name: self.registered[name] for name in ("spec", "dataset")}
        batches = self.registered["batches"]
        parts = [call("profile_part", {**self.version, "batch": batch}) for batch in batches]
        bucket = {**self.version, "batches": len(batches)}
        numbers = self.registered["buckets"]
        checked = [call("check_bucket", {**bucket, "bucket": number}) for number in numbers]
        merge = {**self.version, "expected": len(batches), "parts": parts, "buckets": checked}
        self.gates = [
            call("validate_dataset", merge),
            call("assess_feasibility", self.version),
            call("audit_dataset", self.version),
        ]

    def train(self) -> str:
        """Do what SageMaker does: lay out the channels, run the job, upload what it made."""
        plan = self.registered["training"]
        for channel in ("train", "profile", "spec"):
            self._download(plan[f"{channel}_uri"], self.folder / "input" / "data" / channel)
        bundle = self.folder / "input" / "data" / "bundle" / "bundle.tar.gz"
        bundle.parent.mkdir()
        bundle.write_bytes(BUNDLE)
        config = self.folder / "input" / "config"
        config.mkdir()
        (config / "hyperparameters.json").write_text(json.dumps(plan["hyperparameters"]))
        run_job(JobFolder(self.folder), self.folder, Stopping(leave))
        archive = self.folder / "model.tar.gz"
        with tarfile.open(archive, "w:gz") as packed:
            for name in PACKAGE_FILES:
                packed.add(self.folder / "model" / name, name)
        key = f"jobs/{PROJECT}/r1/job/output/model.tar.gz"
        boto3.client("s3").upload_file(str(archive), self.bucket, key)
        return f"s3://{self.bucket}/{key}"

    def judge(self, artifact: str) -> None:
        """From RegisterModel to DecidePromotion."""
        names = {name: self.registered[name] for name in ("code", "image")}
        trained = {**self.version, **names, "job_name": "job", "artifact_uri": artifact}
        self.model = call("register_model", trained)["model"]
        candidate = {**self.version, "model": self.model}
        evaluated = call("evaluate_model", candidate)
        audited = call("audit_model", {**candidate, "evaluation": evaluated["evidence"]})
        del candidate["dataset"]
        both = {"evaluation": evaluated["evidence"], "audit": audited["evidence"]}
        self.decided = call(
            "decide_promotion", {**candidate, **both, "champion": evaluated["champion"]}
        )

    def _download(self, uri: str, folder: Path) -> None:
        folder.mkdir(parents=True)
        prefix = uri.removeprefix(f"s3://{self.bucket}/")
        for key in bootstrap.object_store().keys(prefix):
            bootstrap.object_store().download(key, folder / Path(key).name)


@contextmanager
def public_path() -> Iterator[None]:
    """Serve predict over HTTP on loopback, and publish its address as the stack does."""

    class Api(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = event_of("api_predictions")
            event["pathParameters"] = {"project": PROJECT}
            event["headers"].update({name.lower(): value for name, value in self.headers.items()})
            event["requestContext"]["requestId"] = uuid4().hex
            event["body"] = self.rfile.read(int(self.headers["content-length"])).decode()
            answer = call("predict", event)
            sent = answer["body"].encode()
            self.send_response(answer["statusCode"])
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        boto3.client("ssm").put_parameter(Name="/tests/api", Value=address, Type="String")
        yield
        server.shutdown()
        thread.join()


@pytest.fixture
def release(stores: str, tmp_path: Path) -> Release:
    """Push the project."""
    spec = a_spec(audit={"min_group_rows": 20}, promotion={"approval": True})
    digest = bootstrap.specs().put_spec(spec)
    bootstrap.ledger().put_project(a_record(spec=digest, code=code_digest(digest_of(BUNDLE), None)))
    return Release(stores, tmp_path)


def champion(model: str, previous: str | None = None) -> Champion:
    """Make a pointer."""
    at = "2026-01-01T00:00:00+00:00"
    return Champion(
        project=PROJECT, model=model, previous=previous, at=at, actor="ann", reason="better"
    )


def test_a_release_passes_through_every_function(release: Release) -> None:
    """From the upload to the champion, its rollback, and the report."""
    release.prepare(upload(release.bucket))
    release.judge(release.train())
    promotion = {**RUN, "model": release.model, "actor": "ann", "reason": "first"}
    with public_path():
        promoted = call("promote_model", promotion)
        ended = {**RUN, "outcome": "model_promoted", "model": release.model}
        published = call("publish_run", ended)
        bootstrap.ledger().move_champion(
            champion("later", previous=release.model), expected=release.model
        )
        later = bootstrap.ledger().model(PROJECT, release.model)
        bootstrap.ledger().add_model(later.model_copy(update={"model": "later"}))
        bootstrap.ledger().set_model_status(PROJECT, release.model, "retired")
        undo = {"to": release.model, "reason": "the next one was worse"}
        status, rolled = ask("roll_back", "api_rollback", undo, project=PROJECT)

    assert release.registered["outcome"] == "registered"
    assert [gate["verdict"] for gate in release.gates] == ["pass"] * 3
    assert release.decided["outcome"] == "hold"
    assert promoted["outcome"] == "model_promoted"
    assert bootstrap.object_store().read(published["report"]).startswith(b"<!doctype html>")
    assert (status, rolled.get("model")) == (200, release.model)


def test_a_broken_execution_is_closed(release: Release) -> None:
    """The rule's event reaches a run that its machine could not publish."""
    call(
        "register_dataset",
        {
            "run": "run-1",
            "execution": "arn:run-1",
            "trigger": "upload",
            "key": upload(release.bucket),
            "actor": "ann",
        },
    )
    event = event_of("execution_failed")
    event["detail"]["input"] = json.dumps({"project": PROJECT, "trigger": "upload"})
    closed = call("close_run", event)

    assert closed == {"closed": True, "lease_released": False}
    assert bootstrap.ledger().run(PROJECT, "run-1").outcome == "release_broken"


def test_labelled_predictions_become_the_next_dataset(release: Release) -> None:
    """The champion's rows and those that came with labels since."""
    release.prepare(upload(release.bucket))
    release.judge(release.train())
    bootstrap.ledger().move_champion(champion(release.model), expected=None)
    instance = {"id": 10_001, "income": 900.0, "city": "Rome", "member": True, "sex": 1}
    _, answer = ask("predict", "api_predictions", {"instances": [instance]}, project=PROJECT)
    labels = {"labels": [{"receipt": answer["receipt"], "instance": 0, "label": "yes"}]}
    ask("record_labels", "api_labels", labels, project=PROJECT)
    asked = {"project": PROJECT, "run": "again", "champion": release.model}
    assembled = call("assemble_dataset", {**asked, "dataset": release.version["dataset"]})

    assert assembled["labelled"] == 1
    assert bootstrap.object_store().keys(f"assembled/{PROJECT}/") == [assembled["key"]]


def test_a_waiting_candidate_is_decided_on_by_a_person(release: Release) -> None:
    """The token goes back to the machine, which moto does not know."""
    evidence = {"name": "decision.json", "key": f"runs/{PROJECT}/r1/decision.json", "digest": "d"}
    waits = {**RUN, "model": "m", "evidence": evidence, "token": "t", "timeout_seconds": 60}
    call("await_approval", waits)
    body = {"decision": "approved", "reason": "because", "evidence": "d"}
    status, answer = ask("record_decision", "api_decision", body, project=PROJECT, run="r1")
    approval = bootstrap.ledger().approval(PROJECT, "r1")

    assert datetime.fromisoformat(approval.expires_at) - datetime.now(UTC) < timedelta(seconds=60)
    assert (status, answer["decision"], answer["run"]) == (200, "approved", "r1")
