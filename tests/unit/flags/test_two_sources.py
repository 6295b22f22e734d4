"""The server and the file give every user the same answers, by the flags as delivered and by flags with variants."""

from contextlib import closing
from pathlib import Path

from playhead.flags.answers.names import Flag
from playhead.flags.answers.unleash import UnleashSource
from playhead.flags.file.source import FileSource
from tests.support.flag_server import TOKEN
from tests.support.flags_data import FlagsData
from tests.support.waiting import until

from .conftest import HASTY, OpenFile, OpenServer, Serve

USERS = [f"user-{number}" for number in range(1_000)]
SHARES = dict(zip(Flag, (90, 25, 75, 50, 60), strict=True))
"""None of them 0 or 100, where nobody's hash matters."""
VARIANTS = [
    {"name": name, "weight": weight, "stickiness": "userId", "payload": {"type": "string", "value": f"it is {name}"}}
    for name, weight in (("small", 100), ("middle", 300), ("large", 600))
]
ENVIRONMENT = "development"


def test_a_quarter_of_the_users_is_the_same_quarter(
    tmp_path: Path, open_file: OpenFile, open_server: OpenServer, serve: Serve
) -> None:
    data = FlagsData().roll_out("sse.status-stream", 25)
    by_file = open_file(data.save(tmp_path / "flags.json"))
    by_server = open_server(serve(data).url)
    until(by_server.usable)
    answers = [by_server.streams_allowed(user, False) for user in USERS]
    assert answers == [by_file.streams_allowed(user, False) for user in USERS]
    assert len(set(answers)) == 2, "some stream, and some do not"


def test_every_flag_has_the_same_variant_for_every_user(tmp_path: Path, serve: Serve) -> None:
    data = FlagsData().turn("sse.tuning", on=True)
    for flag, share in SHARES.items():
        data.roll_out(flag, share)
    for strategy in data.export["featureStrategies"]:
        strategy["variants"] = VARIANTS
    by_file = FileSource(data.save(tmp_path / "flags.json"), environment=ENVIRONMENT)
    with closing(
        UnleashSource(serve(data).url, TOKEN, environment=ENVIRONMENT, data=tmp_path, timings=HASTY)
    ) as by_server:
        by_server.start(lambda: None)
        until(by_server.client.feature_definitions)
        for number, flag in enumerate(Flag):
            users = USERS[number :: len(Flag)]
            answers = [by_server.client.get_variant(flag, {"userId": user}) for user in users]
            assert answers == [by_file.client.get_variant(flag, {"userId": user}) for user in users]
            assert {one["name"] for one in answers} == {"small", "middle", "large", "disabled"}
