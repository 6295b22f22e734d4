"""The tables of manners have the same names everywhere: what the proxy does, what must come of it, and the README."""

import re
from pathlib import Path

import pytest
from infra.proxies import doctor, guide
from infra.proxies.behavior import BEHAVIORS
from infra.proxies.manners import MANNERS
from infra.proxies.real import PROGRAMS, REAL, Places, command

from playhead.doctor.findings import FindingId
from playhead.doctor.verdict import verdict
from tests.unit.doctor.vectors import recorded

ROOT = Path(__file__).parents[3]
README = (ROOT / "infra" / "proxies" / "README.md").read_text()
IN_TYPESCRIPT = ROOT / "src" / "web" / "packages" / "live" / "src" / "testing" / "manners.ts"


def test_every_manner_has_an_expectation() -> None:
    assert list(MANNERS) == list(BEHAVIORS)


def test_the_world_of_the_browser_package_has_the_same_manners() -> None:
    _, _, table = IN_TYPESCRIPT.read_text().partition("export const MANNERS")
    assert re.findall(r"^  '?([\w-]+)'?: \{", table, re.MULTILINE) == list(MANNERS)


def test_readme_has_every_manner_and_every_real_proxy() -> None:
    rows = [line.split(" | ")[0].removeprefix("| ") for line in README.splitlines() if line.startswith("| ")]
    assert [row for row in rows if row.strip("`") in MANNERS] == [f"`{name}`" for name in MANNERS]
    assert [row for row in rows if row in REAL] == list(REAL)


@pytest.mark.parametrize("name", REAL)
def test_configuration_has_no_place_left_to_fill(name: str, tmp_path: Path) -> None:
    words = command(REAL[name], "/bin/proxy", Places(8001, 8000, tmp_path))
    config = tmp_path / PROGRAMS[REAL[name].program][0]
    assert not re.search(r"@\w+@", config.read_text() + " ".join(words))
    assert "8000" in config.read_text()


def test_doctor_has_a_verdict_on_every_manner_and_every_real_proxy() -> None:
    assert list(doctor.MANNERS) == list(MANNERS)
    assert list(doctor.REAL) == list(REAL)


def test_guide_of_others_is_that_of_the_doctor() -> None:
    assert guide.others() in guide.OTHERS.read_text()
    assert set(guide.FINDINGS) == set(FindingId)


def test_row_of_an_address_has_what_was_measured() -> None:
    found = recorded()["nginx, header ignored"]
    held = guide.of_address(found, verdict(found)).splitlines()[-1]
    assert "| held |  |  | held_small, upload_limit, http_1_0 | nginx" in held
    flowing = recorded()["pass"]
    row = guide.of_address(flowing, verdict(flowing)).splitlines()[-1]
    assert re.fullmatch(r"\| http://127\.0\.0\.1:\d+ \| 0\.\d\d s \| [01]\.\d\d s \|  \|  \|  \|", row)
