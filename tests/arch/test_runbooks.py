"""Each alert has a runbook, in one form, and what a runbook names is there: commands, metrics, settings, services."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from infra.grafana.numbers import REQUESTS

from playhead.cli import main
from playhead.config import Settings
from playhead.metrics.catalog import CATALOG
from playhead.metrics.metric import Kind
from playhead.monitoring.alerts.table import BY_NAME

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "infra" / "runbooks"
LIST = FOLDER / "README.md"
STRINGS = ROOT / "src" / "web" / "app" / "src" / "strings" / "health.ts"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path != LIST)
HEADINGS = (
    *("What people notice", "Look", "Likely causes", "Do"),
    *("It is over when", "Wake somebody else when"),
)
LINES_MAX = 70
"""More than a screen or two is read by nobody at night."""
CODE = re.compile(r"^```\n(.*?)^```$|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)\)")
SETTING = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
NOT_OURS = {"PLAYHEAD_TOKEN", "UNLEASH_API_TOKEN"}
"""Variables of commands, which no process reads as settings."""
FILES = {"FLAGS": "flags/flags.json", "FILE": "tests/data/speech/jfk.flac", "$DATA_DIR/flags.json": "flags/flags.json"}
"""What stands in a command for a file of the reader's."""
METRICS = {one.full_name + "_total" * (one.kind is Kind.COUNTER) for one in (*CATALOG, REQUESTS)}


def code(path: Path) -> Iterator[str]:
    """Each line of a block of code, and each piece of code within a text."""
    for block, piece in CODE.findall(path.read_text()):
        yield from block.splitlines() if block else [piece]


def commands(path: Path) -> Iterator[list[str]]:
    """The words of each command `playhead …`, as a shell has them."""
    for line in code(path):
        parts = shlex.shlex(line, posix=True, punctuation_chars=";&|")
        parts.whitespace_split, parts.commenters = True, "#"
        words: list[str] = []
        for word in (*parts, ";"):
            if set(word) <= set(";&|"):
                yield from [words[1:]] if words[:1] == ["playhead"] and len(words) > 1 else []
                words = []
            elif words or not re.match(r"[A-Z_]+=|timeout$|\d+$", word):
                words.append(FILES.get(word, word))


def parse(words: list[str]) -> None:
    """Parses a command as click does, and does not run it. Raises click.UsageError."""
    command: click.Command = main
    context = click.Context(main, info_name="playhead")
    while isinstance(command, click.Group) and words:
        name, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, click.Context(found, info_name=name, parent=context)
    command.parse_args(context, words)


def names_of(slug: str) -> list[str]:
    return [name for name, alert in BY_NAME.items() if alert.runbook == slug]


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert {path.stem for path in PAGES} == {alert.runbook for alert in BY_NAME.values()}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_runbook_has_the_form_of_all(path: Path) -> None:
    text = path.read_text()
    assert text.splitlines()[0] == f"# {', '.join(names_of(path.stem))}"
    assert tuple(re.findall(r"^## (.+)$", text, re.MULTILINE)) == HEADINGS
    assert len(text.splitlines()) <= LINES_MAX


def test_list_has_every_alert_with_its_severity_and_runbook() -> None:
    listed = {}
    for names, severities, slug in re.findall(
        r"^\| (`\w+`.*) \| ([\w, ]+) \| \[[\w-]+\]\(([\w-]+)\.md\) \|$", LIST.read_text(), re.MULTILINE
    ):
        found = re.findall(r"`(\w+)`", names)
        each = severities.split(", ")
        for name, severity in zip(found, each * len(found) if len(each) == 1 else each, strict=True):
            listed[name] = (severity, slug)
    assert listed == {name: (alert.severity.value, alert.runbook) for name, alert in BY_NAME.items()}


@pytest.mark.parametrize("path", [LIST, *PAGES], ids=lambda path: path.stem)
def test_what_a_runbook_names_is_there(path: Path) -> None:
    text = path.read_text()
    for link in LINK.findall(text):
        assert link.startswith("https://") or (path.parent / link).is_file(), link
    for name in re.findall(r"\bplayhead_\w+", text):
        assert name in METRICS, name
    settings = {name.upper() for name in Settings.__struct_fields__} | NOT_OURS
    assert set(SETTING.findall("\n".join(code(path)))) <= settings | set(FILES)
    shown = STRINGS.read_text()
    for words in re.findall(r"“([^”…]+)”", text):
        assert f"'{words}'" in shown, words
    declared = "".join(
        (ROOT / file).read_text() for file in ("render.yaml", "infra/render/unleash.yaml", "infra/render/canary.yaml")
    )
    for service in re.findall(r"`(playhead-[a-z]+)`", text):
        assert f"name: {service}\n" in declared, service


@pytest.mark.parametrize("path", [LIST, *PAGES], ids=lambda path: path.stem)
def test_command_in_a_runbook_is_one_of_playhead(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PLAYHEAD_TOKEN", "ph_1")
    for words in commands(path):
        parse(words)


def test_wrong_command_is_found() -> None:
    with pytest.raises(click.UsageError):
        parse(["flags", "emergency", "of"])
    with pytest.raises(click.UsageError):
        parse(["queue", "--all"])
