"""The whole policy: who streams, who goes on streaming, and how a reader goes on without a stream. Pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto
from http import HTTPStatus


class Mode(StrEnum):
    """How a client is to get its statuses."""

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


class Via(StrEnum):
    """By what a stream is to be opened, where the request alone does not do."""

    TICKET = "ticket"


class StreamOriginUse(StrEnum):
    """Which streams go by the stream origin."""

    BUFFERED = "buffered"
    """Those of clients whose own path holds streams back."""
    ALWAYS = "always"


class GoodbyeReason(StrEnum):
    """Why a stream ends; the fixed list of the contract, §5."""

    FINAL = "final"
    MAX_AGE = "max_age"
    DRAINING = "draining"
    FLAG_OFF = "flag_off"
    KILL_SWITCH = "kill_switch"
    FLAGS_UNAVAILABLE = "flags_unavailable"
    BUFFERED = "buffered"
    AT_CAPACITY = "at_capacity"
    REPLACED = "replaced"
    SIGNED_OUT = "signed_out"


class Next(StrEnum):
    """What a client does after a goodbye."""

    NONE = "none"
    STREAM = "stream"
    WAIT = "wait"
    POLL = "poll"


class Delay(Enum):
    """How long a client waits before it does what is next."""

    UNSPECIFIED = auto()
    ZERO = auto()
    RANDOM = auto()
    """Clients that end together come back spread over time."""


@dataclass(frozen=True, slots=True)
class Transport:
    """The decision, as it is sent to the client."""

    mode: Mode
    reason: Reason
    via: Via | None = None

    @property
    def header(self) -> str:
        """The value of `Playhead-Transport`."""
        return f"{self.mode}; reason={self.reason}" + (f"; via={self.via}" if self.via else "")

    @property
    def tag(self) -> str:
        """The same for an `ETag`."""
        return f"{self.mode}.{self.reason}" + (f".{self.via}" if self.via else "")


STREAM = Transport(Mode.STREAM, Reason.FLAG_ON)
BY_TICKET = Transport(Mode.STREAM, Reason.FLAG_ON, Via.TICKET)


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a stream may begin, as the status code of its route."""

    status: HTTPStatus
    transport: Transport


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The last event of a stream."""

    reason: GoodbyeReason
    next: Next
    delay: Delay


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInput:
    """Everything that is weighed.

    Args:
        stream_flag: the gate's own reason: `flag_on`, or why not.
        long_poll: whether this person may use the mode `wait`.
        final: whether there is nothing more to send.
        draining: whether this process is about to end.
        buffered: whether something on the client's path holds streams back. Not of an open stream that the path has
            delivered so far.
        at_capacity: whether the other streams take all places of this process.
        stream_origin: which streams go by the stream origin; None: there is none, or the client is there already.
        stream_origin_buffered: whether the path to it holds streams back.
        client_prefers_poll: nothing sets it yet: it waits for a client's setting.
    """

    stream_flag: Reason
    long_poll: bool = False
    final: bool = False
    draining: bool = False
    buffered: bool = False
    at_capacity: bool = False
    client_prefers_poll: bool = False
    stream_origin: StreamOriginUse | None = None
    stream_origin_buffered: bool = False

    @property
    def by_ticket(self) -> bool:
        """Whether a stream of this client goes by the stream origin."""
        if self.stream_origin is None or self.stream_origin_buffered:
            return False
        return self.buffered or self.stream_origin is StreamOriginUse.ALWAYS


NEVER_WAIT = frozenset((Reason.FINAL, Reason.DRAINING, Reason.FLAGS_UNAVAILABLE))
"""With these reasons a held request is of no use, or not known to be allowed."""

ADMISSIONS: Mapping[Reason, HTTPStatus] = {
    Reason.FLAG_ON: HTTPStatus.OK,
    Reason.FLAG_OFF: HTTPStatus.NO_CONTENT,
    Reason.KILL_SWITCH: HTTPStatus.NO_CONTENT,
    Reason.FLAGS_UNAVAILABLE: HTTPStatus.NO_CONTENT,
    Reason.BUFFERED: HTTPStatus.NO_CONTENT,
    Reason.CLIENT: HTTPStatus.NO_CONTENT,
    Reason.FINAL: HTTPStatus.NO_CONTENT,
    Reason.AT_CAPACITY: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.DRAINING: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""204 ends an `EventSource` for good. 503 speaks against a stream in this process now, not against the person's."""

GOODBYES: Mapping[GoodbyeReason, tuple[Next | None, Delay]] = {
    GoodbyeReason.FINAL: (Next.NONE, Delay.UNSPECIFIED),
    GoodbyeReason.SIGNED_OUT: (Next.NONE, Delay.UNSPECIFIED),
    GoodbyeReason.MAX_AGE: (Next.STREAM, Delay.ZERO),
    GoodbyeReason.DRAINING: (Next.STREAM, Delay.RANDOM),
    GoodbyeReason.AT_CAPACITY: (Next.POLL, Delay.RANDOM),
    GoodbyeReason.FLAG_OFF: (None, Delay.RANDOM),
    GoodbyeReason.KILL_SWITCH: (None, Delay.RANDOM),
    GoodbyeReason.FLAGS_UNAVAILABLE: (None, Delay.RANDOM),
    GoodbyeReason.BUFFERED: (None, Delay.RANDOM),
    GoodbyeReason.REPLACED: (None, Delay.RANDOM),
}
"""What comes next, and when. None: whatever this person may do without a stream (`without_stream`)."""


def choose(given: PolicyInput) -> Transport:
    """How a client is to get its statuses.

    The first objection decides, a permanent one before one that passes. Without one: stream.
    """
    if given.final:
        reason = Reason.FINAL
    elif given.stream_flag is not Reason.FLAG_ON:
        reason = given.stream_flag
    elif given.client_prefers_poll:
        reason = Reason.CLIENT
    elif given.buffered and not given.by_ticket:
        reason = Reason.BUFFERED
    elif given.draining:
        reason = Reason.DRAINING
    elif given.at_capacity:
        reason = Reason.AT_CAPACITY
    else:
        return BY_TICKET if given.by_ticket else STREAM
    return Transport(without_stream(reason, long_poll=given.long_poll), reason)


def without_stream(reason: Reason | GoodbyeReason, *, long_poll: bool) -> Mode:
    """How a client that does not stream for this reason gets its statuses."""
    return Mode.WAIT if long_poll and reason not in NEVER_WAIT else Mode.POLL


def admit(given: PolicyInput) -> Admission:
    """Whether a stream may begin here: 200, 204 (do not stream, or by a ticket) or 503 (not in this process now)."""
    transport = choose(given)
    status = HTTPStatus.NO_CONTENT if transport.via else ADMISSIONS[transport.reason]
    return Admission(status, transport)


def take_slot(given: PolicyInput) -> Goodbye | None:
    """Why a stream that was admitted has no place after all; None: it has one.

    Streams that are admitted in the same moment do not see each other. The flags are not weighed here: the first check
    of a stream does that.
    """
    return goodbye(GoodbyeReason.AT_CAPACITY) if given.at_capacity else None


def check(given: PolicyInput) -> Goodbye | None:
    """Why an open stream ends at a check; None: it goes on.

    A full process keeps the streams that have a place, and a client keeps the stream that it asked for, where it is.
    """
    if given.at_capacity or given.client_prefers_poll or given.stream_origin is not None:
        given = replace(given, at_capacity=False, client_prefers_poll=False, stream_origin=None)
    transport = choose(given)
    if transport.mode is Mode.STREAM:
        return None
    return goodbye(GoodbyeReason(transport.reason), long_poll=given.long_poll)


def goodbye(reason: GoodbyeReason, *, long_poll: bool = False) -> Goodbye:
    """The goodbye for this reason. `long_poll`: whether the person may use the mode `wait`."""
    fixed, delay = GOODBYES[reason]
    return Goodbye(reason, fixed or Next(without_stream(reason, long_poll=long_poll)), delay)
