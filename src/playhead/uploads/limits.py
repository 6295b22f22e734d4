"""The limits of uploads to one process: bytes, seconds and slots."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of all uploads of a process."""

    max_bytes: int
    """The longest file."""
    idle_s: float = 60.0
    """The longest silence of a client: after that it is gone, or hostile."""
    rate_period_s: float = 60.0
    """The period over which the rate is measured, in seconds of waiting for the client."""
    min_bytes_s: int = 1024
    """The lowest rate, below a telephone modem's: a slower client only holds a slot."""
    contended_bytes_s: int = 2 * 1024
    """The lowest rate of a single file while all slots are held and somebody has none: twice that of every upload. It
    rises by as much for each other address that was refused recently, because then more people wait."""
    contended_most_bytes_s: int = 7 * 1024
    """The most that it rises to: the rate of an ISDN line. Above, slow but honest people would evict each other."""
    refused_s: float = 30.0
    """How long a refused address counts as waiting: after a `Retry-After` of 10 s it is back by then."""
    lost_s: float = 20 * 60.0
    """How long a user whose slot was revoked gets only free slots: two who took each other's would never finish. At the
    lowest contended rate of 7 KiB/s, 8 MiB arrive in that time."""
    grace_s: float = 10.0
    """How long a new sender keeps a slot in any case: until then the rate means little."""
    remembered_s: float = 60.0
    """How long the beginning and the rate of a slot are kept for its user's next one: whoever has waited a whole period
    of the rate between two requests holds nothing that others need."""
    longest_s: float = 75 * 60.0
    """The longest upload: 500 MiB take 70 minutes at 1 Mbit/s."""
    room_bytes: int = 512 * 1024**2
    """The space left free on a local disk: for the database, the logs, and what other uploads write meanwhile."""
    slots: int = 12
    """The slots of a process: at 28 MiB an upload (4 inbound, 24 to an object store), a third of a gigabyte."""
    slots_a_user: int = 4
    """The slots of one user: a few tabs; the page itself sends one file after another."""
