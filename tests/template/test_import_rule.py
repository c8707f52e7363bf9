"""The import rule for functions/, which has no packages that import-linter could read."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HANDLERS = sorted(ROOT.glob("functions/*/*.py"))
OURS = frozenset({"benchmarks", "cli", "functions", "infra", "loopwright", "tests", "training"})
FOR_HANDLERS = frozenset(
    {
        "loopwright.bootstrap",
        "loopwright.http",  # events of the API in, answers out: the same for every route
        "loopwright.steps",
        "loopwright.telemetry",
    }
)
PYTHON = [
    path
    for folder in ("layers/core/loopwright", "cli", "training", "infra")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


def imported_modules(path: Path) -> Iterator[str]:
    """Yield the full name of everything that a module imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_for_handlers(module: str) -> bool:
    """Tell whether a handler may import a module of ours."""
    return any(module == name or module.startswith(f"{name}.") for name in FOR_HANDLERS)


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda path: path.parent.name)
def test_a_handler_imports_only_bootstrap_http_steps_and_telemetry(handler: Path) -> None:
    """What a handler cannot import it cannot decide."""
    ours = [module for module in imported_modules(handler) if module.split(".")[0] in OURS]

    assert [module for module in ours if not is_for_handlers(module)] == []


def test_nothing_imports_functions() -> None:
    """A handler is an end: what two of them need belongs in a step."""
    importers = [
        str(path.relative_to(ROOT))
        for path in PYTHON
        if any(module.split(".")[0] == "functions" for module in imported_modules(path))
    ]

    assert importers == []
