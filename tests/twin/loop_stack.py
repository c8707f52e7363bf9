"""The whole stack on a twin, with the command line in this process and every event kept."""

import contextlib
import csv
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any  # boto3 clients and JSON documents
from urllib.parse import urlsplit

import boto3
import pytest
import yaml
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from cli import machines, projects
from cli.commands.twin import STACK_NAME, TEMPLATE, address_of
from cli.connection import TWIN_FILE
from cli.main import main
from infra.twin.loop_bridges import loop_bridges
from infra.twin.twin import DEFAULT_USER, Twin
from loopwright import bootstrap
from loopwright.aws.clients import client as product_client
from loopwright.domain.lineage import Edge
from loopwright.domain.run import Run

ROOT = Path(__file__).parents[2]
DIABETES = ROOT / "examples" / "diabetes"
_SALT = "5" * 32
_EVENT_QUEUE = "events-of-the-loop"


@dataclass(frozen=True)
class Answer:
    """How a command ended and what it printed."""

    code: int
    text: str

    @property
    def json(self) -> Any:
        """The one JSON document that was printed."""
        return json.loads(self.text)


@dataclass
class LoopStack:
    """A deployed stack and the ways to look at it."""

    twin: Twin
    folder: Path
    events: list[dict[str, Any]] = field(default_factory=list)

    def client(self, service: str) -> Any:
        """A boto3 client of the twin's first user."""
        return self.twin.session().client(service)

    def run_command(self, *words: str | Path, user: str = DEFAULT_USER) -> Answer:
        """Type a command in the folder of the twin; its exit code and what it printed."""
        _forget_connections()
        arguments = ["loopwright", "--user", user, *map(str, words)]
        printed, code = io.StringIO(), 0
        with contextlib.redirect_stdout(printed), _arguments(arguments):
            try:
                main()
            except SystemExit as ended:
                code = int(ended.code or 0)
        return Answer(code, printed.getvalue())

    def as_json(self, *words: str | Path, user: str = DEFAULT_USER) -> Any:
        """What a command that must succeed prints with --json."""
        answer = self.run_command("--json", *words, user=user)
        assert answer.code == 0, answer.text
        return answer.json

    def push_project(self, folder: Path) -> Any:
        """Push a project; its record. Every project seals the same rows, each time."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(projects, "secrets", SimpleNamespace(token_hex=lambda _: _SALT))
            return self.as_json("project", "push", folder)

    def push_data(self, project: str, file: Path) -> Run:
        """Push a file, follow its run to the end and let everything come to rest."""
        answer = self.run_command("--json", "data", "push", project, file)
        return self._settled(answer)

    def release(self, *words: str) -> Run:
        """Release or retry by the words of the command, and let everything come to rest."""
        return self._settled(self.run_command("--json", *words))

    def _settled(self, answer: Answer) -> Run:
        self.twin.drain(timeout_s=300)
        assert answer.text.startswith("{"), answer.text
        return self.run_of(answer.json["run"])

    def run_of(self, name: str) -> Run:
        """The run of that id."""
        return next(run for run in bootstrap.ledger().runs(limit=500) if run.id == name)

    def request(
        self,
        method: str,
        path: str,
        body: bytes | Mapping[str, Any] = b"",
        *,
        user: str | None = DEFAULT_USER,
    ) -> tuple[int, Any]:
        """Call the API, signed as a user or by nobody: the status and the answer."""
        sent = body if isinstance(body, bytes) else json.dumps(dict(body)).encode()
        url = self.twin.api_url
        headers = {"content-type": "application/json"}
        request = AWSRequest(method, url + path, data=sent, headers=headers)
        if user is not None:
            credentials = self.twin.session(user).get_credentials()
            SigV4Auth(credentials, "execute-api", self.twin.context.region).add_auth(request)
        with contextlib.closing(HTTPConnection(urlsplit(url).netloc, timeout=60)) as connection:
            connection.request(method, path, sent, dict(request.headers.items()))
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"null")

    def predict(self, project: str, instances: Sequence[Mapping[str, Any]]) -> Any:
        """The champion's answer to instances."""
        path = f"/projects/{project}/predictions"
        status, answer = self.request("POST", path, {"instances": list(instances)})
        assert status == 200, answer
        return answer

    def events_of(self, project: str) -> list[dict[str, Any]]:
        """The events of a project on the stack's own bus so far, oldest first, each id once."""
        self.twin.drain(timeout_s=300)
        self._receive()
        return [each["detail"] for each in self.events if each["detail"]["project"] == project]

    def event_names(self, project: str) -> list[str]:
        """The names of a project's events so far."""
        return [event["name"] for event in self.events_of(project)]

    def _receive(self) -> None:
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=_EVENT_QUEUE)["QueueUrl"]
        known = {each["id"] for each in self.events}
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                event = json.loads(message["Body"])
                if event["id"] not in known:
                    known.add(event["id"])
                    self.events.append(event)
        self.events.sort(key=lambda each: str(each["detail"]["at"]))

    def keys(self, prefix: str = "") -> list[str]:
        """The keys of the bucket under a prefix."""
        return bootstrap.object_store().keys(prefix)

    def report(self, run: Run) -> str:
        """The text of a run's published report."""
        key = run.report or ""
        assert key.endswith("report.html")
        return bootstrap.object_store().read(key.replace(".html", ".md")).decode()

    def items(self, output: str) -> list[dict[str, Any]]:
        """Every item of the table that an output names."""
        pages = self.client("dynamodb").get_paginator("scan")
        found = pages.paginate(TableName=self.twin.outputs[output])
        return [item for page in found for item in page["Items"]]

    def edges(self) -> list[Edge]:
        """Every edge of the lineage, each once."""
        documents = {
            item["document"]["S"]
            for item in self.items("CatalogTableName")
            if item["pk"]["S"].startswith("LINEAGE#")
        }
        return [Edge.model_validate_json(document) for document in sorted(documents)]

    def _listen(self) -> None:
        """Keep every event of the stack's own bus in a queue."""
        url = self.client("sqs").create_queue(QueueName=_EVENT_QUEUE)["QueueUrl"]
        attributes = self.client("sqs").get_queue_attributes(
            QueueUrl=url, AttributeNames=["QueueArn"]
        )["Attributes"]
        bus = {"EventBusName": self.twin.outputs["EventBusName"]}
        pattern = json.dumps({"source": ["loopwright"]})
        events = self.client("events")
        events.put_rule(Name=_EVENT_QUEUE, EventPattern=pattern, **bus)
        events.put_targets(
            Rule=_EVENT_QUEUE, Targets=[{"Id": "queue", "Arn": attributes["QueueArn"]}], **bus
        )


@contextmanager
def running_stack(
    folder: Path,
    *,
    duplicate_deliveries: bool = False,
    parameters: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[LoopStack]:
    """The product's stack on a twin; this process speaks to it as a person's shell would."""
    bridges = loop_bridges(duplicate_deliveries=duplicate_deliveries)
    with _restored_environment(), contextlib.chdir(folder), Twin(bridges=bridges) as twin:
        twin.up(TEMPLATE, parameters, stack_name=STACK_NAME)
        address = address_of(twin)
        address.write(TWIN_FILE)
        stack = LoopStack(twin, folder)
        stack._listen()
        stack.run_command("runs", "list")
        yield stack


@contextmanager
def _restored_environment() -> Iterator[None]:
    before = dict(os.environ)
    os.environ["COLUMNS"] = "200"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        _forget_connections()


@contextmanager
def _arguments(words: list[str]) -> Iterator[None]:
    before, sys.argv = sys.argv, words
    try:
        yield
    finally:
        sys.argv = before


def _forget_connections() -> None:
    """A new command is a new process for people: nothing is remembered from the one before."""
    boto3.DEFAULT_SESSION = None
    cached = [each for each in vars(bootstrap).values() if hasattr(each, "cache_clear")]
    for factory in (*cached, product_client, machines._states):
        factory.cache_clear()


def write_project(
    folder: Path,
    name: str,
    *,
    script: str | None = None,
    changes: Mapping[str, Any] | None = None,
) -> Path:
    """Write a small project like the example of diabetes, under another name; its folder."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    spec = yaml.safe_load((DIABETES / "project.yaml").read_text()) | {"project": name}
    for path, value in (changes or {}).items():
        *parents, last = path.split(".")
        section = spec
        for parent in parents:
            section = section.setdefault(parent, {})
        section[last] = value
    (place / "project.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
    (place / "train.py").write_text(script or (DIABETES / "train.py").read_text())
    return place


def patients() -> list[dict[str, str]]:
    """The rows of the example of diabetes, as the file has them."""
    with (DIABETES / "data" / "diabetes.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write rows as CSV; the path."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def changed(
    rows: Sequence[Mapping[str, str]], change: Callable[[dict[str, str]], Mapping[str, str]]
) -> list[Mapping[str, str]]:
    """Rows with a change made to a copy of each."""
    return [change(dict(row)) for row in rows]


def instance_of(row: Mapping[str, str]) -> dict[str, Any]:
    """A row as an instance of a prediction request: typed, without the target."""
    whole = {"patient", "age", "sex"}
    return {
        name: int(value) if name in whole else float(value)
        for name, value in row.items()
        if name != "progression"
    }
