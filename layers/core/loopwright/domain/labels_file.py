"""Read a file of labels: CSV or JSON lines with the columns receipt, instance and label."""

import csv
import io
import json
from collections.abc import Callable, Iterator

from pydantic import ValidationError

from loopwright.domain.labels import LabelRow, RowResult
from loopwright.domain.record import Record
from loopwright.errors import UnreadableDataError

COLUMNS = ("receipt", "instance", "label")
Row = tuple[int, object]


class LabelsFile(Record):
    """The rows that could be read, and a refusal of each that could not."""

    rows: tuple[LabelRow, ...]
    refused: tuple[RowResult, ...]


def read_labels_file(key: str, body: bytes) -> LabelsFile:
    """Read a file by the ending of its name; a file that is no table at all is refused whole."""
    reader = next((read for ending, read in _READERS.items() if key.endswith(ending)), None)
    if reader is None:
        message = (
            f"{key}: labels are read from .csv and .jsonl files with the columns "
            f"{', '.join(COLUMNS)}; convert the file to one of them and upload it again"
        )
        raise UnreadableDataError(message)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{key}: byte {error.start} is not UTF-8; save the file as UTF-8"
        raise UnreadableDataError(message) from error
    return _sorted_out(reader(key, text))


def _sorted_out(rows: Iterator[Row]) -> LabelsFile:
    good: list[LabelRow] = []
    bad: list[RowResult] = []
    for number, value in rows:
        try:
            good.append(LabelRow.model_validate(value))
        except ValidationError as error:
            bad.append(_unreadable(number, error))
    if not good and not bad:
        message = "the file has no rows of labels"
        raise UnreadableDataError(message)
    return LabelsFile(rows=tuple(good), refused=tuple(bad))


def _unreadable(number: int, error: ValidationError) -> RowResult:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"])) or "row"
    reason = f"the row could not be read: {where}: {first['msg']}"
    return RowResult(row=number, receipt="", instance=None, status="refused", reason=reason)


def _csv_rows(key: str, text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, [])
    if sorted(header) != sorted(COLUMNS):
        message = f"{key}: expected the header {','.join(COLUMNS)}, found {','.join(header)!r}"
        raise UnreadableDataError(message)
    for number, cells in enumerate(filter(None, reader), start=1):
        if len(cells) != len(COLUMNS):
            yield number, f"{len(cells)} cells"
        else:
            yield number, {**dict(zip(header, cells, strict=True)), "row": number}


def _json_rows(_: str, text: str) -> Iterator[Row]:
    lines = (line for line in text.splitlines() if line.strip())
    for number, line in enumerate(lines, start=1):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            yield number, line
        else:
            yield number, {**value, "row": number} if isinstance(value, dict) else value


_READERS: dict[str, Callable[[str, str], Iterator[Row]]] = {
    ".csv": _csv_rows,
    ".jsonl": _json_rows,
}
