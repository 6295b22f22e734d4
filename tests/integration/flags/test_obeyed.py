"""Whether processes obey is asked of the processes: one that is not let in by Unleash makes no success."""

from typing import Any

import httpx

from playhead.flags.answers.fingerprint import fingerprints
from playhead.flags.answers.gate import Gate
from playhead.flags.file.export import client_document, read
from tests.integration.flags.conftest import Command
from tests.integration.flags.console import Console
from tests.integration.flags.obeyed import instance
from tests.integration.flags.told import KILL_SWITCH, STREAM, transports
from tests.support.flags_data import FlagsData
from tests.support.site import Site, Web
from tests.support.waiting import until

ALLOWED = "sse.allowed"
REFUSED = "Unleash refuses UNLEASH_API_TOKEN (401)"


def degraded(web: Web) -> list[str]:
    told: list[str] = httpx.get(f"{web.url}/readyz", trust_env=False, verify=False).json()["degraded"]
    return told


def test_process_whose_token_unleash_does_not_know_is_named(
    site: Site, web: Web, settings: dict[str, str], command: Command
) -> None:
    person = site.person()
    everybody = command("list")
    assert everybody.returncode == 0, everybody.stderr
    assert "Obeyed by 1 of 1 processes.\n" in everybody.stderr
    # As after a restart: with the last good flags, which `web` has stored in the same folder.
    with site.web(**settings | {"UNLEASH_API_TOKEN": "default:development.deleted"}) as deaf:
        assert transports(deaf, [person]) == [STREAM]
        until(lambda: any(REFUSED in line for line in degraded(deaf)), "it is refused, and says so")
        until(lambda: command("list").returncode == 1, "whoever asks is told")
        assert degraded(web) == []
        deaf.program.wait_for("the flags in force may be old")
        done = command("set", ALLOWED, "off")
        assert done.returncode == 1
        assert done.stdout == f"{ALLOWED}: on → off\n"
        assert "Obeyed by 1 of 2 processes after " in done.stderr
        assert f"Not by {instance(deaf)}: {REFUSED}: it is none, or was deleted" in done.stderr
        assert done.stderr.endswith("To stop all streams whatever the flags say: playhead flags emergency off\n")
        assert transports(web, [person]) == [KILL_SWITCH]
        assert transports(deaf, [person]) == [STREAM]
        known = me(deaf, person.headers)["transport"]["flags"]
        assert (known["source"], REFUSED in known["trouble"], known["age_s"] is None) == ("Unleash", True, True)
        deaf.program.end()
    done = command("set", ALLOWED, "on")
    assert done.returncode == 0, done.stderr
    assert "Obeyed by 1 of 1 processes after " in done.stderr


def test_process_with_its_flags_from_elsewhere_is_named(site: Site, web: Web, command: Command) -> None:
    with site.web() as other:
        done = command("set", ALLOWED, "off")
        assert done.returncode == 1
        assert f"Not by {instance(other)}: its flags come from the file, not from Unleash.\n" in done.stderr


def test_nobody_to_ask_is_no_success(site: Site, console: Console, command: Command) -> None:
    site.redis.kill()
    try:
        done = command("set", ALLOWED, "off")
    finally:
        site.redis.start()
    assert done.returncode == 1
    assert "It is not known whether the processes obey: Redis cannot be asked" in done.stderr


def test_flags_are_compared_as_unleash_gives_them_to_both(console: Console, gate: Gate) -> None:
    data = FlagsData().roll_out("sse.status-stream", 25).tune('{"heartbeat_s": 5}')
    data.constrain("status-long-poll", "admin", "true").add_strategy("live-transcript", 5)
    console.bring(read(data.text().encode()))

    def wanted() -> dict[str, str]:
        return fingerprints(client_document(console.read()))

    until(lambda: gate.report("here").flags == wanted(), "the process has what the command line wants")
    assert gate.report("here").obeys(wanted(), console.kind)


def me(web: Web, headers: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{web.url}/api/v1/me", headers=headers, trust_env=False, verify=False).json()
    return found
