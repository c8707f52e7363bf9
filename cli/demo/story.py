"""The chapters of the demo. Each does one thing through the public interfaces and notes it."""

import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cli.commands.lineage import walk
from cli.commands.runs import fetch_report
from cli.demo.people import Row, read_year, recession
from cli.demo.traffic import Answered, predict_and_label
from cli.failures import CommandError
from cli.machines import describe, newest_execution
from cli.output import console, print_table, short
from cli.progress import watch
from cli.projects import push_project, read_spec
from cli.runs import find_run, push_data, run_id
from cli.session import Session
from infra.twin.twin import Twin
from loopwright import bootstrap
from loopwright.domain.lineage import Node
from loopwright.domain.spec import ProjectSpec

EXAMPLE = Path(__file__).parents[2] / "examples" / "employment"
RETRAINING_WAIT_SECONDS = 60.0
YEAR = timedelta(days=365)
SALT = "the same people are sealed in every demo"


@dataclass
class Story:
    """The demo's state between its chapters."""

    session: Session
    twin: Twin
    folder: Path
    spec: ProjectSpec = field(default_factory=lambda: read_spec(EXAMPLE))
    notes: list[tuple[str, str]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    @property
    def project(self) -> str:
        """Return the name of the demo's project."""
        return self.spec.project

    def tell(self) -> None:
        """Tell the whole story."""
        first = self.first_release()
        self.same_file_again()
        receipt = self.real_years()
        self.answer_for(receipt)
        self.shock(first)
        self.roll_back_and_forth()
        self.ending()

    def first_release(self) -> str:
        """Push 2015 and follow the run to the first champion; return its model."""
        self._chapter("2015 arrives: versioned, judged, trained on, audited, promoted")
        push_project(
            EXAMPLE,
            actor=self.session.actor,
            image=self.session.stack.output("TrainingImage"),
            salt=SALT,
        )
        execution = push_data(self.session.stack, self.project, self._year_file(2015))
        output = self._finish(execution, expected="model_promoted")
        self._note("first champion", short(output["model"]))
        return str(output["model"])

    def same_file_again(self) -> None:
        """Push the same rows under another name."""
        self._chapter("The same rows again, under another name")
        path = self._year_file(2015)
        execution = push_data(self.session.stack, self.project, path, name="again.parquet")
        self._finish(execution, expected="nothing_new")
        self._note("the same rows again", "NothingNew: no job was started")

    def real_years(self) -> str:
        """Send real rows of 2016-18 and show the honest verdict; return a receipt."""
        self._chapter("2016, 2017 and 2018 are predicted through the API, labels follow")
        receipt, began = "", bootstrap.clock().now()
        for year in (2016, 2017, 2018):
            self.twin.clock.advance(YEAR)
            rows = self._sample(year, self.spec.monitoring.window_rows, seed=year)
            answered = self._send(rows)
            receipt = answered.receipt
            self._settle()
            verdict = bootstrap.windows().verdicts(self.project, limit=1)[0]
            line = f"{answered.rows} rows, accuracy {answered.accuracy:.3f}, drift: {_say(verdict)}"
            console.print(f"  {year}: {line}", highlight=False)
            self._note(f"real {year}", line)
            began = self._governor_refuses(began)
        return receipt

    def _governor_refuses(self, began: datetime) -> datetime:
        """Say why the governor did not retrain, if it was asked; return the time now."""
        machine = self.session.stack.output("RetrainModelArn")
        execution = newest_execution(machine, since=began, marker=self.project)
        if execution is not None:
            output = json.loads(describe(execution).get("output") or "{}")
            for reason in output.get("reasons", []):
                console.print(f"        the governor: {reason['message']}", highlight=False)
        return bootstrap.clock().now()

    def answer_for(self, receipt: str) -> None:
        """Show a receipt and compute it again."""
        self._chapter("Any prediction can be answered for")
        answer = self.session.api.get(f"/projects/{self.project}/receipts/{receipt}")
        agrees = answer["recomputed"]["agrees"]
        console.print(f"  receipt {receipt}: model {short(answer['receipt']['model'])}")
        console.print(f"  computed again from the stored model: agrees = {agrees}")
        self._note("receipt computed again", f"agrees = {agrees}")

    def shock(self, first: str) -> None:
        """Simulate a recession, and follow the retraining that it causes."""
        self._chapter(
            "A recession (SIMULATED on real 2018 rows): many over 50 lose work, more of them apply"
        )
        self.twin.clock.advance(YEAR)
        people = self._sample(2018, 40_000, seed=99)
        window = self.spec.monitoring.window_rows
        rows = recession(people, rows=window + 2_000, seed=7)
        began = bootstrap.clock().now()
        before = self._send(rows[:window])
        console.print(f"  accuracy of the champion fell to {before.accuracy:.3f}")
        output = self._follow_retraining(began)
        verdict = bootstrap.windows().verdicts(self.project, limit=1)[0]
        self._note("recession (simulated)", f"drift: {_say(verdict)}")
        after = self._send(rows[window:])
        console.print(f"  accuracy of the new champion on new such rows: {after.accuracy:.3f}")
        self._note(
            "retrained on labelled data",
            f"{short(first)} -> {short(output['model'])}; accuracy on the new data "
            f"{before.accuracy:.3f} -> {after.accuracy:.3f}",
        )

    def roll_back_and_forth(self) -> None:
        """Roll back, see that the old model answers, and come back."""
        self._chapter("Rollback, verified by what is served")
        champion = bootstrap.ledger().champion(self.project)
        if champion is None or champion.previous is None:
            message = "there is no earlier champion to roll back to"
            raise CommandError(message)
        for target in (champion.previous, champion.model):
            body = {"to": target, "reason": "the demo shows a rollback"}
            self.session.api.post(f"/projects/{self.project}/rollback", body)
            served = self._send(self._sample(2018, 1, seed=1)).model
            console.print(f"  asked for {short(target)}, served {short(served)}")
            self._note(f"rollback to {short(target)}", f"served: {short(served)}")

    def ending(self) -> None:
        """Leave the report and the table."""
        run = bootstrap.ledger().model(self.project, self._champion()).run
        report = fetch_report(find_run(run, self.project), self.folder)
        edges = walk(Node(project=self.project, kind="model", id=self._champion()), down=False)
        self._note("lineage of the champion", f"{len(edges)} edges back to the uploads")
        self._note("run report", str(report))
        self._note("time", f"{time.monotonic() - self.began:.0f} s")
        console.print()
        print_table("What happened", ("", ""), self.notes)

    def _chapter(self, title: str) -> None:
        console.print(f"\n[bold cyan]{title}[/bold cyan]")

    def _note(self, what: str, came_of_it: str) -> None:
        self.notes.append((what, came_of_it))

    def _year_file(self, year: int) -> Path:
        return EXAMPLE / "data" / f"acs_ma_{year}.parquet"

    def _sample(self, year: int, rows: int, *, seed: int) -> list[Row]:
        return read_year(self.spec, self._year_file(year), rows=rows, seed=seed)

    def _send(self, rows: list[Row]) -> Answered:
        return predict_and_label(self.session.api, self.project, self.spec.target, rows)

    def _settle(self) -> None:
        self.twin.drain(timeout_s=120)

    def _champion(self) -> str:
        champion = bootstrap.ledger().champion(self.project)
        return "" if champion is None else champion.model

    def _finish(self, execution: str, *, expected: str) -> dict[str, Any]:
        ended = watch(execution, console)
        output: dict[str, Any] = json.loads(str(ended.get("output") or "{}"))
        outcome = output.get("outcome")
        if outcome != expected:
            stored = find_run(run_id(execution), self.project)
            reasons = "; ".join(reason.message for reason in stored.reasons)
            message = f"the run ended as {outcome or 'release_broken'}, not {expected}: {reasons}"
            raise CommandError(message)
        console.print(f"  => [bold]{outcome}[/bold]")
        return output

    def _follow_retraining(self, began: datetime) -> dict[str, Any]:
        """Follow the retraining that the drift event started, and return its run's output."""
        machine = self.session.stack.output("RetrainModelArn")
        deadline = time.monotonic() + RETRAINING_WAIT_SECONDS
        execution = None
        while execution is None and time.monotonic() < deadline:
            execution = newest_execution(machine, since=began, marker=self.project)
            time.sleep(0.2)
        if execution is None:
            message = "no retraining was started by the drift event"
            raise CommandError(message)
        watch(execution, console)
        run = bootstrap.ledger().runs(self.project, limit=1)[0]
        if run.outcome != "model_promoted":
            reasons = "; ".join(reason.message for reason in run.reasons)
            message = f"the retraining ended as {run.outcome}: {reasons}"
            raise CommandError(message)
        console.print(f"  => [bold]{run.outcome}[/bold]")
        return {"model": run.model}


def _say(verdict: dict[str, Any]) -> str:
    """Return a drift verdict in words: the strongest column, and what follows."""
    findings = [each for each in verdict.get("findings", []) if each["grade"] != "none"]
    if not findings:
        return f"{verdict['verdict']}"
    worst = max(findings, key=lambda each: each["value"] or 0.0)
    material = sum(each["grade"] == "material" for each in findings)
    follows = "too small to act on" if not material else f"material in {material}: act on it"
    return (
        f"detected in {len(findings)} of {len(verdict['findings'])} columns, most in "
        f"{worst['subject']} (PSI {worst['value']:.3f}), {follows}"
    )
