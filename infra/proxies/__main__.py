"""Measures what becomes of the page behind every proxy, and writes the tables of the guides: `python -m infra.proxies`.

The measuring is done by the tests, which take about three minutes. With `--last` it takes what they measured last.

`python -m infra.proxies URL` runs the doctor against a Playhead behind anybody's proxy, with the token of
PLAYHEAD_TOKEN, and prints its row: two minutes more with `--long`.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.proxies import doctor, guide
from infra.proxies.guide import table
from infra.proxies.manners import MANNERS

from playhead.cli.doctor_probe import Prober, Unreachable
from playhead.doctor.verdict import verdict

ROOT = Path(__file__).parents[2]
README = Path(__file__).with_name("README.md")
STORED = ROOT / ".cache" / "proxies"
TESTS = ("tests/integration/proxies", "tests/e2e/browsers/test_manners.py")
Found = Mapping[str, Mapping[str, Any]]


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
        "doctor",
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
                _findings(doctor.MANNERS[name]),
            )
        )
    return table(head, rows)


def real(measured: Found, pages: Found) -> str:
    head = ("proxy", "first event", "second frame", "a change", "compressed", "cut", "reader left", "page", "doctor")
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
                _findings(doctor.REAL[name]),
            )
        )
    return table(head, rows)


def _findings(expected: Iterable[str]) -> str:
    return ", ".join(f"`{one}`" for one in expected)


def _seconds(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else f"{value:.2f} s"


def replace(text: str, mark: str, content: str) -> str:
    """Replaces what is between the marks of this name."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{content}\n{end}{after}"


async def measure(url: str, *, is_long: bool) -> None:
    """Runs the doctor against an address, and prints its row."""
    found = await Prober(url.rstrip("/"), os.environ.get("PLAYHEAD_TOKEN", "")).measure(is_long=is_long)
    print(guide.of_address(found, verdict(found)))  # noqa: T201


def main() -> int:
    code = 0
    addresses = [word for word in sys.argv[1:] if not word.startswith("-")]
    if addresses:
        try:
            asyncio.run(measure(addresses[0], is_long="--long" in sys.argv))
        except Unreachable as error:
            sys.exit(f"{addresses[0]} cannot be reached: {error}.")
        return 0
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
    guide.OTHERS.write_text(replace(guide.OTHERS.read_text(), "others", guide.others()))
    return code


if __name__ == "__main__":
    sys.exit(main())
