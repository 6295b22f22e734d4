"""Every command about flags, against a real Unleash."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from playhead.cli import main
from playhead.flags.answers.gate import Gate
from playhead.flags.file.location import default_file
from tests.integration.flags.console import Console
from tests.support.flags_data import FlagsData
from tests.support.unleash import Unleash
from tests.support.waiting import until

STREAM, ALLOWED, WORDS = "sse.status-stream", "sse.allowed", "live-transcript"
LONG_POLL = "status-long-poll"
ADMINS = {"contextName": "admin", "operator": "IN", "values": ["true"]}


@pytest.fixture(autouse=True)
def person(unleash: Unleash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person sets who wants to change flags: nothing that is only for processes."""
    for name in ("FLAGS_FILE", "ENVIRONMENT", "UNLEASH_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("UNLEASH_URL", unleash.url)
    monkeypatch.setenv("UNLEASH_ENVIRONMENT", unleash.environment)
    monkeypatch.setenv("UNLEASH_ADMIN_TOKEN", unleash.personal_token)


def flags(*words: str) -> Result:
    return CliRunner().invoke(main, ["flags", *words])


def said(*words: str) -> str:
    """By a command that succeeds."""
    answer = flags(*words)
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def refused(*words: str, exit_code: int = 2) -> str:
    answer = flags(*words)
    assert answer.exit_code == exit_code, answer.output
    return answer.stderr.splitlines()[-1]


def test_pull_after_push_gives_the_same_file(tmp_path: Path) -> None:
    other = FlagsData().roll_out(STREAM, 25).turn(ALLOWED, on=False).tag(WORDS, "owner", "us", "them")
    other.add_strategy(STREAM, 100, constraints=[ADMINS], title="us first").tune('{"heartbeat_s": 5}')
    other.set_feature(WORDS, description="What?", type="experiment").export["dependencies"] = []
    path, pulled = other.save(tmp_path / "other.json"), tmp_path / "pulled.json"

    assert said("push", str(path), "--yes").endswith("Pushed 4 flags.\n")
    assert said("diff", str(path)) == "No difference.\n"
    assert flags("diff").exit_code == 1

    assert said("push", "--yes").endswith("Pushed 4 flags.\n")
    said("pull", str(pulled))
    assert pulled.read_bytes() == default_file().read_bytes()
    assert said("push", "--yes") == "Nothing to push.\n"


def test_set_moves_the_slider_and_the_switch_and_list_shows_it(gate: Gate) -> None:
    assert gate.streams_allowed("user-1", False).allowed
    assert f"{STREAM}: rollout 100% → 0%\n" in said("set", STREAM, "--rollout", "0")
    until(lambda: not gate.streams_allowed("user-1", False).allowed, "the slider was moved")
    assert f"{STREAM}: rollout 0% → 100%\n" in said("set", STREAM, "--rollout", "100")
    until(lambda: gate.streams_allowed("user-1", False).allowed, "the slider was moved back")
    assert f"{ALLOWED}: on → off\n" in said("set", ALLOWED, "off")
    until(lambda: not gate.streams_allowed("user-1", False).allowed, "the switch was flipped")
    gate.close()  # it logs to the same stdout

    assert said("set", ALLOWED, "off") == f"{ALLOWED}: off already\n"
    assert said("set", STREAM, "on", "--rollout", "25") == (
        f"{STREAM}: rollout 100% → 25%\n{STREAM}: on already\n{STREAM}: rollout 25%\n"
        f"Nobody gets it: {STREAM} depends on {ALLOWED}, which is off.\n"
    )
    rows = {row["name"]: (row["on"], row["rollout"]) for row in json.loads(said("list", "--json"))}
    assert (rows[ALLOWED], rows[STREAM]) == ((False, 100), (True, 25))
    assert flags("diff").stdout == f"{ALLOWED}: off, in the file on\n{STREAM}: rollout 25%, in the file 100%\n"


def test_set_leaves_a_strategy_for_a_few_alone(tmp_path: Path) -> None:
    data = FlagsData().roll_out(STREAM, 0).add_strategy(STREAM, 100, constraints=[ADMINS])
    said("push", str(data.save(tmp_path / "flags.json")), "--yes")
    assert said("set", STREAM, "--rollout", "1") == f"{STREAM}: rollout 0% → 1%\n"
    shown = [" ".join(line.split()) for line in said("show", STREAM).splitlines()]
    assert "rollout 1%" in shown
    assert "strategies “Admins” 100% by userId where admin is true" in shown


def test_a_push_of_new_flags_leaves_a_moved_slider_alone(console: Console) -> None:
    console.roll_out(STREAM, 25)
    console.archive(WORDS)
    console.ask("DELETE", f"admin/archive/{WORDS}")
    assert said("push", "--new", "--yes") == f"{WORDS}: missing, only in the file\nPushed 1 flag.\n"
    assert flags("diff").stdout == f"{STREAM}: rollout 25%, in the file 100%\n"


def test_links_and_variants_are_taken_away_again(tmp_path: Path) -> None:
    data = FlagsData()
    data.export["links"] = [{"feature": WORDS, "links": [{"url": "https://example.org/why", "title": "why"}]}]
    for switch in data.export["featureEnvironments"]:
        if switch["featureName"] == WORDS:
            switch["variants"] = [{"name": "a", "weight": 1000, "weightType": "variable", "stickiness": "default"}]
    said("push", str(data.save(tmp_path / "flags.json")), "--yes")
    assert said("diff", str(tmp_path / "flags.json")) == "No difference.\n"
    assert said("push", "--yes").endswith("Pushed 1 flag.\n")
    assert said("diff") == "No difference.\n"


def test_a_second_environment_gets_the_flags_before_they_can_be_turned_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNLEASH_ENVIRONMENT", "production")
    assert refused("set", WORDS, "on") == (
        f"{WORDS} cannot be turned on: it has no strategy here. Bring the file's with playhead flags push --new."
    )
    assert said("push", "--new", "--yes").endswith("Pushed 5 flags.\n")
    assert said("push", "--new", "--yes") == "Nothing to push.\n"
    said("set", WORDS, "off")
    assert said("set", WORDS, "on") == f"{WORDS}: off → on\n{WORDS}: rollout 100%\n"
    monkeypatch.setenv("UNLEASH_ENVIRONMENT", "development")
    assert said("diff") == "No difference.\n"


def test_a_flag_whose_strategies_are_disabled_is_not_turned_on(tmp_path: Path) -> None:
    data = FlagsData().strategy(WORDS, disabled=True).turn(WORDS, on=False)
    said("push", str(data.save(tmp_path / "flags.json")), "--yes")
    assert "all of its strategies are disabled here" in refused("set", WORDS, "on")
    assert said("diff", str(tmp_path / "flags.json")) == "No difference.\n"


def test_a_flag_of_somebody_else_with_a_segment_is_left_out_of_a_file(console: Console) -> None:
    segment = console.ask("POST", "admin/segments", {"name": "beta", "constraints": []})
    console.ask("POST", "admin/projects/default/features", {"name": "their.own", "type": "release"})
    strategies = "admin/projects/default/features/their.own/environments/development/strategies"
    console.ask("POST", strategies, {"name": "default", "segments": [segment["id"]]})
    try:
        answer = flags("pull", "-")
        assert answer.stdout_bytes == default_file().read_bytes()
        assert "Left out, because a file cannot say their segments: their.own.\n" in answer.stderr
    finally:
        console.archive("their.own")
        console.ask("DELETE", "admin/archive/their.own")
        console.ask("DELETE", f"admin/segments/{segment['id']}")


def test_the_same_flags_are_shown_in_the_same_words_from_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    said("set", STREAM, "--rollout", "25")
    words = (("list",), ("list", "--json"), ("show", STREAM), ("show", "sse.tuning"), ("pull", "-"))
    on_server = [said(*command) for command in words]
    said("pull")
    monkeypatch.delenv("UNLEASH_URL")
    assert [said(*command) for command in words] == on_server


def test_a_token_that_may_not_is_told_so(unleash: Unleash) -> None:
    unknown = "does not know the token: UNLEASH_ADMIN_TOKEN must be a personal access token"
    assert unknown in refused("list", "--token", "user:wrong")
    assert "does not allow the token to do this: " in refused("list", "--token", unleash.backend_token)


def test_an_archived_flag_is_called_so_and_does_not_stop_a_push_of_others(console: Console) -> None:
    console.archive(WORDS)
    for command in (["set", WORDS, "on"], ["show", WORDS]):
        assert f"{WORDS} is archived, and so off for everybody." in refused(*command)
    assert f"{WORDS} is archived, and so off for everybody." in said("list")
    console.archive(LONG_POLL)
    console.ask("DELETE", f"admin/archive/{LONG_POLL}")
    assert f"Archived there, and so off: {WORDS}." in refused("push", "--yes")
    answer = flags("push", "--new", "--yes")
    assert f"Archived there, and so off: {WORDS}." in answer.stderr
    assert answer.stdout.endswith("Pushed 1 flag.\n")
    console.revive(WORDS)


def test_a_revived_flag_lacks_its_parent_until_it_is_pushed(console: Console) -> None:
    console.archive(STREAM)
    console.revive(STREAM)
    sentence = f"{STREAM} does not depend on {ALLOWED} any more: playhead flags push brings it back."
    assert sentence in said("list")
    said("push", "--yes")
    assert sentence not in said("list")


def test_the_later_of_two_operators_hears_of_the_other(console: Console) -> None:
    console.roll_out(STREAM, 50)
    answer = flags("set", STREAM, "--rollout", "25")
    assert f"{STREAM}: changed less than a minute ago by admin (feature-strategy-update)" in answer.stderr
    assert answer.stdout == f"{STREAM}: rollout 50% → 25%\n"


def test_what_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused("set", "nope", "on").startswith("There is no flag nope; there are: live-transcript, sse.allowed, ")
    monkeypatch.setenv("UNLEASH_ENVIRONMENT", "moon")
    assert refused("list").endswith("refuses (404): Could not find environment with name: moon.")
    monkeypatch.setenv("UNLEASH_URL", "http://127.0.0.1:1")
    assert refused("list", exit_code=3) == "Unleash at http://127.0.0.1:1 cannot be reached."
