"""How much one process gives to those who send files: bytes, seconds and places."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of all uploads of a process."""

    max_bytes: int
    """The longest file."""
    idle_s: float = 60.0
    """A client that sends nothing for so long is gone, or means no good."""
    pace_s: float = 60.0
    pace_bytes_s: int = 1024
    """Slower than a telephone modem, over a minute of waiting for it: a client that only holds a place."""
    contended_bytes_s: int = 2 * 1024
    """Who sends a single file more slowly gives way when all places are taken and somebody has none: twice what every
    upload must send. It rises by as much for each other address that was refused lately, because then more wait."""
    contended_most_bytes_s: int = 7 * 1024
    """But never above this: what an ISDN line sends. Slow but honest people would only throw each other out."""
    refused_s: float = 30.0
    """Somebody who was refused and still wants to send is back by then, after a `Retry-After` of 10 s."""
    lost_s: float = 20 * 60.0
    """Who lost a place takes nobody else's for so long, only free ones: two who take each other's would never finish.
    8 MiB arrive in that time at the pace above."""
    grace_s: float = 10.0
    """An upload gives way to nobody before: until then its pace says little."""
    longest_s: float = 75 * 60.0
    """500 MiB take 70 minutes at 1 Mbit/s."""
    room_bytes: int = 512 * 1024**2
    """Left free on a disk of ours: for the database, the logs, and what other uploads write meanwhile."""
    at_once: int = 12
    """At 28 MiB an upload at most (4 on their way in, 24 on their way to an object store): a third of a gigabyte."""
    at_once_a_user: int = 4
    """One person in a few tabs; the page itself sends one file after another."""
