"""The slider, from nobody to everybody and back: who streams, by the gate, by Unleash itself and by a file."""

import math
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from playhead.config import Settings
from playhead.flags.connect import open_gate
from playhead.flags.gate import Gate, StreamAnswer
from tests.integration import parts
from tests.integration.flags.console import Console
from tests.unit.flags.flags_data import FlagsData

USERS = [f"user-{number}" for number in range(10_000)]
MANY, SOME = USERS[:2_000], USERS[:200]
"""Where more would only take longer: each of the few is a question over HTTP, or all have been asked once."""
SIGMAS = 4
"""Users are hashed, as good as at random: a share is binomial, and further off than this once in 16,000 shares."""
NOTICED_S = 30.0

Change = Callable[..., None]


@pytest.fixture
def change(gate: Gate) -> Change:
    """Calls what changes something in Unleash, and waits until the gate has taken notice."""
    noticed = threading.Event()
    gate.on_change(noticed.set)

    def change(do: Callable[..., None], *what: object) -> None:
        noticed.clear()
        do(*what)
        assert noticed.wait(NOTICED_S)

    return change


def streaming(gate: Gate, users: list[str] = USERS) -> set[str]:
    return {user for user in users if gate.streams_allowed(user, False).allowed}


def about(count: int, percent: int) -> bool:
    """Whether so many of the users are as good as this share."""
    share, total = percent / 100, len(USERS)
    return abs(count - share * total) <= SIGMAS * math.sqrt(total * share * (1 - share))


def test_a_share_is_right_and_sticky_and_part_of_larger_ones(gate: Gate, console: Console, change: Change) -> None:
    shares = {100: streaming(gate)}
    for percent in (0, 10, 25, 50):
        change(console.roll_out, "sse.status-stream", percent)
        shares[percent] = streaming(gate)
    for percent, users in shares.items():
        assert about(len(users), percent), (percent, len(users))
    assert shares[0] < shares[10] < shares[25] < shares[50] < shares[100]
    for percent in (100, 25, 0):
        change(console.roll_out, "sse.status-stream", percent)
        assert streaming(gate, SOME) == shares[percent] & set(SOME), "the same ones as on the way up"


def test_a_quarter_is_the_same_to_the_server_and_to_a_file(
    gate: Gate, console: Console, change: Change, tmp_path: Path
) -> None:
    change(console.roll_out, "sse.status-stream", 25)
    answers = {user: gate.streams_allowed(user, False).allowed for user in MANY}
    path = FlagsData().roll_out("sse.status-stream", 25).save(tmp_path / "flags.json")
    by_file = open_gate(Settings(data_dir=str(tmp_path), flags_file=str(path)))
    by_file.close()
    assert answers == {user: by_file.streams_allowed(user, False).allowed for user in MANY}
    assert {user: answers[user] for user in SOME} == {user: console.lets_stream(user) for user in SOME}


def test_without_what_it_depends_on_nobody_has_it(gate: Gate, console: Console, change: Change) -> None:
    change(console.turn, "sse.allowed", False)
    for user in SOME:
        assert gate.streams_allowed(user, False) is StreamAnswer.KILL_SWITCH
        assert not gate.answers(user, False)["sse.status-stream"]
    assert not any(console.lets_stream(user) for user in SOME[:10])


def test_a_flag_that_the_server_does_not_know_is_nobodys(gate: Gate, console: Console, change: Change) -> None:
    change(console.archive, "sse.status-stream")
    try:
        assert {gate.streams_allowed(user, False) for user in SOME} == {StreamAnswer.FLAG_OFF}
    finally:
        console.revive("sse.status-stream")


def test_a_token_that_the_server_does_not_know_opens_nothing(
    unleash: parts.Unleash, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    where = Settings(data_dir=str(tmp_path), unleash_url=unleash.url, unleash_api_token="default:development.wrong")
    gate = open_gate(where)
    try:
        parts.until(lambda: "feature fetch failed" in caplog.text, "the server has refused it")
        assert gate.streams_allowed("user-1", True) is StreamAnswer.FLAGS_UNAVAILABLE
        assert not gate.usable()
    finally:
        gate.close()
