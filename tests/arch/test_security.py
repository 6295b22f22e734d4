"""The tests that the security page names exist."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def test_every_test_on_the_security_page_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (PROJECT / "SECURITY.md").read_text()))
    files = (PROJECT / "tests").rglob("test_*.py")
    defined = {name for file in files for name in re.findall(r"def (test_\w+)", file.read_text())}
    assert len(named) > 40
    assert named - defined == set()
