"""Predictions and labels through the API, as an application would send them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import batched
from typing import Any

from cli.api import Api
from cli.demo.people import Row

ROWS_PER_REQUEST = 250


@dataclass(frozen=True)
class Answered:
    """What became of the rows that were sent: how many, how many right, and one receipt."""

    rows: int
    right: int
    receipt: str
    model: str

    @property
    def accuracy(self) -> float:
        """Return the share of right answers."""
        return self.right / self.rows


def predict_and_label(api: Api, project: str, target: str, rows: list[Row]) -> Answered:
    """Predict rows in requests of 250 and send their labels after each; return what came out."""
    right, answer = 0, {}
    for chunk in batched(rows, ROWS_PER_REQUEST, strict=False):
        answer = api.post(f"/projects/{project}/predictions", {"instances": _asked(chunk, target)})
        right += sum(_is_right(chunk, target, answer))
        api.post(f"/projects/{project}/labels", {"labels": _labels(chunk, target, answer)})
    return Answered(len(rows), right, str(answer["receipt"]), str(answer["model"]))


def _asked(rows: tuple[Row, ...], target: str) -> list[Row]:
    return [{name: value for name, value in row.items() if name != target} for row in rows]


def _is_right(rows: tuple[Row, ...], target: str, answer: dict[str, Any]) -> Iterator[bool]:
    for row, prediction in zip(rows, answer["predictions"], strict=True):
        yield row[target] == prediction["value"]


def _labels(rows: tuple[Row, ...], target: str, answer: dict[str, Any]) -> list[Row]:
    return [
        {"receipt": answer["receipt"], "instance": number, "label": row[target]}
        for number, row in enumerate(rows)
    ]
