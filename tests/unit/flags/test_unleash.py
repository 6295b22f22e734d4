"""Over HTTP, against a server that behaves, and against several that do not."""

import json
import logging
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from playhead.config import Settings
from playhead.errors import ConfigError
from playhead.flags.answers.gate import StreamAnswer
from playhead.flags.connect import open_gate
from tests.support.flag_server import TOKEN, Manners
from tests.support.flags_data import USERS, FlagsData
from tests.support.waiting import until

from .conftest import HASTY, OpenFile, OpenServer, Serve


def test_the_server_and_the_file_give_everybody_the_same_answers(
    tmp_path: Path, open_file: OpenFile, open_server: OpenServer, serve: Serve
) -> None:
    data = FlagsData().roll_out("sse.status-stream", 25).roll_out("live-transcript", 60).tune('{"heartbeat_s": 5}')
    data.roll_out("sse.tuning", 50).constrain("status-long-poll", "admin", "true")
    by_file = open_file(data.save(tmp_path / "flags.json"))
    by_server = open_server(serve(data).url)
    until(by_server.usable)
    for number, user in enumerate(USERS[:300]):
        is_admin = number % 2 == 0
        assert by_server.answers(user, is_admin) == by_file.answers(user, is_admin)
        assert by_server.streams_allowed(user, is_admin) is by_file.streams_allowed(user, is_admin)
        assert by_server.tuning(user, is_admin) == by_file.tuning(user, is_admin)


def test_a_change_on_the_server_is_told_once_with_the_new_answers(open_server: OpenServer, serve: Serve) -> None:
    server = serve(FlagsData())
    gate = open_server(f"{server.url}/api/")
    until(gate.usable)
    told: list[StreamAnswer] = []
    gate.on_change(lambda: told.append(gate.streams_allowed("user-1", False)))
    server.document = FlagsData().turn("sse.allowed", on=False).document()
    until(lambda: StreamAnswer.KILL_SWITCH in told)
    fetches = server.fetches
    until(lambda: server.fetches > fetches + 1)
    assert told.count(StreamAnswer.KILL_SWITCH) == 1


def test_a_server_that_refuses_the_connection_delays_nothing(open_server: OpenServer, serve: Serve) -> None:
    server = serve(FlagsData())
    server.close()
    gate = open_server(server.url)
    assert gate.streams_allowed("user-1", False) is StreamAnswer.FLAGS_UNAVAILABLE
    serve(FlagsData(), port=server.port)
    until(lambda: gate.streams_allowed("user-1", False) is StreamAnswer.FLAG_ON)


@pytest.mark.parametrize("manners", [Manners.HANGING, Manners.NONSENSE, Manners.FAILING])
def test_a_server_with_bad_manners_allows_nothing_until_it_mends_them(
    manners: Manners, open_server: OpenServer, serve: Serve
) -> None:
    server = serve(FlagsData(), manners=manners)
    gate = open_server(server.url)
    assert not gate.usable()
    until(lambda: server.fetches >= 1)
    assert gate.streams_allowed("user-1", False) is StreamAnswer.FLAGS_UNAVAILABLE
    server.manners = Manners.GOOD
    until(gate.usable)


def test_a_server_that_hangs_delays_no_start(open_server: OpenServer, serve: Serve) -> None:
    """Whoever waited for its answer would never come back: the request has no timeout here."""
    server = serve(FlagsData(), manners=Manners.HANGING)
    gate = open_server(server.url, timings=replace(HASTY, request_timeout_s=3600))
    assert not gate.usable()
    server.release()
    until(gate.usable)


def test_a_wrong_token_allows_nothing(open_server: OpenServer, serve: Serve) -> None:
    server = serve(FlagsData())
    gate = open_server(server.url, token="default:development.wrong")
    until(lambda: server.refused_tokens >= 2)
    assert gate.streams_allowed("user-1", False) is StreamAnswer.FLAGS_UNAVAILABLE


@pytest.mark.parametrize("manners", [Manners.NONSENSE, Manners.FAILING])
def test_an_outage_keeps_the_last_good_flags(manners: Manners, open_server: OpenServer, serve: Serve) -> None:
    server = serve(FlagsData().roll_out("sse.status-stream", 50))
    gate = open_server(server.url)
    until(gate.usable)
    before = [gate.streams_allowed(user, False) for user in USERS]
    server.manners = manners
    fetches = server.fetches
    until(lambda: server.fetches >= fetches + 2)
    assert [gate.streams_allowed(user, False) for user in USERS] == before
    server.document = FlagsData().roll_out("sse.status-stream", 0).document()
    server.manners = Manners.GOOD
    until(lambda: all(gate.streams_allowed(user, False) is StreamAnswer.FLAG_OFF for user in USERS))


@pytest.mark.parametrize("manners", [Manners.HANGING, Manners.NONSENSE, None])
def test_a_restart_during_an_outage_keeps_the_last_good_flags(
    manners: Manners | None, open_server: OpenServer, serve: Serve
) -> None:
    server = serve(FlagsData().turn("sse.allowed", on=False))
    first = open_server(server.url)
    until(first.usable)
    first.close()
    if manners is None:
        server.stop()
    else:
        server.manners = manners
    restarted = open_server(server.url)
    assert restarted.streams_allowed("user-1", False) is StreamAnswer.KILL_SWITCH
    fetches = server.fetches
    until(lambda: manners is None or server.fetches > fetches)
    assert restarted.streams_allowed("user-1", False) is StreamAnswer.KILL_SWITCH
    server.close()


def test_stored_flags_that_are_damaged_are_as_good_as_none(
    tmp_path: Path, open_server: OpenServer, serve: Serve
) -> None:
    server = serve(FlagsData())
    first = open_server(server.url)
    until(first.usable)
    first.close()
    server.stop()
    [stored] = (tmp_path / "data").glob("flags-unleash-*.json")
    stored.write_bytes(b'{"features": [{"name": "sse.\xff')
    assert open_server(server.url).streams_allowed("user-1", False) is StreamAnswer.FLAGS_UNAVAILABLE


def test_flags_that_cannot_be_stored_are_used_all_the_same(
    tmp_path: Path, open_server: OpenServer, serve: Serve
) -> None:
    (tmp_path / "data").write_text("not a folder")
    gate = open_server(serve(FlagsData()).url)
    until(gate.usable)


def test_exposure_is_reported_when_the_gate_closes(open_server: OpenServer, serve: Serve) -> None:
    server = serve(FlagsData())
    gate = open_server(server.url)
    until(gate.usable)
    gate.streams_allowed("user-1", False)
    gate.close()
    reported = json.loads(server.metrics[-1])["bucket"]["toggles"]
    assert reported["sse.status-stream"]["yes"] == 1


def test_an_outage_is_not_a_traceback_a_second(
    open_server: OpenServer, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server = serve(FlagsData(), manners=Manners.FAILING)
    open_server(server.url)
    until(lambda: server.fetches >= 4)
    assert caplog.text.count("feature fetch failed due to exception") <= 1
    assert "Traceback" not in caplog.text
    assert "Running job" not in caplog.text


@pytest.mark.parametrize("url", ["unleash.example.org", "ftp://unleash.example.org", "http://"])
def test_an_address_that_is_none_stops_the_start(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="UNLEASH_URL"):
        open_gate(Settings(data_dir=str(tmp_path), unleash_url=url, unleash_api_token="x"))


def test_a_token_that_cannot_be_sent_allows_nothing(open_server: OpenServer, serve: Serve, logged: list[str]) -> None:
    gate = open_server(serve(FlagsData()).url, token="two\nlines")
    until(lambda: logged and "cannot be asked" in logged[-1])
    assert not gate.usable()


def test_close_leaves_no_thread(open_server: OpenServer, serve: Serve) -> None:
    server = serve(FlagsData())
    before = set(threading.enumerate())
    gate = open_server(server.url)
    until(gate.usable)
    gate.close()
    until(lambda: not [one for one in set(threading.enumerate()) - before if "process_request" not in one.name])
    assert gate.streams_allowed("user-1", False) is StreamAnswer.FLAG_ON


def test_close_at_once_leaves_no_thread(open_server: OpenServer, serve: Serve) -> None:
    server = serve(FlagsData())
    server.close()
    before = threading.enumerate()
    open_server(server.url).close()
    assert threading.enumerate() == before


@pytest.mark.parametrize(
    ("manners", "said"),
    [
        (Manners.FORBIDDING, "Unleash refuses UNLEASH_API_TOKEN (403): it may not read flags"),
        (Manners.FAILING, "Unleash answers 503: is UNLEASH_URL right, and is the server well?"),
        (Manners.NONSENSE, "what answers is not Unleash: is UNLEASH_URL right?"),
        (Manners.HANGING, "Unleash cannot be reached: is UNLEASH_URL right, and does the server run?"),
    ],
)
def test_what_keeps_the_flags_from_coming_is_said(
    manners: Manners, said: str, open_server: OpenServer, serve: Serve
) -> None:
    server = serve(FlagsData())
    gate = open_server(server.url, timings=replace(HASTY, request_timeout_s=0.2))
    until(gate.usable)
    assert gate.health().trouble == ""
    server.manners = manners
    until(lambda: gate.health().trouble.startswith(said))
    assert gate.usable(), "the last good flags are in force"
    server.release()
    until(lambda: gate.health().trouble == "")
    assert (gate.health().age_s or 0) < 1


def test_token_that_is_not_known_is_said(open_server: OpenServer, serve: Serve) -> None:
    gate = open_server(serve(FlagsData()).url, token="default:development.wrong")
    until(lambda: gate.health().trouble.startswith("Unleash refuses UNLEASH_API_TOKEN (401): it is none, or"))
    assert gate.health().age_s is None


def test_environment_of_another_token_is_said(tmp_path: Path, serve: Serve) -> None:
    settings = Settings(
        data_dir=str(tmp_path),
        unleash_url=serve(FlagsData()).url,
        unleash_api_token=TOKEN,
        unleash_environment="production",
    )
    with closing(open_gate(settings, HASTY)) as gate:
        until(gate.usable)
        assert gate.health().trouble == (
            "UNLEASH_API_TOKEN is one for development, whose flags are in force, and UNLEASH_ENVIRONMENT is production"
        )


def test_server_without_our_flags_is_said(open_server: OpenServer, serve: Serve) -> None:
    server = serve(FlagsData())
    server.document = '{"version": 2, "features": []}'
    gate = open_server(server.url)
    until(lambda: "none of Playhead's flags there: are UNLEASH_ENVIRONMENT" in gate.health().trouble)
