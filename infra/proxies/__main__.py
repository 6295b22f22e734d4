"""Measures what becomes of the page behind every proxy, and writes the tables of README.md: `python -m infra.proxies`.

The measuring is done by the tests, which take about three minutes. With `--last` it takes what they measured last.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.proxies.manners import MANNERS

ROOT = Path(__file__).parents[2]
README = Path(__file__).with_name("README.md")
STORED = ROOT / ".cache" / "proxies"
TESTS = ("tests/integration/proxies", "tests/e2e/browsers/test_manners.py")
Found = Mapping[str, Mapping[str, Any]]


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = list(head)
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def manners(chromium: Found, firefox: Found) -> str:
    head = (
        "manner",
        "the proxy",
        "mode",
        "after",
        "in Firefox",
        "oldest word",
        "usual word",
        "the end",
        "streams (left), polls",
    )
    rows = []
    for name, expected in MANNERS.items():
        seen, there = chromium[name], firefox.get(name)
        rows.append(
            (
                f"`{name}`",
                expected.does,
                f"{seen['mode']}: “{seen['reads']}”",
                f"{seen['mode_s']:.1f} s",
                f"{there['mode']}, {there['mode_s']:.1f} s" if there else "",
                f"{seen['oldest_s']:.1f} s",
                f"{seen['usual_s']:.2f} s",
                f"{seen['final_s']:.1f} s",
                f"{seen['streams']} ({seen['left']}), {seen['polls']}",
            )
        )
    return table(head, rows)


def real(measured: Found, pages: Found) -> str:
    head = ("proxy", "first event", "second frame", "a change", "compressed", "cut", "reader left", "page")
    rows = []
    for name, found in measured.items():
        page = pages.get(name)
        rows.append(
            (
                name,
                *(_seconds(found[key], "held" if key == "hello_s" else "") for key in ("hello_s", "beat_s", "word_s")),
                found["encoding"],
                f"after {found['cut_s']:.0f} s of silence" if found["cut_s"] is not None else "",
                found["left"],
                f"{page['mode']} after {page['mode_s']:.1f} s" if page else "",
            )
        )
    return table(head, rows)


def _seconds(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else f"{value:.2f} s"


def replace(text: str, mark: str, content: str) -> str:
    """Replaces what is between the marks of this name."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{content}\n{end}{after}"


def main() -> int:
    code = 0
    if "--last" not in sys.argv:
        code = subprocess.call([sys.executable, "-m", "pytest", "-q", *TESTS], cwd=ROOT)  # noqa: S603 - our own tests
    names = ("chromium", "firefox", "real", "real-pages")
    chromium, firefox, measured, pages = (json.loads((STORED / f"{name}.json").read_text()) for name in names)
    day = datetime.fromtimestamp((STORED / "chromium.json").stat().st_mtime, UTC).date().isoformat()
    shown = {"manners": manners(chromium, firefox), "real": real(measured, pages), "measured": f"Measured on {day}."}
    text = README.read_text()
    for mark, content in shown.items():
        print(content, end="\n\n")  # noqa: T201
        text = replace(text, mark, content)
    README.write_text(text)
    return code


if __name__ == "__main__":
    sys.exit(main())
