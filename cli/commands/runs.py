"""`loopwright runs`: list, show, watch, retry, open and compare runs."""

import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands.release import finish
from cli.failures import CommandError
from cli.output import console, print_fields, print_json, print_table, short
from cli.runs import document, find_run
from cli.runs import retry as start_again
from cli.session import Session
from loopwright import bootstrap
from loopwright.domain.run import Run

app = typer.Typer(help="Runs: each is one execution of release_model.", no_args_is_help=True)
RunName = Annotated[str, typer.Argument(help="A run's id, or the beginning of it.")]
REPORTS = Path("loopwright-reports")


@app.command("list")
def list_runs(
    context: typer.Context,
    project: Annotated[str | None, typer.Argument(help="Only this project's runs.")] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 20,
) -> None:
    """List runs, newest first."""
    session: Session = context.obj
    _ = session.stack
    found = bootstrap.ledger().runs(project, limit=limit)
    if session.as_json:
        print_json(found)
        return
    columns = ("run", "project", "trigger", "started", "outcome", "dataset", "model")
    print_table("Runs", columns, [_row(run) for run in found])


@app.command()
def show(context: typer.Context, run: RunName) -> None:
    """Show a run: what it was given, how it ended, why, and its evidence."""
    session: Session = context.obj
    _ = session.stack
    found = find_run(run)
    if session.as_json:
        print_json(found)
        return
    fields = found.model_dump(mode="json", exclude={"reasons", "evidence", "schema_version"})
    print_fields(f"Run {found.id}", fields)
    for reason in found.reasons:
        console.print(f"- {reason.message} {reason.advice}", highlight=False)
    documents = bootstrap.object_store().keys(f"runs/{found.project}/{found.id}/")
    print_table("Evidence", ("document",), [(key,) for key in documents])


@app.command()
def watch(context: typer.Context, run: RunName) -> None:
    """Follow a run, state by state, until it ends."""
    session: Session = context.obj
    _ = session.stack
    finish(session, find_run(run).execution, wait=True)


@app.command()
def retry(
    context: typer.Context,
    run: RunName,
    *,
    reason: Annotated[str, typer.Option(help="Why it is started again.")] = "retry",
    wait: Annotated[bool, typer.Option(help="Follow the run.")] = True,
) -> None:
    """Start a run again with what it was given."""
    session: Session = context.obj
    _ = session.stack
    execution = start_again(session.stack, find_run(run), actor=session.actor, reason=reason)
    finish(session, execution, wait=wait)


@app.command("open")
def open_report(
    context: typer.Context,
    run: RunName,
    *,
    browser: Annotated[bool, typer.Option(help="Open it in a browser.")] = True,
) -> None:
    """Fetch a run's report and open it."""
    session: Session = context.obj
    _ = session.stack
    path = fetch_report(find_run(run), REPORTS)
    if session.as_json:
        print_json({"report": str(path)})
    else:
        console.print(f"report: {path}")
    if browser:
        webbrowser.open(path.resolve().as_uri())


@app.command()
def compare(context: typer.Context, run: RunName, other: RunName) -> None:
    """Compare what two runs measured."""
    session: Session = context.obj
    _ = session.stack
    left, right = find_run(run), find_run(other)
    rows = _measures(left), _measures(right)
    names = dict.fromkeys([*rows[0], *rows[1]])
    table = [(name, rows[0].get(name), rows[1].get(name)) for name in names]
    if session.as_json:
        print_json({name: {"run": one, "other": two} for name, one, two in table})
        return
    print_table("Runs compared", ("", left.id, right.id), table)


def fetch_report(run: Run, folder: Path) -> Path:
    """Write a run's report, and its data page if it has one, into the run's own folder."""
    if run.report is None:
        message = f"run {run.id} has no report yet; follow it with `loopwright runs watch`"
        raise CommandError(message)
    inside = folder / f"{run.project}-{run.id}"
    inside.mkdir(parents=True, exist_ok=True)
    objects, beside = bootstrap.object_store(), run.report.rpartition("/")[0]
    for key in (run.report, *objects.keys(f"{beside}/data.html")):
        (inside / key.rpartition("/")[2]).write_bytes(objects.read(key))
    return inside / run.report.rpartition("/")[2]


def _row(run: Run) -> tuple[Any, ...]:
    outcome = run.outcome or "running"
    started = run.started_at[:19]
    dataset, model = short(run.dataset), short(run.model)
    return (run.id, run.project, run.trigger, started, outcome, dataset, model)


def _measures(run: Run) -> dict[str, Any]:
    """Return a run's outcome and the candidate's metrics, each with its interval."""
    found: dict[str, Any] = {
        "outcome": run.outcome,
        "dataset": short(run.dataset),
        "model": short(run.model),
    }
    evaluation = document(run, "evaluation.json") or {}
    for metric in evaluation.get("candidate", {}).get("metrics", []):
        interval = f"[{metric['low']:.4f}, {metric['high']:.4f}]"
        found[metric["name"]] = f"{metric['value']:.4f} {interval}"
    return found
