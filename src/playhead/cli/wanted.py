"""Options that `transcribe` and `retry` have in common: the server, the form of the text, and how it is heard."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from playhead.cli.token import token_option
from playhead.uploads.options import MAY_BE, TRACK_MAX

F = TypeVar("F", bound=Callable[..., Any])


class Track(click.ParamType[str]):
    """The number of a track, `all` or `auto`."""

    name = "track"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip().lower()
        if text in ("all", "auto") or (text.isascii() and text.isdigit() and 1 <= int(text) <= TRACK_MAX):
            return text
        return self.fail(MAY_BE["track"], param, ctx)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was given for these options."""

    server: str
    token: str
    form: str
    lines: str
    words: bool
    language: str | None
    model: str | None
    track: str | None
    channels: str | None

    @property
    def address(self) -> str:
        return self.server.rstrip("/")

    @property
    def query(self) -> dict[str, str]:
        """Of the transcript."""
        return {"format": self.form, "lines": self.lines, "words": str(int(self.words))}

    @property
    def options(self) -> dict[str, str]:
        """Chosen for the session."""
        chosen = {"language": self.language, "model": self.model, "track": self.track, "channels": self.channels}
        return {name: value for name, value in chosen.items() if value}


_OPTIONS = (
    click.option("--server", envvar="PLAYHEAD_SERVER", default="http://127.0.0.1:8000", show_default=True),
    token_option("playhead user token EMAIL"),
    click.option(
        "--format", "form", type=click.Choice(["txt", "srt", "vtt", "json"]), default="txt", show_default=True
    ),
    click.option(
        "--lines",
        type=click.Choice(["paragraphs", "segments"]),
        default="paragraphs",
        show_default=True,
        help="What a line of txt is.",
    ),
    click.option("--words", is_flag=True, help="In json: when each word is spoken."),
    click.option("--language", help="As in `en`; found out if not given."),
    click.option("--model", help="One of those that the site offers."),
    click.option("--track", type=Track(), help="The number of a sound track, or `all`."),
    click.option("--channels", type=click.Choice(["mix", "each", "auto"]), help="All as one, or each by itself."),
)


def wanted(command: F) -> F:
    """Gives a command the options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
