"""One round of a canary: begins a session, follows it by both legs at once, and reports how that went."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import httpx
import msgspec

from playhead.cli.canary_follow import follow
from playhead.cli.canary_leg import LEGS, Left, Leg, Patience, ServerClock
from playhead.cli.canary_report import report, wanted
from playhead.cli.doctor_unreachable import moved, plain
from playhead.cli.server import Session, refuse
from playhead.cli.token import bearer
from playhead.errors import Problem

ANSWER_S, CONNECT_S = 10.0, 10.0
"""Timeouts of a small request, in seconds."""
MAKE_ONE = "`playhead user token EMAIL --scope canary` makes one, for PLAYHEAD_TOKEN or --token."
REFUSED = {
    "not_signed_in": f"The site does not know the canary's token, or it has expired. {MAKE_ONE}",
    "token_scope": f"The token is of another scope than canary. {MAKE_ONE}",
    "account_disabled": "The canary's account is disabled. `playhead user enable EMAIL` enables it.",
}
"""What a site says that will not let this canary run, however often it asks: the code, and what to do. A 404 is none of
these: what answers during a deploy may be a platform's router, or a release without canaries."""
Connect = Callable[[str, str], httpx.AsyncClient]
"""Makes the HTTP client for a site's address and a token."""


@dataclass(frozen=True, slots=True)
class Round:
    """What became of a round.

    Args:
        why: a sentence, why the site could not be asked, or why there was nothing to follow.
        legs: the stream and the polls; empty where there was nothing to follow.
    """

    at: datetime
    outcome: Literal["passed", "failed", "unreachable", "skipped"]
    why: str = ""
    legs: tuple[Leg, ...] = ()

    def document(self, address: str) -> dict[str, Any]:
        """The round as JSON has it."""
        legs: dict[str, Any] = {leg.name: _document(leg) for leg in self.legs}
        return {"at": self.at, "url": address, "outcome": self.outcome, "why": self.why, **legs}

    @property
    def sentence(self) -> str:
        """The round on one line, for people."""
        if not self.legs:
            return f"{self.outcome}: {self.why}"
        return f"{self.outcome}: " + "; ".join(map(_sentence, self.legs))


def connect(address: str, token: str) -> httpx.AsyncClient:
    """A client as a browser is one: HTTP/2 where the site offers it, and connections of its own for each round."""
    return httpx.AsyncClient(
        base_url=f"{address}/api/v1/",
        headers=bearer(token),
        timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
        http2=True,
        verify=address.startswith("https:"),  # a context takes 30 ms to make
    )


async def run_round(address: str, token: str, connect: Connect = connect, patience: Patience = Patience()) -> Round:
    """Runs a round.

    Raises:
        Problem: the site refuses this canary: its token or its account.
    """
    at = datetime.now(UTC).replace(microsecond=0)
    try:
        async with connect(address, token) as http:
            session_id = await _begin(http)
            if not session_id:
                return Round(at, "skipped", "another canary of this account is under way; give each its own account")
            clock = ServerClock()
            stream, poll = (Leg(name, session_id, clock, patience) for name in LEGS)
            await asyncio.gather(follow(stream, http), follow(poll, http))
            await _check_words(poll, http)
            await _report(http, stream, poll)
    except (httpx.TransportError, httpx.InvalidURL, UnicodeError) as error:
        return Round(at, "unreachable", plain(error))
    except Problem as problem:
        if (sentence := REFUSED.get(problem.code)) is not None:
            raise Problem(problem.status, problem.code, sentence) from None
        return Round(at, "unreachable", f"it answers {problem.status}: {problem.detail}")
    is_failed = "failed" in (stream.outcome, poll.outcome)
    return Round(at, "failed" if is_failed else "passed", legs=(stream, poll))


async def _begin(http: httpx.AsyncClient) -> str:
    """Begins a session, the second time after as long as the site asks for; empty: it refuses both times."""
    for is_last in (False, True):
        response = await http.post("canary")
        if (address := moved(response)) is not None:
            raise Problem(response.status_code, "moved", f"the site is at {address}; give the canary this address.")
        if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
            await refuse(response)
            return _decoded(response).id
        if not is_last:
            asked = response.headers.get("Retry-After", "")
            await asyncio.sleep(min(float(asked) if asked.isdigit() else ANSWER_S, 2 * ANSWER_S))
    return ""


def _decoded(response: httpx.Response) -> Session:
    try:
        return msgspec.json.decode(response.content, type=Session)
    except msgspec.MsgspecError:
        raise Problem(response.status_code, "refused", "What answers is not a Playhead.") from None


async def _check_words(poll: Leg, http: httpx.AsyncClient) -> None:
    """The one line of the transcript is there once the session is final."""
    if poll.left is not None:
        return
    with suppress(httpx.TransportError, msgspec.MsgspecError):
        response = await http.get(f"sessions/{poll.session_id}/transcript")
        if response.is_success and len(msgspec.json.decode(response.content)["segments"]) == 1:
            return
    poll.left = Left("no_words", "the transcript does not have its line")


async def _report(http: httpx.AsyncClient, stream: Leg, poll: Leg) -> None:
    """Reports what both legs saw as pages do, then how they ended. Raises httpx.TransportError, Problem."""
    for leg in (stream, poll):
        if wanted(leg):
            with suppress(httpx.TransportError):
                await http.post("telemetry", json=report(leg))
    outcome = {leg.name: {"outcome": leg.outcome, "why": leg.why} for leg in (stream, poll)}
    await refuse(await http.post(f"canary/{stream.session_id}/outcome", json=outcome))


def _document(leg: Leg) -> dict[str, Any]:
    return {
        "outcome": leg.outcome,
        "why": leg.why,
        "mode": leg.mode,
        "connect_ms": _rounded(leg.connect_ms),
        "first_event_ms": _rounded(leg.first_event_ms),
        "lags_ms": [_rounded(lag) for lag in leg.lags_ms],
        "final_lag_ms": _rounded(leg.final_lag_ms),
        "rtt_ms": _rounded(leg.clock.rtt_ms),
    }


def _rounded(value_ms: float | None) -> float | None:
    return None if value_ms is None else round(value_ms, 1)


def _sentence(leg: Leg) -> str:
    if leg.left is not None:
        return f"{leg.name} {leg.outcome.replace('_', ' ')}: {leg.left.sentence}"
    parts = [f"first event {leg.first_event_ms:.0f} ms"] if leg.first_event_ms is not None else []
    if leg.lags_ms:
        parts.append(f"updates within {max(leg.lags_ms):.0f} ms")
    if leg.final_lag_ms is not None:
        parts.append(f"the final one {leg.final_lag_ms:.0f} ms")
    return f"{leg.name} passed ({', '.join(parts)})"
