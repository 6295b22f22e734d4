"""A moving picture of a page: what Chromium shows while something happens, as an animated WebP."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
from av.video.frame import VideoFrame
from playwright.sync_api import Page

QUALITY = "75"
"""Of 100: text keeps its edges, and ten seconds stay below a megabyte."""
MS = Fraction(1, 1000)
KEPT_APART_MS = 80
"""Twelve frames a second: what comes sooner takes the place of the one before."""


@dataclass
class Film:
    """Frames as PNGs, and when each was shown, in seconds."""

    frames: list[tuple[float, bytes]] = field(default_factory=list)

    @property
    def length_s(self) -> float:
        return self.frames[-1][0] - self.frames[0][0]

    def save(self, path: Path, length_s: float, rest_s: float) -> float:
        """Write it, faster if it would be longer than `length_s`: how many times. The last frame stays for `rest_s`."""
        faster = max(1.0, self.length_s / (length_s - rest_s))
        shown = self._thinned(faster)
        with av.open(str(path), "w", format="webp", options={"loop": "0"}) as file:
            first = _decoded(shown[0][1])
            stream: Any = file.add_stream("libwebp_anim", rate=1000)
            stream.width, stream.height, stream.pix_fmt = first.width, first.height, "bgra"
            stream.codec_context.time_base = MS
            stream.options = {"quality": QUALITY, "compression_level": "6"}
            for ms, png in [*shown, (shown[-1][0] + round(rest_s * 1000), shown[-1][1])]:
                frame = _decoded(png).reformat(format="bgra")
                frame.pts, frame.time_base = ms, MS
                file.mux(stream.encode(frame))
            file.mux(stream.encode())
        return faster

    def _thinned(self, faster: float) -> list[tuple[int, bytes]]:
        shown: list[tuple[int, bytes]] = []
        for at_s, png in self.frames:
            ms = round((at_s - self.frames[0][0]) / faster * 1000)
            if shown and (ms - shown[-1][0] < KEPT_APART_MS or png == shown[-1][1]):
                shown[-1] = (shown[-1][0], png)
            else:
                shown.append((ms, png))
        return shown


@contextmanager
def filming(page: Page) -> Iterator[Film]:
    """Film the page for the time of the block."""
    film, session = Film(), page.context.new_cdp_session(page)

    def keep(event: dict[str, Any]) -> None:
        film.frames.append((event["metadata"]["timestamp"], base64.b64decode(event["data"])))
        session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

    session.on("Page.screencastFrame", keep)
    session.send("Page.startScreencast", {"format": "png"})
    yield film
    session.send("Page.stopScreencast")
    session.detach()


def _decoded(png: bytes) -> VideoFrame:
    with av.open(BytesIO(png)) as file:
        return next(file.decode(video=0))
