"""The docs say what is there: nothing that people meet is left out, and every link leads on."""

import re
from collections.abc import Iterator
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
import yaml
from pydantic import BaseModel

from cli.main import app
from loopwright.domain.events import EventName
from loopwright.domain.gate import Verdict
from loopwright.domain.problems import KINDS
from loopwright.domain.run import Outcome
from loopwright.domain.spec import METRICS, ProjectSpec
from loopwright.steps.describe_api import ROUTES
from tests.template.stack import (
    NESTED,
    ROOT,
    every_state,
    functions,
    machines,
    many,
    resources,
    snake,
    written,
)

DOCS = ROOT / "docs"
ENTRY = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
PAGES = (*sorted(DOCS.rglob("*.md")), *(ROOT / name for name in ENTRY))
TRY_IT = ("make demo", "make check")
# What nobody may claim, in any spelling, and addresses of a machine on which the docs were written.
CLAIMS = (
    r"\bun-?biased\b",
    r"\bde-?biased\b",
    r"\bfair(er|est)? (ai|models?|algorithms?)\b",
    r"\bbias[- ]free\b",
)
ELSEWHERE = (r"/(home|root|Users)/",)
NEGATED = re.compile(r"never[^.]*$", re.IGNORECASE)


@cache
def page(name: str) -> str:
    """The text of a page under docs/."""
    return (DOCS / name).read_text(encoding="utf-8")


def named(text: str, names: set[str]) -> set[str]:
    """Those of the names that stand in the text as a word of code."""
    return {
        name for name in names if re.search(rf"`[^`\n]*(?<![\w.-]){re.escape(name)}(?![\w-])", text)
    }


def first_cells(text: str) -> set[str]:
    """What stands as code in the first cell of any table's row."""
    rows = re.findall(r"^\|([^|]*)\|", text, re.MULTILINE)
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row)}


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every verb of the command with its click command, families resolved."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), typer.main.get_command(app))]
    while waiting:
        path, command = waiting.pop()
        if hasattr(command, "commands"):
            waiting += [((*path, name), one) for name, one in command.commands.items()]
        else:
            yield path, command


VERBS: list[tuple[tuple[str, ...], Any]] = sorted(commands(), key=itemgetter(0))


def settings() -> set[str]:
    """Every variable that the template gives to functions."""
    glob: dict[str, Any] = written()["Globals"]["Function"]["Environment"]["Variables"]
    own = [one.get("Environment", {}).get("Variables", {}) for one in functions().values()]
    return {name for variables in (glob, *own) for name in variables}


def spec_sections() -> Iterator[tuple[str, set[str]]]:
    """The keys of each section of project.yaml; the top level is ``Top level``."""
    yield "Top level", set(ProjectSpec.model_fields)
    for name, field in ProjectSpec.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield f"`{name}`", set(kind.model_fields)
    columns = get_args(ProjectSpec.model_fields["columns"].annotation)[1]
    yield "`columns.<name>`", set(columns.model_fields)


def section(text: str, title: str) -> str:
    """The part of a page below a heading of the second level."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"there is no section {title!r}"
    return found[1]


def heading_anchors(text: str) -> set[str]:
    """The anchors that a page's headings have on GitHub."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links(text: str) -> list[str]:
    """The targets of a page's links that lead into the repository."""
    outside_code = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)", outside_code)
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def test_every_function_is_in_the_architecture() -> None:
    """By its name, with what starts it."""
    missing = set(functions()) - first_cells(page("architecture.md"))

    assert missing == set()


@pytest.mark.parametrize("name", sorted(machines()))
def test_every_state_of_a_machine_is_in_its_table(name: str) -> None:
    """Whoever sees a state in the console finds it in the docs, below its machine."""
    title = snake(name.removesuffix("Machine"))
    part = re.search(rf"^### {title}:.*?(?=^##)", page("architecture.md"), re.MULTILINE | re.DOTALL)
    states = {state for state, _ in every_state(machines()[name])}

    assert part is not None
    assert states - first_cells(part[0]) == set()


def test_no_state_is_described_that_is_not_there() -> None:
    """A table of states that nobody enters misleads."""
    text = section(page("architecture.md"), "The machines")
    states = {state for one in machines().values() for state, _ in every_state(one)}

    assert first_cells(text) - states == set()


def test_every_alarm_has_a_line_that_says_what_to_do() -> None:
    """An alarm that nobody can answer wakes somebody for nothing."""
    alarms = {
        name
        for path in NESTED
        for kind in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
        for name in resources(kind, written(path))
    }
    text = section(page("architecture.md"), "Alarms, and what to do when one rings")

    assert first_cells(text) == alarms


def test_every_rule_and_schedule_is_in_the_architecture() -> None:
    """They are how one thing leads to another."""
    rules = {*resources("AWS::Events::Rule"), *resources("AWS::Scheduler::Schedule")}

    assert rules - first_cells(section(page("architecture.md"), "Events")) == set()


def test_every_prefix_of_the_store_is_in_the_architecture() -> None:
    """As far as the policies name them."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    prefixes = set(re.findall(r"BucketArn\}/([a-z-]+)/", text))
    described = {key.split("/")[0] for key in first_cells(page("architecture.md")) if "/" in key}
    described |= set(
        re.findall(r"`([a-z-]+)/[^`]*`", section(page("architecture.md"), "What is stored"))
    )

    assert prefixes - described == set()


def test_every_event_is_in_the_reference_and_no_other() -> None:
    """The names are the contract with rules of other teams."""
    assert first_cells(page("reference/events.md")) == set(get_args(EventName))


def test_every_setting_is_in_the_reference() -> None:
    """Those that the template sets, and those that the code alone knows."""
    sources = [
        path for top in ("cli", "layers/core", "infra/twin") for path in (ROOT / top).rglob("*.py")
    ]
    known = set().union(
        *(re.findall(r"LOOPWRIGHT_[A-Z_]*[A-Z]", one.read_text()) for one in sources)
    )

    assert (settings() | known) - named(page("reference/settings.md"), settings() | known) == set()


@pytest.mark.parametrize(("path", "command"), VERBS, ids=[" ".join(path) for path, _ in VERBS])
def test_every_verb_is_in_the_reference_with_its_help_and_options(
    path: tuple[str, ...], command: Any
) -> None:
    """What --help says and what the page says are the same."""
    title = re.escape(" ".join(path))
    part = re.search(
        rf"^### `loopwright {title}[ `].*?(?=^##|\Z)",
        page("reference/cli.md"),
        re.MULTILINE | re.DOTALL,
    )
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    wanted = {name if name.startswith("--") else name.upper() for name in options}

    assert part is not None
    assert command.help.strip() in part[0]
    assert first_cells(part[0]) == wanted


def test_the_options_before_the_verb_are_in_the_reference() -> None:
    """They stand before every verb."""
    found = {name for one in typer.main.get_command(app).params for name in one.opts}

    assert (
        found - first_cells(section(page("reference/cli.md"), "Options before the verb")) == set()
    )


def test_no_verb_is_described_that_is_not_there() -> None:
    """A verb that was taken away leaves the page too."""
    verbs = {" ".join(path) for path, _ in commands()}
    described = re.findall(
        r"^### `loopwright ([a-z -]+?)(?: [\[A-Z].*)?`$", page("reference/cli.md"), re.MULTILINE
    )

    assert set(described) == verbs


def test_every_exit_code_is_in_the_reference() -> None:
    """Scripts rely on them."""
    from cli import failures

    table = re.findall(r"^\| (\d) \|", failures.__doc__ or "", re.MULTILINE)
    described = re.findall(
        r"^\| (\d) \|", section(page("reference/cli.md"), "Exit codes"), re.MULTILINE
    )

    assert described == table


@pytest.mark.parametrize(("title", "keys"), list(spec_sections()))
def test_every_key_of_project_yaml_is_in_its_section(title: str, keys: set[str]) -> None:
    """And no other key, for an unknown one is an error."""
    assert first_cells(section(page("reference/project-yaml.md"), title)) == keys


def test_every_metric_is_named_where_it_can_be_chosen_and_explained() -> None:
    """In project.yaml's page and among the statistics."""
    metrics = {name for names in METRICS.values() for name in names}
    found = [
        named(page(f"reference/{name}.md"), metrics) for name in ("project-yaml", "statistics")
    ]

    assert found == [metrics, metrics]


def test_every_route_is_in_the_reference_with_its_refusals() -> None:
    """Those that the OpenAPI document tells of are those of the template; both are described."""
    rows = dict(
        re.findall(
            r"^\| `((?:GET|POST) [^`]+)` \|.*\|([^|]*)\|$", page("reference/api.md"), re.MULTILINE
        )
    )
    routes = {f"{one.method.upper()} {one.path}": ", ".join(one.refusals) for one in ROUTES}
    deployed = {
        f"{event['Properties']['Method']} {event['Properties']['Path']}"
        for function in functions().values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "HttpApi"
    }

    assert {route: refusals.strip() for route, refusals in rows.items()} == routes
    assert deployed == set(routes)


def test_every_kind_of_problem_is_in_the_reference() -> None:
    """With its status."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", page("reference/api.md"), re.MULTILINE)

    assert set(rows) == {(slug, str(status)) for _, status, slug, _ in KINDS}


def test_every_outcome_and_verdict_is_explained() -> None:
    """In the concepts, in the words of the code."""
    words = {*get_args(Outcome), *get_args(Verdict)}

    assert words - named(page("concepts.md"), words) == set()


@pytest.mark.parametrize("kind", ["Parameters", "Outputs"])
def test_every_parameter_and_output_is_in_the_deployment_page(kind: str) -> None:
    """Whoever deploys is asked for the ones and looks for the others."""
    names = set(written()[kind])

    assert names - first_cells(page("how-to/deploy.md")) == set()


def test_every_seam_test_of_the_twin_is_in_its_table() -> None:
    """A seam that nobody knows of is one that nobody checks when moto moves."""
    tests = {path.name for path in (ROOT / "tests" / "twin").glob("test_seam_*.py")}

    assert tests - named(page("twin.md"), tests) == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    """To a file or folder of the repository, and to a heading that is there."""
    broken = []
    for target in links(path.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        found = (path.parent / name).resolve() if name else path
        if not found.exists() or (anchor and anchor not in heading_anchors(found.read_text())):
            broken.append(target)

    assert broken == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    """By links alone."""
    waiting, seen = [ROOT / "README.md"], set()
    while waiting:
        one = waiting.pop()
        if one not in seen and one.suffix == ".md" and one.exists():
            seen.add(one)
            targets = links(one.read_text(encoding="utf-8"))
            waiting += [(one.parent / name.partition("#")[0]).resolve() for name in targets]

    assert {path for path in PAGES if "studies" not in path.parts} - seen == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_claims_what_no_audit_can_show(path: Path) -> None:
    """Nor leads to a place on the machine of its writer. What we *never say* may be quoted."""
    text = path.read_text(encoding="utf-8")
    said = [
        match[0]
        for claim in CLAIMS
        for match in re.finditer(claim, text, re.IGNORECASE)
        if not NEGATED.search(text[: match.start()].splitlines()[-1])
    ]
    led = [one for one in ELSEWHERE if re.search(one, text)]

    assert (said, led) == ([], [])


def test_the_readme_shows_the_two_commands_and_ci_runs_the_second() -> None:
    """To try it, one needs these and no others."""
    block = re.search(
        r"```sh\n(.*?)```", section((ROOT / "README.md").read_text(), "Try it"), re.DOTALL
    )
    shown = [] if block is None else [line.split("#")[0].strip() for line in block[1].splitlines()]
    script = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line[:1] != "#"]

    assert tuple(shown) == TRY_IT
    assert [line for line in script if "make" in line] == [f"exec {TRY_IT[1]}"]


def test_every_decision_is_dated_short_and_listed() -> None:
    """Context, decision, consequences; the numbers have no gap."""
    found = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    texts = [path.read_text(encoding="utf-8") for path in found]
    form = (
        r"# (\d+)\. .+\n\n\d{4}-\d\d-\d\d\n\n"
        r"\*\*Context\.\*\* .+\*\*Decision\.\*\* .+\*\*Consequences\.\*\* .+"
    )
    numbers = [int(match[1]) for text in texts if (match := re.match(form, text, re.DOTALL))]

    assert numbers == list(range(1, len(found) + 1))
    assert all(path.name in page("decisions/README.md") for path in found)


def test_every_example_of_yaml_and_json_can_be_read() -> None:
    """An example that cannot be parsed cannot be copied."""
    blocks = [
        (path.name, block)
        for path in PAGES
        for block in re.findall(r"```(?:yaml|json)\n(.*?)```", path.read_text(), re.DOTALL)
    ]

    assert [name for name, block in blocks if not many(yaml.safe_load(block))] == []
