"""`loopwright lineage`: what was made from what."""

from typing import Annotated, get_args

import typer
from rich.tree import Tree

from cli.failures import CommandError
from cli.output import console, print_json, short
from cli.session import Session
from loopwright import bootstrap
from loopwright.domain.lineage import Edge, Node, NodeKind

_MAX_DEPTH = 6


def lineage(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="The project's name.")],
    node: Annotated[
        str | None, typer.Argument(help="kind:id, such as model:<digest>; default the champion.")
    ] = None,
    *,
    down: Annotated[bool, typer.Option(help="What was made from it, not from what.")] = False,
) -> None:
    """Show what a node was made from, or with --down what was made from it."""
    session: Session = context.obj
    _ = session.stack
    start = _node(project, node)
    edges = walk(start, down=down)
    if session.as_json:
        print_json(edges)
        return
    tree = Tree(_label(start))
    _grow(tree, start, edges, down=down, depth=0)
    console.print(tree)


def walk(start: Node, *, down: bool) -> list[Edge]:
    """Return every edge that is reached from a node in one direction."""
    store = bootstrap.lineage()
    step = store.downstream if down else store.upstream
    found: dict[str, Edge] = {}
    waiting, seen = [start], {str(start)}
    while waiting:
        for edge in step(waiting.pop()):
            found[f"{edge.source}|{edge.relation}|{edge.target}"] = edge
            following = edge.source if down else edge.target
            if str(following) not in seen:
                seen.add(str(following))
                waiting.append(following)
    return list(found.values())


def _node(project: str, text: str | None) -> Node:
    if text is None:
        champion = bootstrap.ledger().champion(project)
        if champion is None:
            message = f"project {project!r} has no champion yet; name a node"
            raise CommandError(message)
        return Node(project=project, kind="model", id=champion.model)
    kind, _, identity = text.partition(":")
    if kind not in get_args(NodeKind) or not identity:
        message = f"{text!r}: expected kind:id with one of the kinds {list(get_args(NodeKind))}"
        raise CommandError(message)
    return Node.model_validate({"project": project, "kind": kind, "id": identity})


def _grow(tree: Tree, node: Node, edges: list[Edge], *, down: bool, depth: int) -> None:
    if depth == _MAX_DEPTH:
        return
    for edge in edges:
        near, far = (edge.target, edge.source) if down else (edge.source, edge.target)
        if near == node:
            branch = tree.add(f"[dim]{edge.relation}[/dim] {_label(far)}")
            _grow(branch, far, edges, down=down, depth=depth + 1)


def _label(node: Node) -> str:
    return f"[bold]{node.kind}[/bold] {short(node.id) if len(node.id) == 64 else node.id}"  # noqa: PLR2004 - a sha256
