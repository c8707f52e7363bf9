"""Serving beside peers: `python -m benchmarks.serve [--quick] [--json]`, after `make build`.

Every contender serves the same 200 trees on loopback, with one worker, and must answer the same.
Ours is the built function under awslambdaric, asked through the Lambda Runtime API, which is no
Lambda: no network, no Firecracker, no share of a CPU. Contenders take turns.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.serve import model
from benchmarks.serve.contenders import Contender, Server, memory_mb
from benchmarks.serve.world import PEERS, Start, functions, package, servers, stores
from cli.output import print_table

CLIENTS = 4
TOLERANCE = 1e-9
Figures = dict[str, dict[str, list[float]]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three turns, a tenth of the requests")
    parser.add_argument("--json", action="store_true", help="every figure, as JSON")
    options = parser.parse_args()
    turns, requests = (3, 100) if options.quick else (5, 1_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = package(folder)
        for kind in ("mlflow", "bentoml", "flask"):
            script = [str(PEERS / kind / "bin" / "python"), model.__file__, str(folder), kind]
            subprocess.run(script, check=True)
        with stores(files) as environment:
            starts = {**functions(folder, environment), **servers(folder)}
            figures = measure(starts, turns=turns, requests=requests)
    if options.json:
        print(json.dumps(figures))
        return
    heads = ("contender", "cold ms", "p50 ms", "p99 ms", "requests/s", "PSS MB", "ours to it")
    print_table(f"One model served, {turns} turns", heads, cells(figures))
    print(f"model.onnx: {len(files['model.onnx']) / 1e6:.2f} MB")


def measure(starts: Mapping[str, Start], *, turns: int, requests: int) -> Figures:
    """Return every contender's figures, one per turn."""
    rows = model.instances(requests)
    figures: Figures = {name: {} for name in starts}
    expected: list[float] = []
    for _ in range(turns):
        for name, start in starts.items():
            found = turn(start, rows)
            answer = found.pop("answer")
            expected = expected or answer
            agree(name, expected, answer)
            for figure, value in found.items():
                figures[name].setdefault(figure, []).append(value)
    return figures


def agree(name: str, expected: Sequence[float], answer: Sequence[float]) -> None:
    """Refuse figures of a contender that answers otherwise."""
    worst = max(abs(one - other) for one, other in zip(expected, answer, strict=True))
    if worst > TOLERANCE:
        message = f"{name} answers otherwise, by {worst:g}"
        raise RuntimeError(message)


def turn(start: Start, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Start a contender and measure it from its first answer to its memory."""
    began = time.perf_counter()
    with start() as contender:
        contender.ask(rows[:1])
        cold = time.perf_counter() - began
        answer = [contender.ask([row])[0] for row in rows[:50]]
        waits = sorted(timed(contender.ask, [row]) for row in rows)
        return {
            "cold_ms": cold * 1e3,
            "p50_ms": statistics.median(waits) * 1e3,
            "p99_ms": waits[int(len(waits) * 0.99)] * 1e3,
            "per_second": throughput(contender, rows),
            "pss_mb": memory_mb(contender.process),
            "answer": answer,
        }


def timed(ask: Callable[[list[Any]], object], instances: list[Any]) -> float:
    """Return the seconds of one request."""
    began = time.perf_counter()
    ask(instances)
    return time.perf_counter() - began


def throughput(contender: Contender, rows: Sequence[Mapping[str, Any]]) -> float:
    """Return requests per second of four clients; a function takes one event at a time."""
    shares = [rows[place::CLIENTS] for place in range(CLIENTS)]
    lock = threading.Lock()

    def work(ask: Callable[[list[Any]], object], share: Sequence[Mapping[str, Any]]) -> None:
        for row in share:
            ask([row])

    def one_by_one(instances: list[Any]) -> object:
        with lock:
            return contender.ask(instances)

    asks: list[Callable[[list[Any]], object]] = [
        contender.connected().ask if isinstance(contender, Server) else one_by_one for _ in shares
    ]
    threads = [threading.Thread(target=work, args=each) for each in zip(asks, shares, strict=True)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(rows) / (time.perf_counter() - began)


def cells(figures: Figures) -> list[tuple[str, ...]]:
    """Return the rows of the table; the ratios are of cold start, p50, p99, throughput, memory."""
    ours = {figure: statistics.median(values) for figure, values in figures["ours"].items()}
    found = []
    for name, measured in figures.items():
        middle = {figure: statistics.median(values) for figure, values in measured.items()}
        told = [f"{middle[f]:.1f} ({min(v):.1f}-{max(v):.1f})" for f, v in measured.items()]
        ratios = " ".join(
            f"{(middle[f] / ours[f] if f != 'per_second' else ours[f] / middle[f]):.1f}"
            for f in measured
        )
        found.append((name, *told, ratios))
    return found


if __name__ == "__main__":
    main()
