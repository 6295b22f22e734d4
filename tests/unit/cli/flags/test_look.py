import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.flags_data import FlagsData
from tests.unit.cli.flags.command import ADMINS, ALLOWED, STREAM, flags


def test_help_loads_neither_the_engine_nor_http() -> None:
    heavy = ["httpx", "UnleashClient", "rich", "playhead.flags.file.export"]
    loaded = "import sys, playhead.cli.flags; print([name for name in sys.argv[1:] if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", loaded, *heavy], capture_output=True, text=True, check=True)
    assert answer.stdout == "[]\n"


def test_list_is_a_plain_table_where_there_is_no_terminal(own: Path) -> None:
    today = datetime.now(UTC).date()
    overdue = today - timedelta(days=1)
    data = FlagsData().roll_out(STREAM, 25).add_strategy(STREAM, 100, constraints=[ADMINS])
    data.add_strategy("live-transcript", 5).strategy("sse.tuning", name="default")
    data.tag(ALLOWED, "since", str(overdue)).tag(ALLOWED, "remove-by", str(overdue)).tag("sse.tuning", "owner")
    data.tag("sse.tuning", "since", "once").tag("sse.tuning", "remove-by").save(own)
    answer = flags("list")
    assert answer.exit_code == 0, answer.output
    assert answer.stderr == f"In the file {own}:\n"
    rows = [line.split("  ") for line in answer.stdout.splitlines()]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert cells[0] == ["flag", "rollout", "owner", "age", "remove by"]
    assert cells[1][:4] == ["live-transcript", "on", "2 strategies", "transcription"]
    assert cells[2] == [ALLOWED, "on", "100%", "delivery", "1 day", f"{overdue} overdue"]
    assert cells[3][:3] == [STREAM, "on", "25%, 2 strategies"]
    assert cells[4] == ["sse.tuning", "off", "-", "nobody", "?", "?"]


def test_list_can_be_read_by_programs(own: Path) -> None:
    FlagsData().roll_out(STREAM, 25).save(own)
    rows = {row["name"]: row for row in json.loads(flags("list", "--json").stdout)}
    row = rows[STREAM]
    born = datetime.fromisoformat(row["since"]).replace(tzinfo=UTC).date()
    assert row.pop("age_days") == (datetime.now(UTC).date() - born).days
    assert row == {
        "name": STREAM,
        "on": True,
        "rollout": 25,
        "strategies": 1,
        "owner": "delivery",
        "since": "2026-11-23",
        "remove_by": "2027-05-31",
        "overdue": False,
    }


def test_show_tells_all_of_one_flag(own: Path) -> None:
    data = FlagsData().turn(ALLOWED, on=False).add_strategy(STREAM, 100, constraints=[ADMINS], title="us first")
    data.tag(STREAM, "remove-by", "2026-01-01").save(own)
    lines = flags("show", STREAM).stdout.splitlines()
    assert lines[0] == STREAM
    said = "\n".join(" ".join(line.split()) for line in lines)
    for words in (
        "is on",
        "rollout 100%",
        "Off: this user polls.",
        "owner delivery",
        "remove-by 2026-01-01, overdue by ",
        "since 2026-11-23, ",
        "depends on sse.allowed, which is off",
        "strategies “Everybody, gradually” gradual by userId\n“us first” 100% by userId where admin is true",
    ):
        assert words in said, said


def test_check_says_that_all_is_in_order() -> None:
    assert flags("check").output == "5 flags, all in order.\n"


def test_check_names_every_problem_and_fails(tmp_path: Path) -> None:
    path = FlagsData().tag(STREAM, "owner").tag(ALLOWED, "remove-by", "2026-01-01").save(tmp_path / "mine.json")
    answer = flags("check", str(path))
    assert answer.exit_code == 2
    assert answer.stdout.splitlines() == [
        f"{ALLOWED}: was to be removed by 2026-01-01: remove it, or renew the day with a reason.",
        f"{STREAM}: has no owner (a tag).",
    ]


def test_diff_says_in_words_what_is_different_and_fails(own: Path, tmp_path: Path) -> None:
    assert (flags("diff").exit_code, flags("diff").stdout) == (0, "No difference.\n")
    FlagsData().roll_out(STREAM, 25).turn(ALLOWED, on=False).save(own)
    answer = flags("diff")
    assert answer.exit_code == 1
    assert answer.stdout == f"{ALLOWED}: off, in the file on\n{STREAM}: rollout 25%, in the file 100%\n"
    assert flags("diff", str(own)).exit_code == 0
    assert flags("diff", "-", typed=own.read_bytes()).exit_code == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show", "nope"), "There is no flag nope;"),
        (("check", "nowhere.json"), "The file nowhere.json cannot be read: No such file or directory."),
        (("diff", "nowhere.json"), "The file nowhere.json cannot be read: No such file or directory."),
        (("push", "-", "--yes"), "The file - cannot be used: not an Unleash export: "),
        (("list", "--token", "user:me"), "A token is for an Unleash server, and UNLEASH_URL is not set."),
    ],
)
def test_a_mistake_is_one_sentence(words: tuple[str, ...], sentence: str) -> None:
    answer = flags(*words, typed="{}")
    assert answer.exit_code == 2
    assert sentence in answer.stderr


def test_broken_flags_in_force_are_one_sentence(own: Path) -> None:
    own.write_text("{}")
    answer = flags("list")
    assert answer.exit_code == 2
    assert answer.stderr.splitlines()[-1].startswith("The flags cannot be used: not an Unleash export: ")
