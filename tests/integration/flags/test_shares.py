"""The slider, from nobody to everybody and back: who streams, by the gate, by Unleash itself and by a file."""

import asyncio
import math
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from playhead.config import Settings
from playhead.db import Database
from playhead.flags.administration.unleash_api import ANSWER_S
from playhead.flags.answers.gate import Gate, StreamAnswer
from playhead.flags.answers.rollout import Rollout
from playhead.flags.connect import open_gate
from playhead.rollout.ports import Position, Unreachable
from playhead.rollout.slider import open_slider
from tests.integration.flags.console import Console
from tests.support.flags_data import FlagsData
from tests.support.unleash import Unleash
from tests.support.waiting import until

USERS = [f"user-{number}" for number in range(3_000)]
MANY, SOME = USERS[:1_000], USERS[:200]
"""Where more would only take longer: each of the few is a question over HTTP, or all have been asked once."""
SIGMAS = 4
"""Users are hashed, as good as at random: a share is binomial, and further off than this once in 16,000 shares."""
NOTICED_S = 30.0
STREAM, ALLOWED = "sse.status-stream", "sse.allowed"

Reached = Callable[[Callable[[], bool]], None]


@pytest.fixture
def reached(gate: Gate) -> Reached:
    """Wait until the gate takes notice of a change that makes a condition true: some change no answer."""
    noticed = threading.Event()
    gate.on_change(noticed.set)

    def wait(condition: Callable[[], bool]) -> None:
        while True:
            assert noticed.wait(NOTICED_S), "the gate takes no notice"
            noticed.clear()
            if condition():
                break

    return wait


def streaming(gate: Gate, users: list[str]) -> set[str]:
    return {user for user in users if gate.streams_allowed(user, False).allowed}


def about(percent: int, count: int, total: int) -> bool:
    """Whether a share of this size may be so many of all."""
    share = percent / 100
    return abs(count - share * total) <= SIGMAS * math.sqrt(total * share * (1 - share))


def has_share(gate: Gate, percent: int) -> bool:
    """By the flags in force: the people of one share may be as many as those of another."""
    return gate.rollout.percent == percent


def has_rollout(gate: Gate, rollout: Rollout) -> bool:
    return gate.rollout == rollout


def test_a_share_is_right_and_sticky_and_part_of_larger_ones(gate: Gate, console: Console, reached: Reached) -> None:
    shares = {}
    for percent in (0, 1, 5, 25, 50, 100):
        console.roll_out(STREAM, percent)
        reached(partial(has_share, gate, percent))
        shares[percent] = streaming(gate, USERS)
        assert about(percent, len(shares[percent]), len(USERS))
    assert shares[0] < shares[1] < shares[5] < shares[25] < shares[50] < shares[100]
    for percent in (25, 0):
        console.roll_out(STREAM, percent)
        reached(partial(has_share, gate, percent))
        assert streaming(gate, MANY) == shares[percent] & set(MANY), "the same ones as on the way up"


def test_a_quarter_is_the_same_to_the_server_and_to_a_file(
    gate: Gate, console: Console, reached: Reached, tmp_path: Path
) -> None:
    console.roll_out(STREAM, 25)
    reached(partial(has_share, gate, 25))
    path = FlagsData().roll_out(STREAM, 25).save(tmp_path / "flags.json")
    by_file = open_gate(Settings(data_dir=str(tmp_path), flags_file=str(path)))
    by_file.close()
    assert streaming(gate, MANY) == streaming(by_file, MANY)
    assert streaming(gate, SOME) == {user for user in SOME if console.lets_stream(user)}


def test_without_what_it_depends_on_nobody_has_it(gate: Gate, console: Console, reached: Reached) -> None:
    console.turn(ALLOWED, False)
    reached(lambda: not gate.answers("user-1", False)[ALLOWED])
    assert {gate.streams_allowed(user, False) for user in SOME} == {StreamAnswer.KILL_SWITCH}
    assert not any(gate.answers(user, False)[STREAM] for user in SOME)
    assert not any(console.lets_stream(user) for user in SOME[:10])


def test_a_flag_that_the_server_does_not_know_is_nobodys(gate: Gate, console: Console, reached: Reached) -> None:
    console.archive(STREAM)
    try:
        reached(lambda: not gate.answers("user-1", False)[STREAM])
        assert {gate.streams_allowed(user, False) for user in SOME} == {StreamAnswer.FLAG_OFF}
    finally:
        console.revive(STREAM)


def test_a_token_that_the_server_does_not_know_opens_nothing(
    unleash: Unleash, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    where = Settings(data_dir=str(tmp_path), unleash_url=unleash.url, unleash_api_token="default:development.wrong")
    with closing(open_gate(where)) as gate:
        until(lambda: "feature fetch failed" in caplog.text, "the server has refused it")
        assert gate.streams_allowed("user-1", True) is StreamAnswer.FLAGS_UNAVAILABLE
        assert not gate.usable()


async def test_slider_of_a_rollout_draws_others_in_another_group(
    gate: Gate, unleash: Unleash, reached: Reached
) -> None:
    settings = Settings(
        unleash_url=unleash.url, unleash_admin_token=unleash.personal_token, unleash_environment=unleash.environment
    )
    slider = open_slider(settings, Database("sqlite://"))
    drawn = []
    for moved in (Position(25, "r1"), Position(25, "r2")):
        await slider.move(moved)
        assert await slider.read() == moved
        await asyncio.to_thread(reached, partial(has_rollout, gate, Rollout(moved.group, moved.share)))
        drawn.append(streaming(gate, MANY))
        assert about(25, len(drawn[-1]), len(MANY))
    assert about(25, len(drawn[0] & drawn[1]), len(drawn[0])), "independent draws"
    assert await slider.is_allowed()
    with unleash.hung():
        async with asyncio.timeout(2 * ANSWER_S):
            with pytest.raises(Unreachable):
                await slider.read()
