"""Writes `playhead.json`: `python -m infra.grafana`."""

import json
from pathlib import Path

from infra.grafana.dashboard import dashboard

FILE = Path(__file__).parent / "playhead.json"


def text() -> str:
    """The file's text."""
    return json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
