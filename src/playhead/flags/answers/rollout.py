"""The rollout of streams in a document of flags: who are drawn, and how many of them stream."""

from dataclasses import dataclass
from typing import Any

import msgspec

from playhead.flags.answers.document import Constraint, decode
from playhead.flags.answers.names import Flag

GRADUAL = "flexibleRollout"
"""Unleash's strategy that decides by a percentage."""
GROUP_MAX = 64
"""Characters of a group that are kept."""
FLAG, SWITCH = Flag.SSE_STATUS_STREAM.value, Flag.SSE_ALLOWED.value
"""The flag that is rolled out, and the kill switch that it depends on."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """The group whose members Unleash draws by its name, and the share of them that streams, in percent.

    Without a strategy that decides by a percentage the group is empty, and everybody or nobody streams.
    """

    group: str = ""
    percent: int = 0


OF_CANARIES = Rollout("playhead-canary", 0)
"""In place of the rollout by which a canary is answered, so that it counts in none."""


class _Strategy(msgspec.Struct):
    name: str
    parameters: dict[str, Any] = {}
    constraints: list[Constraint] = []
    segments: list[int] = []
    disabled: bool = False


class _Feature(msgspec.Struct):
    name: str
    enabled: bool = False
    strategies: list[_Strategy] = []


class _Document(msgspec.Struct):
    features: list[_Feature]


def rollout_of(document: str) -> Rollout:
    """The rollout of streams by a document of `/api/client/features`.

    Of several gradual strategies the one without constraints counts: the others are for a few, such as admins.
    """
    flag = _flag(document)
    if flag is None:
        return Rollout()
    slider = _slider(flag)
    if slider is None:
        return Rollout(percent=100 if any(not one.disabled for one in flag.strategies) else 0)
    given = slider.parameters
    group = str(given.get("groupId") or flag.name).replace("\0", "")[:GROUP_MAX]
    return Rollout(group, _percent(given.get("rollout")))


def without_slider(document: str) -> str | None:
    """The document without the strategy of the rollout: whom it lets in, the slider does not decide about.

    None if there is no other strategy, so that the slider decides about everybody.
    """
    flag = _flag(document)
    slider = _slider(flag) if flag else None
    if flag is None or slider is None or sum(not one.disabled for one in flag.strategies) == 1:
        return None
    whole = msgspec.json.decode(document)
    for feature in whole["features"]:
        if feature["name"] == FLAG:
            del feature["strategies"][flag.strategies.index(slider)]
    return msgspec.json.encode(whole).decode()


def _flag(document: str) -> _Feature | None:
    """The flag, if it is on."""
    try:
        features = decode(document.encode(), _Document).features
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    return next((one for one in features if one.name == FLAG and one.enabled), None)


def _slider(flag: _Feature) -> _Strategy | None:
    gradual = [one for one in flag.strategies if one.name == GRADUAL and not one.disabled]
    return min(gradual, key=lambda one: bool(one.constraints or one.segments), default=None)


def _percent(given: object) -> int:
    """Unleash's shares are whole percents, as text."""
    text = str(given)
    return min(100, int(text)) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
