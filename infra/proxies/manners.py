"""What must come of each manner of `behavior.py`: the table that the browsers' tests read."""

from collections.abc import Mapping
from dataclasses import dataclass

HELD = "Something between you and the server holds live updates back."
STOPPED = "Live updates stopped coming."
LOST = "The connection to the server was lost."
LIVE = "Changes appear the moment they happen."

SETTLED_S = 6.0
"""How long a mode must last: the page says after 5 s that it is not live."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a person has behind a proxy of this manner.

    Args:
        does: what the proxy does.
        mode: how the page gets the words in the end: `stream`, `wait` or `poll`.
        within_s: the time from the first request for a stream until then.
        reads: the page's reason for it.
        late_s: how old a word may be when it is shown, until the mode is found too.
        watch_s: how long the page is watched, at least, before the session ends.
        streams: how many requests for a stream there are at most, while it is watched.
        every_s: the time between two words.
        firefox: whether Firefox is watched as well.
    """

    does: str
    mode: str
    within_s: float = 1.0
    reads: str = LIVE
    late_s: float = 1.0
    watch_s: float = 10.0
    streams: int = 1
    every_s: float = 1.0
    firefox: bool = False


MUTE_S = 13.5
"""Two streams without an event, 6 s each, and up to 1.5 s between them."""
POLLED_S = 4.0
"""Between two polls, and for their answers."""
MANNERS: Mapping[str, Expected] = {
    "pass": Expected(does="passes everything at once", mode="stream"),
    "hold-headers": Expected(
        does="holds a response back, head and all, until it is whole",
        mode="wait",
        streams=2,
        within_s=MUTE_S,
        reads=HELD,
        late_s=6 + POLLED_S,
        firefox=True,
    ),
    "hold-body": Expected(
        does="passes the head, and the body once it is whole",
        mode="wait",
        streams=2,
        within_s=MUTE_S,
        reads=HELD,
        late_s=6 + POLLED_S,
        firefox=True,
    ),
    "hold-until-close": Expected(
        does="holds a response back until the server closes the connection",
        mode="wait",
        streams=2,
        within_s=MUTE_S,
        reads=HELD,
        late_s=6 + POLLED_S,
    ),
    "pass-8k-then-hold": Expected(
        does="passes 8 KB of a body, and the rest once it is whole",
        mode="wait",
        streams=2,
        within_s=45,
        reads=STOPPED,
        late_s=16,
        every_s=0.25,
        firefox=True,
    ),
    "one-behind": Expected(does="passes each event with the next one", mode="stream", within_s=2, late_s=3),
    "block-4k": Expected(
        does="passes a body in blocks of 4 KB",
        mode="wait",
        streams=2,
        within_s=MUTE_S,
        reads=HELD,
        late_s=6 + POLLED_S,
    ),
    "burst-5s": Expected(
        does="passes what came, every five seconds",
        mode="wait",
        streams=2,
        within_s=45,
        reads=HELD,
        late_s=8,
    ),
    "mute": Expected(
        does="passes a body for 5 s, then nothing, and keeps the connections",
        mode="wait",
        streams=2,
        within_s=35,
        reads=STOPPED,
        late_s=12,
        firefox=True,
    ),
    "cut-30": Expected(
        does="resets whatever lasts for 30 s",
        mode="stream",
        streams=2,
        within_s=33,
        late_s=4,
        watch_s=36,
    ),
    "half-close": Expected(
        does="closes its side towards the server behind each request",
        mode="wait",
        streams=3,
        within_s=6,
        reads=LOST,
        late_s=POLLED_S,
    ),
    "lose-abort": Expected(
        does="loses the server after 5 s, and does not tell the browser",
        mode="wait",
        streams=2,
        within_s=35,
        reads=STOPPED,
        late_s=12,
    ),
    "lose-end": Expected(does="does not tell the browser that a response has ended", mode="stream"),
    "dangling": Expected(does="does not tell the server that the browser left", mode="stream"),
    "keepalive-reuse": Expected(does="uses few connections to the server, for everybody", mode="stream"),
    "accept-only": Expected(
        does="passes events to `Accept: text/event-stream`, and holds all else back", mode="stream", firefox=True
    ),
    "gzip-held": Expected(
        does="compresses what is not compressed, and never flushes",
        mode="wait",
        streams=2,
        within_s=MUTE_S,
        reads=HELD,
        late_s=6 + POLLED_S,
        firefox=True,
    ),
    "502-page": Expected(
        does="answers requests for streams with 502 and a page",
        mode="wait",
        streams=3,
        within_s=6,
        reads=LOST,
        late_s=POLLED_S,
        firefox=True,
    ),
    "524-page": Expected(
        does="holds a response back until it is whole, and after 100 s answers 524 and a page",
        mode="wait",
        streams=2,
        within_s=MUTE_S,
        reads=HELD,
        late_s=6 + POLLED_S,
    ),
    "challenge": Expected(
        does="answers requests for streams with 403, a page and `cf-mitigated`",
        mode="wait",
        streams=3,
        within_s=6,
        reads=LOST,
        late_s=POLLED_S,
    ),
    "login-page": Expected(
        does="answers requests for streams with 200 and the page of a sign-in",
        mode="wait",
        streams=3,
        within_s=6,
        reads=LOST,
        late_s=POLLED_S,
    ),
    "login-redirect": Expected(
        does="sends requests for streams to another site's sign-in",
        mode="wait",
        streams=3,
        within_s=6,
        reads=LOST,
        late_s=POLLED_S,
    ),
    "strip-headers": Expected(does="passes on a few headers, both ways", mode="stream"),
    "drip": Expected(
        does="passes streams at 1,000 bytes a second, in pieces of 20", mode="stream", within_s=3, late_s=3
    ),
    "http10": Expected(does="speaks HTTP/1.0 on both sides", mode="stream", firefox=True),
}
