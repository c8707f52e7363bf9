"""A run's progress, live: one line per state with the seconds it took."""

from rich.console import Console

from cli.machines import describe, follow

_NAME_COLUMNS = 34


def watch(execution: str, console: Console, *, quiet: bool = False) -> dict[str, object]:
    """Print each state as it ends, and return how the execution ended."""
    for state in follow(execution):
        indent = "  " * (state.depth + 1)
        name = f"{indent}{state.name}".ljust(_NAME_COLUMNS)
        if not quiet:
            console.print(f"{name} [dim]{state.seconds:6.1f} s[/dim]")
    return describe(execution)
