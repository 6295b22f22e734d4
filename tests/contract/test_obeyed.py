"""What the command line says of processes, by what they say of themselves in a real Redis."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import redis
from click.testing import CliRunner, Result

from playhead.cli import main
from playhead.flags.answers.fingerprint import fingerprints
from playhead.flags.answers.report import Report
from playhead.flags.file.export import client_document, read
from playhead.flags.file.location import default_file
from playhead.live.broker.keys import KEYS
from playhead.live.broker.subscriber import REPORT_TTL_S
from tests.support.valkey import Valkey

Say = Callable[..., None]
DELIVERED = fingerprints(client_document(read(default_file().read_bytes())))


@pytest.fixture(autouse=True)
def places(tmp_path: Path, shared_server: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FLAGS_FILE", "UNLEASH_URL", "DATABASE_URL", "STATUS_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REDIS_URL", shared_server.url)


@pytest.fixture
def say(client: redis.Redis) -> Iterator[Say]:
    """As a web process does, once."""

    def say_it(name: str, ttl_ms: int = REPORT_TTL_S * 1000, **known: object) -> None:
        told = {"source": "file", "flags": DELIVERED, "emergency": False, "age_s": 0.2} | known
        report = msgspec.convert({"instance": name, **told}, Report)
        client.set(KEYS.processes + name, msgspec.json.encode(report), px=ttl_ms)

    yield say_it
    for key in client.scan_iter(match=f"{KEYS.processes}*"):
        client.delete(key)


def flags(*words: str) -> Result:
    return CliRunner().invoke(main, ["flags", *words])


def test_nobody_to_obey_is_no_success_for_a_switch(say: Say) -> None:
    answer = flags("set", "sse.allowed", "on")
    assert answer.exit_code == 1
    assert "No web process says in Redis that it runs, so nobody was asked. If some do run, REDIS_URL" in answer.stderr
    assert answer.stderr.endswith("To stop all streams whatever the flags say: playhead flags emergency off\n")


def test_nobody_to_obey_is_no_failure_for_a_look(say: Say) -> None:
    answer = flags("list")
    assert answer.exit_code == 0
    assert answer.stderr.endswith("nobody was asked.\n")


def test_process_that_ends_meanwhile_is_not_waited_for(say: Say) -> None:
    say("one")
    say("two", ttl_ms=500, flags={})
    answer = flags("list")
    assert answer.exit_code == 0
    assert answer.stderr.endswith("Obeyed by 1 of 1 processes.\n1 more ended meanwhile, or hang.\n")


def test_processes_that_do_not_obey_are_named_with_the_reason(say: Say, client: redis.Redis) -> None:
    say("good")
    say("troubled", trouble="the moon is full", age_s=90.0)
    say("elsewhere", source="Unleash")
    client.set(f"{KEYS.processes}old", b"{}", ex=REPORT_TTL_S)
    answer = flags("list")
    assert answer.exit_code == 1
    assert "Obeyed by 1 of 4 processes.\n" in answer.stderr
    assert "Not by troubled: the moon is full; its flags were last confirmed 90 s ago.\n" in answer.stderr
    assert "Not by elsewhere: its flags come from Unleash, not from the file.\n" in answer.stderr
    assert "Not by a process of another release, which says something else.\n" in answer.stderr


def test_emergency_is_said_where_flags_are_turned(say: Say) -> None:
    say("one", emergency=True)
    assert "There is an emergency: nobody streams until" in flags("set", "sse.allowed", "on").stderr


@pytest.mark.parametrize("url", ["", "postgresql://127.0.0.1:1/none"])
def test_emergency_without_a_database_says_what_else_ends_streams(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    answer = flags("emergency", "off")
    assert answer.exit_code == 2
    assert answer.stderr.endswith("refuse paths that end in /status/stream at the proxy.\n")
