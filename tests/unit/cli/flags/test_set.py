import json
from pathlib import Path

import pytest

from tests.support.flags_data import FlagsData
from tests.unit.cli.flags.command import ADMINS, ALLOWED, STREAM, flags, strategyless
from tests.unit.flags.admin_server import EXPORT, AdminServer


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((STREAM, "--rollout", "25"), f"{STREAM}: rollout 100% → 25%\n"),
        ((STREAM, "--rollout", "100"), f"{STREAM}: rollout 100% already\n"),
        ((ALLOWED, "off"), f"{ALLOWED}: on → off\n"),
        ((STREAM, "off", "--rollout", "0"), f"{STREAM}: on → off\n{STREAM}: rollout 100% → 0%\n"),
    ],
)
def test_set_prints_what_changed(words: tuple[str, ...], said: str) -> None:
    answer = flags("set", *words)
    assert (answer.exit_code, answer.stdout) == (0, said)
    again = flags("set", *words)
    assert "→" not in again.stdout
    assert again.stdout.count("already") == said.count("\n")


def test_set_on_says_for_whom(own: Path) -> None:
    assert flags("set", ALLOWED, "on").stdout == f"{ALLOWED}: on already\n{ALLOWED}: rollout 100%\n"
    FlagsData().turn(STREAM, on=False).add_strategy(STREAM, 100, constraints=[ADMINS]).save(own)
    assert flags("set", STREAM, "on", "--rollout", "5").stdout == (
        f"{STREAM}: rollout 100% → 5%\n{STREAM}: off → on\n"
        f"{STREAM}: rollout 5%; “Admins” 100% by userId where admin is true\n"
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (FlagsData().turn(ALLOWED, on=False), f"{STREAM} depends on {ALLOWED}, which is off"),
        (FlagsData().strategy(ALLOWED, disabled=True), f"all strategies of {ALLOWED} are disabled"),
        (FlagsData().set_feature(ALLOWED, archived=True), f"{ALLOWED} is archived"),
        (FlagsData().set_feature(STREAM, archived=True), f"{STREAM} is archived"),
    ],
)
def test_set_on_says_why_nobody_gets_the_flag_all_the_same(own: Path, data: FlagsData, reason: str) -> None:
    data.turn(STREAM, on=False).save(own)
    answer = flags("set", STREAM, "on")
    assert answer.stdout == f"{STREAM}: off → on\n{STREAM}: rollout 100%\nNobody gets it: {reason}.\n"
    assert flags("set", STREAM, "off").stdout == f"{STREAM}: on → off\n"


def test_set_on_says_that_all_strategies_of_a_flag_that_is_on_are_disabled(own: Path) -> None:
    FlagsData().strategy(ALLOWED, disabled=True).save(own)
    reason = f"Nobody gets it: all strategies of {ALLOWED} are disabled.\n"
    assert flags("set", ALLOWED, "on").stdout == f"{ALLOWED}: on already\n{reason}"


def test_set_moves_the_slider_for_everybody_and_leaves_that_of_a_few(own: Path) -> None:
    FlagsData().roll_out(STREAM, 0).add_strategy(STREAM, 100, constraints=[ADMINS]).save(own)
    assert flags("set", STREAM, "--rollout", "1").stdout == f"{STREAM}: rollout 0% → 1%\n"
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
        (
            FlagsData().strategy(STREAM, name="default"),
            (STREAM, "off", "--rollout", "5"),
            f"{STREAM} has no gradual strategy, and so no rollout.\n",
        ),
        (
            FlagsData().strategy(STREAM, disabled=True).turn(STREAM, on=False),
            (STREAM, "on"),
            f"{STREAM} cannot be turned on: all of its strategies are disabled here. Enable one, or bring the file's",
        ),
        (
            strategyless(STREAM),
            (STREAM, "on"),
            f"{STREAM} cannot be turned on: it has no strategy here. Bring the file's with playhead flags push --new.",
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


def test_off_comes_before_the_slider_and_on_after_it(server: AdminServer) -> None:
    flag = f"projects/default/features/{STREAM}/environments/development"
    listed = [{"id": "a", **FlagsData().export["featureStrategies"][2]}]
    server.answers |= {
        f"{flag}/off": (200, ""),
        f"{flag}/on": (200, ""),
        f"{flag}/strategies": (200, json.dumps(listed)),
        f"{flag}/strategies/a": (200, "{}"),
    }
    assert flags("set", STREAM, "off", "--rollout", "5", "--token", "user:me").exit_code == 0
    server.answers[EXPORT] = (200, FlagsData().turn(STREAM, on=False).text())
    assert flags("set", STREAM, "on", "--rollout", "5", "--token", "user:me").exit_code == 0
    changes = [path.rpartition("/")[2] for method, path, _ in server.asked if path.startswith(flag) and method != "GET"]
    assert changes == ["off", "a", "a", "on"]
