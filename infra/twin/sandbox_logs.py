"""What a sandbox wrote, through a file: whatever was written before the answer is there when it
arrives.
"""

from pathlib import Path


class SandboxLogs:
    """A log file that the process appends to and the twin reads onwards; there is no thread to
    lose lines.
    """

    def __init__(self, path: Path) -> None:
        """An empty file at ``path``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        self._reader = path.open("rb")
        self._path = path

    def read_new(self) -> str:
        """Everything written since the last call."""
        return self._reader.read().decode("utf-8", errors="replace")

    def close(self) -> None:
        """Remove the file; what it held has been read."""
        self._reader.close()
        self._path.unlink(missing_ok=True)
