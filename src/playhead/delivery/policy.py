"""How a client is to get its statuses: one pure function over everything that has a say."""

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    STREAM = "stream"
    WAIT = "wait"
    POLL = "poll"


class Reason(StrEnum):
    """Why the mode was chosen; the fixed list of the contract, §3."""

    FLAG_ON = "flag_on"
    FLAG_OFF = "flag_off"
    KILL_SWITCH = "kill_switch"
    FLAGS_UNAVAILABLE = "flags_unavailable"
    BUFFERED = "buffered"
    AT_CAPACITY = "at_capacity"
    DRAINING = "draining"
    CLIENT = "client"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Transport:
    """The decision, as it is told to the client."""

    mode: Mode
    reason: Reason

    @property
    def header(self) -> str:
        """The value of `Playhead-Transport`."""
        return f"{self.mode}; reason={self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Everything that is weighed. `stream_flag` is the gate's own reason: `flag_on` or why not.

    Nothing sets `buffered` and `client_prefers_poll` yet: the first waits for the health of the path, which telemetry
    will tell, the second for a client's setting.
    """

    stream_flag: Reason
    long_poll: bool = False
    final: bool = False
    draining: bool = False
    buffered: bool = False
    at_capacity: bool = False
    client_prefers_poll: bool = False


def choose(seen: Circumstances) -> Transport:
    """The first objection decides, the one that cannot pass before the one that will; without one: stream."""
    objections = (
        (seen.final, Reason.FINAL),
        (seen.stream_flag is not Reason.FLAG_ON, seen.stream_flag),
        (seen.client_prefers_poll, Reason.CLIENT),
        (seen.buffered, Reason.BUFFERED),
        (seen.draining, Reason.DRAINING),
        (seen.at_capacity, Reason.AT_CAPACITY),
    )
    for applies, reason in objections:
        if applies:
            waits = seen.long_poll and reason not in (Reason.FINAL, Reason.DRAINING, Reason.FLAGS_UNAVAILABLE)
            return Transport(Mode.WAIT if waits else Mode.POLL, reason)
    return Transport(Mode.STREAM, Reason.FLAG_ON)
