"""Start runs, find them, and read their evidence."""

import json
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from cli import machines
from cli.connection import Stack
from cli.failures import CommandError
from cli.uploads import upload
from loopwright import bootstrap
from loopwright.domain.run import Run

_APPEAR_SECONDS = 60.0


def release(
    stack: Stack,
    project: str,
    *,
    dataset: str | None,
    actor: str,
    reason: str,
    imported: str | None = None,
) -> str:
    """Start a run on a dataset version (default: the newest) and return its execution.

    It judges an `imported` model, by the sha256 of its archive, in place of training one.
    """
    bootstrap.ledger().project(project)
    name = f"{project}-{secrets.token_hex(6)}"
    body: dict[str, Any] = {
        "trigger": "person",
        "claim": name,
        "project": project,
        "key": None,
        "version_id": None,
        "dataset": dataset,
        "parents": [],
        "actor": actor,
        "reason": reason,
        "imported": imported,
    }
    return machines.start(stack.output("ReleaseModelArn"), name, body)


def retry(stack: Stack, run: Run, *, actor: str, reason: str) -> str:
    """Start a run again with what it was given, under a claim of its own."""
    name = f"{run.project}-{secrets.token_hex(6)}"
    body = json.loads(machines.describe(run.execution)["input"])
    body |= {"claim": name, "actor": actor, "reason": reason}
    return machines.start(stack.output("ReleaseModelArn"), name, body)


def retrain(stack: Stack, project: str, *, actor: str, reason: str) -> str:
    """Ask the governor for a retraining on labelled receipts and return its execution."""
    bootstrap.ledger().project(project)
    body = {"project": project, "trigger": "person", "actor": actor, "reason": reason}
    name = f"{project}-{secrets.token_hex(6)}"
    return machines.start(stack.output("RetrainModelArn"), name, body)


def push_data(
    stack: Stack,
    project: str,
    path: Path,
    *,
    name: str | None = None,
    say: Callable[[str], None] = print,
) -> str:
    """Upload a file or a folder as a dataset and return the execution that it started."""
    began = bootstrap.clock().now() - timedelta(seconds=5)
    key, marker = upload(stack.output("BucketName"), project, path, name=name, say=say)
    deadline = time.monotonic() + _APPEAR_SECONDS
    while time.monotonic() < deadline:
        found = machines.newest_execution(
            stack.output("ReleaseModelArn"), since=began, marker=marker
        )
        if found is not None:
            return found
        time.sleep(0.2)
    message = f"{key} was uploaded, but no run started within {_APPEAR_SECONDS:.0f} s"
    raise CommandError(message)


def run_id(execution: str) -> str:
    """Return the run id of an execution of release_model: its name."""
    return execution.rsplit(":", 1)[1][:80]


def find_run(run: str, project: str | None = None) -> Run:
    """Return a run by its id, or by the beginning of it."""
    chosen = [each for each in bootstrap.ledger().runs(project, limit=500) if each.id == run]
    chosen = chosen or [
        each for each in bootstrap.ledger().runs(project, limit=500) if each.id.startswith(run)
    ]
    if len(chosen) == 1:
        return chosen[0]
    found = "no run" if not chosen else f"{len(chosen)} runs"
    message = f"{found} with the id {run!r}; list them with `loopwright runs list`"
    raise CommandError(message)


def document(run: Run, name: str) -> dict[str, Any] | None:
    """Return a JSON document of a run's evidence, or None when the run has none."""
    key = f"runs/{run.project}/{run.id}/{name}"
    objects = bootstrap.object_store()
    if key not in objects.keys(key):
        return None
    found: dict[str, Any] = json.loads(objects.read(key))
    return found
