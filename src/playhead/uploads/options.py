"""Checks what a person chose for a session: in the form of an upload, or to try one again."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from playhead.errors import Problem
from playhead.sessions.facts import AUTO, Choice
from playhead.uploads import languages

FIELDS = frozenset(Choice.__struct_fields__)
"""The names of the form's fields."""
TRACK_MAX = 9999
"""The highest number of a track, which count from 1: a recording has a hundred at most."""
Track = Annotated[int, msgspec.Meta(ge=1, le=TRACK_MAX)]


class RetryRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What is chosen anew; a field that is null or left out stays as it was, and `auto` is as if nothing was chosen."""

    language: Annotated[str, msgspec.Meta(max_length=16)] | None = None
    model: Annotated[str, msgspec.Meta(max_length=120)] | None = None
    track: Track | Literal["all", "auto"] | None = None
    channels: Literal["mix", "each", "auto"] | None = None


def retry_request(body: bytes | str) -> RetryRequest | None:
    """Reads the JSON of a request; None without any, or if it is null. Raises Problem 400 `invalid`."""
    try:
        return msgspec.json.decode(body or b"null", type=RetryRequest | None)
    except msgspec.MsgspecError as error:
        raise Problem(400, "invalid", f"The body is wrong: {error}.") from None


def choice_of(asked: RetryRequest, models: Sequence[str]) -> Choice:
    """Checks a request to try a session again.

    Args:
        models: the names of those that the site offers.

    Raises:
        Problem: 400 `bad_language`; 400 `invalid`, there is no such model.
    """
    if asked.model not in (None, AUTO, *models):
        raise Problem(400, "invalid", f"There is no such model here: choose one of {', '.join(models)}.")
    language = None if asked.language is None else _language(asked.language)
    return Choice(language=language, model=asked.model, track=asked.track, channels=asked.channels)


def field_of(name: str, value: str, models: Sequence[str]) -> Choice:
    """Checks one field of an upload's form, one of `FIELDS`; an empty one chooses nothing. Raises Problem 400."""
    text = value.strip()
    given: str | int | None = text or None
    if name == "track" and text.isascii() and text.isdigit():
        given = int(text)
    if name in ("track", "channels") and text:
        given = given if isinstance(given, int) else text.lower()
    try:
        asked = msgspec.convert({name: given}, RetryRequest)
    except msgspec.ValidationError:
        raise Problem(400, "invalid", f"The field {name} is wrong: {MAY_BE.get(name, 'it is too long')}.") from None
    return choice_of(asked, models)


MAY_BE = {
    "track": "it may be the number of a track, all or auto",
    "channels": "it may be mix, each or auto",
}


def _language(value: str) -> str:
    code = value.strip().lower() or AUTO
    if code != AUTO and code not in languages.CODES:
        raise Problem(400, "bad_language", "The language must be a code such as en or de, or auto.")
    return code
