"""The command line in this process, against stores on moto that hold versions of small tables."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # rows and JSON documents

import pyarrow as pa
import pyarrow.parquet
import typer
from rich.console import Console
from typer.testing import CliRunner

from cli.connection import Stack
from cli.failures import CommandError
from cli.main import app
from cli.session import Session
from loopwright import bootstrap
from loopwright.domain.bins import Bins
from loopwright.domain.catalog import describe, version_entry
from loopwright.domain.counting import bins_document, categorical_bins, numeric_bins
from loopwright.domain.dataset import ColumnSchema, Manifest, Part
from loopwright.domain.record import digest_of
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_rules import column_kind, stored_type
from loopwright.errors import LoopwrightError
from tests.fakes.projects import a_record

ACTOR = "arn:aws:iam::1:user/ana"
KINDS = {"integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}
KINDS |= {"text": pa.string(), "timestamp": pa.timestamp("us")}


@dataclass
class Answer:
    """How a command ended and what it printed."""

    code: int
    text: str

    @property
    def json(self) -> Any:
        """The one JSON document that was printed."""
        return json.loads(self.text)


@dataclass
class Desk:
    """Somebody who types commands; `folder` is where files may be written."""

    folder: Path

    def type(self, *words: str | Path, as_json: bool = False) -> Answer:
        """Type a command."""
        session = Session(as_json=as_json)
        session.__dict__ |= {"stack": Stack("tests", {"TrainingImage": "i:1"}), "actor": ACTOR}
        arguments = [*(["--json"] if as_json else []), *map(str, words)]
        result = CliRunner().invoke(_with(session), arguments)
        if isinstance(result.exception, CommandError | LoopwrightError):
            return Answer(1, str(result.exception))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout)

    def json(self, *words: str | Path) -> Any:
        """What a command that must succeed prints with --json."""
        answer = self.type(*words, as_json=True)
        assert answer.code == 0, answer.text
        return answer.json

    def push(self, spec: ProjectSpec) -> str:
        """Make a spec the current one of its project; its digest."""
        digest = bootstrap.specs().put_spec(spec)
        bootstrap.ledger().put_project(a_record(project=spec.project, spec=digest))
        bootstrap.catalog().describe(describe(spec, digest=digest, at="2026-01-01", actor=ACTOR))
        return digest

    def add(
        self,
        spec: ProjectSpec,
        rows: Sequence[Mapping[str, Any]],
        sealed: Sequence[Mapping[str, Any]] = (),
        *,
        at: str = "2026-01-01T00:00:00+00:00",
    ) -> str:
        """Store a version of the pushed spec; its digest."""
        digest = digest_of(json.dumps([list(spec.columns), rows, sealed], default=str).encode())
        training = self._part(spec, rows, f"datasets/{spec.project}/{digest}/train")
        holdout = self._part(spec, sealed, f"holdout/{spec.project}/{digest}")
        manifest = Manifest(
            project=spec.project,
            digest=digest,
            spec=self.push(spec),
            run="r1",
            columns=tuple(
                ColumnSchema(name=name, type=column.type, parquet_type=stored_type(column))
                for name, column in spec.columns.items()
            ),
            sealed_by=spec.sealed_by,
            sealed_share=spec.holdout.share,
            training=training,
            holdout=holdout,
            rows=len(rows) + len(sealed),
            training_rows=len(rows),
            holdout_rows=len(sealed),
            quarantined_rows=0,
            buckets=1,
            sources=(),
            actor=ACTOR,
            registered_at=at,
        )
        self._bins(spec, rows, f"datasets/{spec.project}/{digest}/bins.json")
        bootstrap.datasets().put_manifest(manifest)
        bootstrap.ledger().add_dataset(manifest)
        bootstrap.catalog().add_version(spec.project, version_entry(manifest))
        return digest

    def _part(
        self, spec: ProjectSpec, rows: Sequence[Mapping[str, Any]], prefix: str
    ) -> tuple[Part, ...]:
        if not rows:
            return ()
        schema = pa.schema([(name, KINDS[column_kind(c)]) for name, c in spec.columns.items()])
        path = self.folder / "part.parquet"
        pyarrow.parquet.write_table(pa.Table.from_pylist(list(rows), schema=schema), path)
        body, key = path.read_bytes(), f"{prefix}/part-00000.parquet"
        bootstrap.object_store().write(key, body)
        return (Part(key=key, rows=len(rows), bytes=len(body), digest=digest_of(body)),)

    def _bins(self, spec: ProjectSpec, rows: Sequence[Mapping[str, Any]], key: str) -> None:
        bins: dict[str, Bins] = {}
        for name, column in spec.columns.items():
            values = [row.get(name) for row in rows]
            if column.type in ("integer", "number"):
                bins[name] = numeric_bins(values)
            elif column.type != "timestamp" and name != spec.key:
                tally = {value: values.count(value) for value in set(values) - {None}}
                bins[name] = categorical_bins(tally)
        bootstrap.object_store().write(key, bins_document(bins))


def _with(session: Session) -> typer.Typer:
    """Return the command with a session that is connected already."""
    connected = typer.Typer()
    connected.registered_groups = app.registered_groups
    connected.registered_commands = app.registered_commands

    @connected.callback()
    def options(context: typer.Context, *, as_json: bool = typer.Option(False, "--json")) -> None:
        context.obj = session

    return connected


def wide(console: Console) -> None:
    """Let tables be as wide as they are."""
    console.width = 250
