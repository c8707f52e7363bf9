"""Live counts on the windows table.

| item | pk | sk |
|---|---|---|
| checkpoint of a stream shard | SHARD#<shard> | CHECKPOINT |
| open window of a model | WINDOW#<project>#<model> | STATE: its number, rows counted |
| counts of one batch | WINDOW#<project>#<model> | COUNTS#<window number>#<batch> |
| verdict of a window | WINDOWS#<project> | <closed at>#<model>#<number> |
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from loopwright.aws.items import Item, Table, item, key, values
from loopwright.domain.record import canonical_json
from loopwright.domain.window import LiveCounts, OpenWindow
from loopwright.errors import ConflictError
from loopwright.ports import Clock


class DynamoWindows:
    """Counts that are added once, whatever the stream repeats."""

    def __init__(self, table: Table, *, clock: Clock) -> None:
        """Keep the counts in `table`."""
        self._table = table
        self._clock = clock

    def checkpoint(self, shard: str) -> str | None:
        """Return the last sequence number of a shard that was counted, or None."""
        found = self._table.get(f"SHARD#{shard}", "CHECKPOINT")
        return None if found is None else str(found["sequence"]["S"])

    def add(
        self,
        shard: str,
        sequence: str,
        counts: Sequence[LiveCounts],
        *,
        previous: str | None,
    ) -> None:
        """Store counts and move the checkpoint in one transaction, or raise ConflictError."""
        advance = item(f"SHARD#{shard}", "CHECKPOINT", sequence=sequence)
        if previous is None:
            checkpoint = self._table.put_request(advance, "attribute_not_exists(pk)")
        else:
            expected = values(previous=previous)
            checkpoint = self._table.put_request(advance, "#s = :previous", expected)
            checkpoint["ExpressionAttributeNames"] = {"#s": "sequence"}
        requests: list[dict[str, Any]] = [{"Put": checkpoint}]
        for live in counts:
            requests += self._count_requests(live)
        if not self._table.write(requests):
            message = f"shard {shard}: its checkpoint is no longer {previous}, or a window closed"
            raise ConflictError(message)

    def open_rows(self, project: str, model: str) -> int:
        """Return the rows counted since the last assessed window."""
        return _state(self._table.get(_pk(project, model), "STATE"))[1]

    def open_window(self, project: str, model: str) -> OpenWindow | None:
        """Return what was counted since the last assessed window, or None when nothing was."""
        number, rows = _state(self._table.get(_pk(project, model), "STATE"))
        if not rows:
            return None
        expected = values(pk=_pk(project, model), prefix=_counts_prefix(number))
        items = self._table.query("pk = :pk AND begins_with(sk, :prefix)", expected)
        batches = [LiveCounts.model_validate_json(found["document"]["S"]) for found in items]
        batches.sort(key=lambda live: (live.first_at, live.batch))
        return OpenWindow(
            project=project,
            model=model,
            sequence=number,
            opened_at=min(live.first_at for live in batches),
            batches=tuple(batches),
        )

    def close_window(self, window: OpenWindow, verdict: Mapping[str, Any]) -> bool:
        """Store the window's verdict and open the next one, once; False when closed before."""
        pk = _pk(window.project, window.model)
        following = item(pk, "STATE", number=window.sequence + 1, counted=0)
        closing = self._table.put_request(
            following,
            "#n = :number AND counted = :rows",
            values(number=window.sequence, rows=window.rows),
        )
        closing["ExpressionAttributeNames"] = {"#n": "number"}
        closed_at = self._clock.now().isoformat()
        stored = item(f"WINDOWS#{window.project}", f"{closed_at}#{window.model}#{window.sequence}")
        stored["document"] = {"S": canonical_json(dict(verdict)).decode()}
        if self._table.write([{"Put": closing}, {"Put": self._table.put_request(stored)}]):
            return True
        if _state(self._table.get(pk, "STATE"))[0] > window.sequence:
            return False
        message = f"rows were counted for window {window.sequence} of {window.model} meanwhile"
        raise ConflictError(message)

    def verdicts(self, project: str, *, limit: int = 20) -> list[dict[str, Any]]:
        """Return the verdicts of assessed windows, newest first."""
        rows = self._table.query(
            "pk = :pk", values(pk=f"WINDOWS#{project}"), ScanIndexForward=False
        )
        return [
            json.loads(row["document"]["S"]) for row, _ in zip(rows, range(limit), strict=False)
        ]

    def _count_requests(self, live: LiveCounts) -> list[dict[str, Any]]:
        """Return the writes that put one batch's counts into the model's open window."""
        pk = _pk(live.project, live.model)
        stored = self._table.get(pk, "STATE")
        number, _ = _state(stored)
        condition = "attribute_not_exists(pk)" if stored is None else "#n = :number"
        update = {
            "TableName": self._table.name,
            "Key": key(pk, "STATE"),
            "UpdateExpression": "SET #n = :number ADD counted :rows",
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#n": "number"},
            "ExpressionAttributeValues": values(number=number, rows=live.counts.rows),
        }
        counts = item(pk, f"{_counts_prefix(number)}{live.batch}", live)
        return [{"Update": update}, {"Put": self._table.put_request(counts)}]


def _pk(project: str, model: str) -> str:
    return f"WINDOW#{project}#{model}"


def _counts_prefix(number: int) -> str:
    return f"COUNTS#{number:010d}#"


def _state(found: Item | None) -> tuple[int, int]:
    """Return the number of the open window and the rows counted in it."""
    if found is None:
        return 0, 0
    return int(found["number"]["N"]), int(found["counted"]["N"])
