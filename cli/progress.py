"""A run's progress, live: one line per state with the seconds it took."""

from datetime import datetime

from rich.console import Console

from cli.machines import StateEntered, describe, follow


def watch(execution: str, console: Console, *, quiet: bool = False) -> dict[str, object]:
    """Print each state as it ends, and return how the execution ended."""
    open_states: dict[int, StateEntered] = {}
    for entered in follow(execution):
        previous = open_states.get(entered.depth)
        for depth in [each for each in open_states if each >= entered.depth]:
            open_states.pop(depth)
        if previous is not None and not quiet:
            _print(previous, entered.at, console)
        open_states[entered.depth] = entered
    ended = describe(execution)
    if not quiet:
        for depth in sorted(open_states, reverse=True):
            _print(open_states[depth], ended.get("stopDate", open_states[depth].at), console)
    return ended


def _print(state: StateEntered, ended_at: datetime, console: Console) -> None:
    if not state.is_task:
        return
    seconds = max(0.0, (ended_at - state.at).total_seconds())
    indent = "  " * (state.depth + 1)
    console.print(f"{indent}{state.name:<{34 - len(indent)}} [dim]{seconds:6.1f} s[/dim]")
