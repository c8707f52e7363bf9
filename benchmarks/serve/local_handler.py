"""The handler of Predict, with what SERVE_LOCAL names kept in this process instead of AWS.

`models` and `ledger` read the folder SERVE_FOLDER, `receipts` forgets them, `clock` is the
machine's. Everything else is the built function: Powertools, validation, decoding, scoring.
"""

import importlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loopwright import bootstrap
from loopwright.domain.run import Champion

FOLDER = Path(os.environ["SERVE_FOLDER"])
POINTER = json.loads((FOLDER / "champion.json").read_text())


class LocalModels:
    """The files of a package, in a folder."""

    def file(self, _project: str, _model: str, name: str) -> bytes:
        """Return one file."""
        return (FOLDER / name).read_bytes()


class LocalLedger:
    """One champion."""

    def champion(self, _project: str) -> Champion:
        """Return the champion."""
        return Champion.model_validate(POINTER)


class NoReceipts:
    """Receipts that nobody keeps."""

    def put(self, _receipt: Any) -> None:
        """Forget a receipt."""


class LocalClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC)


LOCAL = {
    "models": LocalModels,
    "ledger": LocalLedger,
    "receipts": NoReceipts,
    "clock": LocalClock,
}
for _name in filter(None, os.environ["SERVE_LOCAL"].split(",")):
    setattr(bootstrap, _name, LOCAL[_name])  # a class makes its one value as a factory does

handler = importlib.import_module("handler").handler  # the built function's own module
