"""The doctor's verdict behind our proxy in each of its manners, and behind each proxy of others."""

import asyncio
import json
import random
import re
import ssl
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from infra.proxies.behavior import cut, lose_abort, mute, shaped
from infra.proxies.doctor import MANNERS, REAL
from infra.proxies.exchange import Manner, Pieces
from infra.proxies.proxy import proxy
from infra.proxies.real import REAL as PROXIES

from playhead.cli.doctor_probe import Prober
from playhead.cli.doctor_stream import Patience
from playhead.doctor.measured import Measured
from playhead.doctor.verdict import verdict
from tests.support.programs import environ
from tests.support.site import PLAYHEAD, Site, Web

SOONER: Mapping[str, Manner] = {"cut-30": cut(6.0), "mute": mute(3.0), "lose-abort": lose_abort(3.0)}
"""The same with less to wait for."""
SHORTER = Patience(steady_s=4.0)
"""More than the 2.5 s between two events."""
UNSEEN = "delayed"
"""A delay of 200 ms is not seen where the machine is so busy that others come and go."""
FAR = "far away"
HELD = "Varnish, do_stream false"
LASTING = frozenset({"mute", "lose-abort", "cut-30", *(name for name, real in PROXIES.items() if real.cut_s)})
"""Where only a stream that lasts shows what is wrong. They all end it within seconds."""
STORED = Path(__file__).parents[3] / ".cache" / "proxies" / "doctor.json"


@dataclass(frozen=True)
class Seen:
    """What was measured by its names, and the exit codes and outputs of commands."""

    measured: Mapping[str, Measured]
    compared: tuple[int, str]
    public: tuple[int, str]


@pytest.fixture(scope="module")
def seen(site: Site, web: Web, ports: Mapping[str, int]) -> Seen:
    with ExitStack() as stack:
        manners = {name: SOONER.get(name, name) for name in MANNERS} | {FAR: shaped(far_away)}
        ours = {name: stack.enter_context(proxy(web.port, manner)).port for name, manner in manners.items()}
        found = asyncio.run(see(site, web, ours | dict(ports)))
    STORED.parent.mkdir(parents=True, exist_ok=True)
    STORED.write_bytes(msgspec.json.format(msgspec.json.encode(found.measured), indent=1))
    return found


async def see(site: Site, web: Web, ports: Mapping[str, int]) -> Seen:
    """Measures everything side by side."""
    held = f"http://127.0.0.1:{ports[HELD]}"
    return Seen(
        *await asyncio.gather(
            measure_all(site, ports),
            command(held, "--compare", web.url, "--token", site.person().token),
            command(web.url, "--json"),
        )
    )


def untrusting() -> ssl.SSLContext:
    """For a certificate that nobody vouches for."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


async def far_away(body: Pieces) -> Pieces:
    """A network with round trips of 300 ms and more: each piece comes 150 to 450 ms later, in order."""
    coming: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    async def take() -> None:
        async for piece in body:
            await coming.put((loop.time() + random.uniform(0.15, 0.45), piece))
        await coming.put(None)

    taking = asyncio.ensure_future(take())
    try:
        while (next_one := await coming.get()) is not None:
            due, piece = next_one
            await asyncio.sleep(due - loop.time())
            yield piece
        await taking
    finally:
        taking.cancel()


async def measure_all(site: Site, ports: Mapping[str, int]) -> dict[str, Measured]:
    people = site.people(len(ports))  # each may have two streams

    async def measure(name: str, token: str) -> Measured:
        is_tls = name in PROXIES and PROXIES[name].tls
        address = f"{'https' if is_tls else 'http'}://127.0.0.1:{ports[name]}"
        patience = SHORTER if name in SOONER else Patience()
        return await Prober(address, token, tls=untrusting, patience=patience).measure(is_long=name in LASTING)

    tokens = {name: one.token for name, one in zip(ports, people, strict=True)}
    measured = await asyncio.gather(*(measure(name, token) for name, token in tokens.items()))
    found = dict(zip(ports, measured, strict=True))
    for name, one in found.items():  # beside so many others an event may come late: ask again, alone
        if name in MANNERS and [each.id for each in verdict(one).findings] != MANNERS[name]:
            found[name] = await measure(name, tokens[name])
    return found


async def command(*words: str) -> tuple[int, str]:
    """The exit code and the output of `playhead doctor`."""
    running = await asyncio.create_subprocess_exec(
        *PLAYHEAD, "doctor", *words, env=environ(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    out, _ = await running.communicate()
    assert running.returncode is not None
    return running.returncode, out.decode()


@pytest.mark.parametrize("name", MANNERS)
def test_verdict_behind_our_proxy_names_the_manner(name: str, seen: Seen) -> None:
    found = verdict(seen.measured[name])
    assert [one.id for one in found.findings] == MANNERS[name], found


@pytest.mark.parametrize("name", REAL)
def test_verdict_behind_a_real_proxy_names_it(name: str, seen: Seen) -> None:
    found = verdict(seen.measured[name])
    named = {str(one.id): one.culprits[0].id for one in found.findings}
    assert {UNSEEN: REAL[name].get(UNSEEN)} | named == {UNSEEN: None} | dict(REAL[name]), found


def test_slow_network_is_not_taken_for_a_proxy(seen: Seen) -> None:
    found = verdict(seen.measured[FAR])
    assert found.healthy, found
    assert found.findings == []


def test_command_names_what_lies_between_two_addresses(web: Web, seen: Seen) -> None:
    code, text = seen.compared
    assert code == 1, text
    assert "1. Varnish, recognised by `via: 1.1 varnish (Varnish/7.1)` in the response" in text
    assert re.search(rf"^Between \S+ and {web.url}:\n  Streams are held back until they end: .+\n$", text, re.MULTILINE)


def test_command_without_a_token_finds_nothing_wrong_past_the_proxies(seen: Seen) -> None:
    code, document = seen.public
    assert code == 0, document
    assert json.loads(document)["verdict"]["healthy"]
