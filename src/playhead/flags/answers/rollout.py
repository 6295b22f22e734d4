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


@dataclass(frozen=True, slots=True)
class Rollout:
    """The group whose members Unleash draws by its name, and the share of them that streams, in percent.

    Without a strategy that decides by a percentage the group is empty, and everybody or nobody streams.
    """

    group: str = ""
    percent: int = 0


class _Strategy(msgspec.Struct):
    name: str
    parameters: dict[str, Any] = {}
    constraints: list[Constraint] = []
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
    try:
        features = decode(document.encode(), _Document).features
    except (msgspec.DecodeError, UnicodeEncodeError):
        return Rollout()
    flag = next((one for one in features if one.name == Flag.SSE_STATUS_STREAM and one.enabled), None)
    if flag is None:
        return Rollout()
    active = [one for one in flag.strategies if not one.disabled]
    gradual = sorted((one for one in active if one.name == GRADUAL), key=lambda one: bool(one.constraints))
    if not gradual:
        return Rollout(percent=100 if active else 0)
    given = gradual[0].parameters
    group = str(given.get("groupId") or flag.name).replace("\0", "")[:GROUP_MAX]
    return Rollout(group, _percent(given.get("rollout")))


def _percent(given: object) -> int:
    """Unleash's shares are whole percents, as text."""
    text = str(given)
    return min(100, int(text)) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
