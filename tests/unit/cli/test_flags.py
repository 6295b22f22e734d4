import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from playhead.cli import main
from playhead.flags.file_source import default_file
from tests.unit.flags.admin_server import ENVIRONMENT, AdminServer, refusal
from tests.unit.flags.flags_data import FlagsData

STREAM, ALLOWED = "sse.status-stream", "sse.allowed"
ADMINS = {"contextName": "admin", "operator": "IN", "values": ["true"]}


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in force: in a data folder of this test's own, with no settings from outside."""
    for name in ("FLAGS_FILE", "UNLEASH_URL", "UNLEASH_API_TOKEN", "UNLEASH_ENVIRONMENT", "UNLEASH_ADMIN_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "flags.json"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdminServer]:
    running = AdminServer(FlagsData().export)
    monkeypatch.setenv("UNLEASH_URL", running.url)
    yield running
    running.close()


def flags(*words: str, typed: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["flags", *words], input=typed)


def test_help_loads_neither_the_engine_nor_http() -> None:
    heavy = ["httpx", "UnleashClient", "rich", "playhead.flags.export"]
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
    assert cells[2] == [ALLOWED, "on", "100 %", "delivery", "1 day", f"{overdue} overdue"]
    assert cells[3][:3] == [STREAM, "on", "25 %, 2 strategies"]
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
        "rollout 100 %",
        "Off: this user polls.",
        "owner delivery",
        "remove-by 2026-01-01, overdue by ",
        "since 2026-11-23, ",
        "depends on sse.allowed, which is off",
        "strategies gradual by userId\n“us first” 100 % by userId where admin is true",
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
    assert answer.stdout == f"{ALLOWED}: off, in the file on\n{STREAM}: rollout 25 %, in the file 100 %\n"
    assert flags("diff", str(own)).exit_code == 0
    assert flags("diff", "-", typed=own.read_bytes()).exit_code == 0


def test_push_shows_the_difference_and_asks(own: Path) -> None:
    FlagsData().roll_out(STREAM, 25).rename("sse.tuning", "my.own").save(own)
    before = own.read_bytes()
    said = f"{STREAM}: rollout 25 %, in the file 100 %\nsse.tuning: missing, only in the file\n"

    refused = flags("push", typed="n\n")
    assert (refused.exit_code, refused.stdout) == (1, said)
    assert "Bring 2 flags into force" in refused.stderr
    assert own.read_bytes() == before

    assert flags("push", typed="y\n").stdout == f"{said}Pushed 2 flags.\n"
    assert flags("diff").stdout == "my.own: not in the file\n"
    assert flags("push").stdout == "Nothing to push.\n"


def test_push_of_new_flags_leaves_moved_sliders_alone(own: Path) -> None:
    FlagsData().roll_out(STREAM, 25).without("sse.tuning").save(own)
    answer = flags("push", "--new", "--yes")
    assert answer.stdout == "sse.tuning: missing, only in the file\nPushed 1 flag.\n"
    assert flags("diff").stdout == f"{STREAM}: rollout 25 %, in the file 100 %\n"


def test_pull_after_push_gives_the_same_file(tmp_path: Path) -> None:
    assert flags("push", "--yes").exit_code == 0
    pulled = tmp_path / "pulled.json"
    assert flags("pull", str(pulled)).stdout == f"5 flags written to {pulled}.\n"
    assert pulled.read_bytes() == default_file().read_bytes()
    assert flags("pull", "-").stdout_bytes == default_file().read_bytes()


def test_pull_writes_the_file_that_is_read_without_a_server(own: Path, server: AdminServer) -> None:
    server.answers["features-batch/export"] = (200, FlagsData().roll_out(STREAM, 25).text())
    assert flags("pull", "--token", "user:me").stdout == f"5 flags written to {own}.\n"
    assert own.read_bytes() == FlagsData().roll_out(STREAM, 25).normal()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((STREAM, "--rollout", "25"), f"{STREAM}: rollout 100 % → 25 %\n"),
        ((STREAM, "--rollout", "100"), f"{STREAM}: rollout 100 % already\n"),
        ((ALLOWED, "off"), f"{ALLOWED}: on → off\n"),
        ((ALLOWED, "on"), f"{ALLOWED}: on already\n"),
        ((STREAM, "off", "--rollout", "0"), f"{STREAM}: rollout 100 % → 0 %\n{STREAM}: on → off\n"),
    ],
)
def test_set_prints_what_changed(words: tuple[str, ...], said: str) -> None:
    answer = flags("set", *words)
    assert (answer.exit_code, answer.stdout) == (0, said)
    again = flags("set", *words)
    assert "→" not in again.stdout
    assert again.stdout.count("already") == said.count("\n")


def test_set_on_says_that_a_parent_keeps_the_flag_off(own: Path) -> None:
    FlagsData().turn(ALLOWED, on=False).turn(STREAM, on=False).save(own)
    reason = f"Nobody gets it: {STREAM} depends on {ALLOWED}, which is off.\n"
    assert flags("set", STREAM, "on").stdout == f"{STREAM}: off → on\n{reason}"
    assert flags("set", STREAM, "off").stdout == f"{STREAM}: on → off\n"


def test_set_moves_the_slider_for_everybody_and_leaves_that_of_a_few(own: Path) -> None:
    FlagsData().roll_out(STREAM, 0).add_strategy(STREAM, 100, constraints=[ADMINS]).save(own)
    assert flags("set", STREAM, "--rollout", "1").stdout == f"{STREAM}: rollout 0 % → 1 %\n"
    expected = FlagsData().roll_out(STREAM, 1).add_strategy(STREAM, 100, constraints=[ADMINS])
    assert own.read_bytes() == expected.normal()


@pytest.mark.parametrize(
    ("data", "words", "sentence"),
    [
        (FlagsData(), ("nope", "on"), "There is no flag nope; there are: live-transcript, sse.allowed, "),
        (FlagsData(), (STREAM, "--rollout", "101"), "101 is not in the range 0<=x<=100"),
        (FlagsData(), (STREAM,), "Say on, off, or --rollout."),
        (FlagsData(), (STREAM, "up"), "'up' is not one of 'on', 'off'"),
        (
            FlagsData().strategy(STREAM, name="default"),
            (STREAM, "--rollout", "5"),
            f"{STREAM} has no gradual strategy, and so no rollout.\n",
        ),
        (
            FlagsData().add_strategy(STREAM, 5),
            (STREAM, "--rollout", "5"),
            f"{STREAM} has several gradual strategies, and nobody can tell which one is meant.\n",
        ),
    ],
)
def test_set_refuses_in_a_sentence_and_changes_nothing(
    own: Path, data: FlagsData, words: tuple[str, ...], sentence: str
) -> None:
    before = data.save(own).read_bytes()
    answer = flags("set", *words)
    assert answer.exit_code == 2
    assert sentence in answer.stderr
    assert own.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show", "nope"), "There is no flag nope;"),
        (("check", "nowhere.json"), "The file nowhere.json cannot be read: No such file or directory."),
        (("diff", "nowhere.json"), "The file nowhere.json cannot be read: No such file or directory."),
        (("push", "-"), "The file - cannot be used: not an Unleash export: "),
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


def test_a_push_that_no_source_would_take_changes_nothing(own: Path, tmp_path: Path) -> None:
    before = FlagsData().save(own).read_bytes()
    wrong = FlagsData().strategy(STREAM, variants=[{"name": "a", "weight": 2**40}]).save(tmp_path / "wrong.json")
    answer = flags("push", str(wrong), "--yes")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert answer.stderr.endswith("The flags cannot be used: the flag engine does not understand it.\n")
    assert own.read_bytes() == before


def test_the_file_of_the_settings_is_changed(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = FlagsData().save(tmp_path / "mine.json")
    monkeypatch.setenv("FLAGS_FILE", str(mine))
    assert flags("set", ALLOWED, "off").stderr == f"In the file {mine}:\n"
    assert mine.read_bytes() == FlagsData().turn(ALLOWED, on=False).normal()
    assert not own.exists()


def test_a_server_needs_the_token_of_a_person_and_not_that_of_the_processes(server: AdminServer) -> None:
    answer = flags("list")
    assert answer.exit_code == 2
    assert answer.stderr.startswith("UNLEASH_ADMIN_TOKEN is not set: the server's flags need a personal access token")
    listed = flags("list", "--token", "user:me")
    assert listed.exit_code == 0, listed.output
    assert listed.stderr == f"In Unleash at {server.url}, environment development:\n"
    assert server.tokens == {"user:me"}


def test_set_changes_the_server(server: AdminServer) -> None:
    path = f"projects/default/features/{ALLOWED}/environments/development/off"
    server.answers[path] = (200, "")
    assert flags("set", ALLOWED, "off", "--token", "user:me").stdout == f"{ALLOWED}: on → off\n"
    assert server.asked[-1] == ("POST", path, None)


def test_a_push_that_the_server_took_only_in_part_is_said(server: AdminServer, tmp_path: Path) -> None:
    path = FlagsData().roll_out(STREAM, 25).save(tmp_path / "mine.json")
    answer = flags("push", str(path), "--yes", "--token", "user:me")
    assert answer.exit_code == 2
    left = f"{STREAM}: rollout 100 %, in the file 25 %\n"
    assert answer.stderr.endswith(f"Not all of it was taken:\n{left}")


def test_a_refusal_and_an_outage_of_the_server_have_their_own_exit_codes(server: AdminServer) -> None:
    server.answers[ENVIRONMENT] = (401, refusal("You must log in"))
    refused = flags("list", "--token", "user:me")
    assert refused.exit_code == 2
    assert "does not know the token" in refused.stderr
    server.answers[ENVIRONMENT] = (503, "")
    away = flags("list", "--token", "user:me")
    assert away.exit_code == 3
    assert away.stderr.endswith("cannot be reached: it answers 503.\n")
