"""What the gate answers, whichever source the flags come from."""

from pathlib import Path

import pytest

from playhead import __version__
from playhead.flags.answers.gate import Gate, StreamAnswer
from playhead.flags.answers.tuning import Tuning
from tests.support.flags_data import USERS, FlagsData

from .conftest import OpenFile

SETTINGS = Tuning(heartbeat_s=15, coalesce_ms=100, max_age_s=600)


def streaming(gate: Gate) -> set[str]:
    return {user for user in USERS if gate.streams_allowed(user, False).allowed}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "flags.json"


def test_as_delivered_everybody_streams(flags_file: Path, open_file: OpenFile) -> None:
    gate = open_file(flags_file)
    assert gate.usable()
    assert streaming(gate) == set(USERS)
    assert gate.long_poll_allowed("user-1", False)
    assert gate.live_transcript_allowed("user-1", False)
    assert gate.tuning("user-1", False) == SETTINGS


def test_a_share_is_about_right_sticky_and_part_of_every_larger_one(path: Path, open_file: OpenFile) -> None:
    shares = {}
    for percent in (0, 25, 50, 100):
        first = open_file(FlagsData().roll_out("sse.status-stream", percent).save(path))
        again = open_file(path)
        shares[percent] = streaming(first)
        assert streaming(again) == shares[percent]
        assert abs(len(shares[percent]) / len(USERS) - percent / 100) < 0.05
    assert shares[0] < shares[25] < shares[50] < shares[100]


def test_outside_the_share_the_reason_is_the_flag(path: Path, open_file: OpenFile) -> None:
    gate = open_file(FlagsData().roll_out("sse.status-stream", 0).save(path))
    assert gate.streams_allowed("user-1", False) is StreamAnswer.FLAG_OFF


def test_the_kill_switch_stops_everybody_and_says_so(path: Path, open_file: OpenFile) -> None:
    gate = open_file(FlagsData().turn("sse.allowed", on=False).save(path))
    assert gate.streams_allowed("user-1", True) is StreamAnswer.KILL_SWITCH
    assert gate.long_poll_allowed("user-1", True)


def test_an_environment_nobody_set_up_is_not_a_kill_switch(path: Path, open_file: OpenFile) -> None:
    data = FlagsData().turn("sse.allowed", on=False)
    data.export["featureStrategies"] = []
    assert open_file(data.save(path)).streams_allowed("user-1", True) is StreamAnswer.FLAGS_UNAVAILABLE


def test_the_kill_switch_holds_without_the_dependency(path: Path, open_file: OpenFile) -> None:
    data = FlagsData().turn("sse.allowed", on=False)
    data.export["dependencies"] = []
    assert open_file(data.save(path)).streams_allowed("user-1", True) is StreamAnswer.KILL_SWITCH


def test_an_unknown_flag_is_off(path: Path, open_file: OpenFile) -> None:
    gate = open_file(FlagsData().without("sse.status-stream").without("live-transcript").save(path))
    assert gate.usable()
    assert gate.streams_allowed("user-1", False) is StreamAnswer.FLAG_OFF
    assert not gate.live_transcript_allowed("user-1", False)


def test_without_any_flag_nothing_is_allowed(path: Path, open_file: OpenFile) -> None:
    path.write_text("{")
    gate = open_file(path)
    assert not gate.usable()
    assert gate.streams_allowed("user-1", True) is StreamAnswer.FLAGS_UNAVAILABLE
    assert not gate.long_poll_allowed("user-1", True)
    assert not gate.live_transcript_allowed("user-1", True)
    assert gate.tuning("user-1", True) == SETTINGS


def test_flags_of_another_service_are_none_of_ours(path: Path, open_file: OpenFile) -> None:
    text = FlagsData().text()
    for name in ("sse.allowed", "sse.status-stream", "status-long-poll", "live-transcript", "sse.tuning"):
        text = text.replace(f'"{name}"', f'"context.{name}"')
    path.write_text(text)
    gate = open_file(path)
    assert not gate.usable()
    assert gate.streams_allowed("user-1", False) is StreamAnswer.FLAGS_UNAVAILABLE


@pytest.mark.parametrize(
    ("context", "value"),
    [("userId", "user-1"), ("admin", "true"), ("environment", "development"), ("appVersion", __version__)],
)
def test_a_constraint_sees_the_user_and_the_service(context: str, value: str, path: Path, open_file: OpenFile) -> None:
    gate = open_file(FlagsData().constrain("live-transcript", context, value).save(path))
    assert gate.live_transcript_allowed("user-1", True)
    other = open_file(FlagsData().constrain("live-transcript", context, "something else").save(path))
    assert not other.live_transcript_allowed("user-1", True)


def test_only_admins_can_be_let_in(path: Path, open_file: OpenFile) -> None:
    gate = open_file(FlagsData().constrain("sse.status-stream", "admin", "true").save(path))
    assert gate.streams_allowed("user-1", True) is StreamAnswer.FLAG_ON
    assert gate.streams_allowed("user-1", False) is StreamAnswer.FLAG_OFF


def test_tuning_replaces_the_values_it_names(path: Path, open_file: OpenFile) -> None:
    gate = open_file(FlagsData().tune('{"heartbeat_s": 5, "coalesce_ms": 0}').save(path))
    assert gate.tuning("user-1", False) == Tuning(heartbeat_s=5, coalesce_ms=0, max_age_s=600)


@pytest.mark.parametrize(
    "payload",
    ["", "[]", "5 s", '{"heartbeat_s": 0}', '{"heartbeat_s": 61}', '{"coalesce_ms": 101}', '{"max_age_s": 5}',
     '{"heartbeat": 5}', '{"heartbeat_s": "5"}', '{"heartbeat_s": null}'],
)  # fmt: skip
def test_a_wrong_tuning_is_ignored_as_a_whole(payload: str, path: Path, open_file: OpenFile) -> None:
    gate = open_file(FlagsData().tune(payload).save(path))
    assert gate.tuning("user-1", False) == SETTINGS


def test_all_answers_are_given_by_name(path: Path, open_file: OpenFile) -> None:
    gate = open_file(FlagsData().turn("status-long-poll", on=False).save(path))
    assert gate.answers("user-1", False) == {
        "sse.allowed": True,
        "sse.status-stream": True,
        "status-long-poll": False,
        "live-transcript": True,
        "sse.tuning": False,
    }


@pytest.mark.parametrize("user_id", ["", "\x00", "\ud800", "ü" * 10_000])
def test_a_strange_user_gets_an_answer(user_id: str, flags_file: Path, open_file: OpenFile) -> None:
    assert isinstance(open_file(flags_file).streams_allowed(user_id, False), StreamAnswer)
