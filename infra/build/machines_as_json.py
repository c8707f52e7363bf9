"""Write state machines as JSON, which their validator reads: `FOLDER FILE...`."""

import json
import sys
from pathlib import Path

import yaml


def write_machine_as_json(source: Path, folder: Path) -> None:
    """Write one YAML state machine as JSON under the same name."""
    machine = yaml.safe_load(source.read_text(encoding="utf-8"))
    text = json.dumps(machine, indent=2)
    (folder / source.with_suffix(".json").name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    output = Path(sys.argv[1])
    output.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:]:
        write_machine_as_json(Path(name), output)
