"""How often a rollout is looked at, and what it waits for. A field of each is for tests that cannot wait so long."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """All in seconds."""

    look_s: float = 10.0
    """Between two looks. Ten people more do not change a verdict, and a roll-back 10 s later is still one in time."""
    mature_s: float = 40.0
    """Age of a watch that counts: by then a page has reported, and one that is mute has noticed it."""
    settle_s: float = 90.0
    """Of a new stage, nobody who is asked about in the first seconds is counted as exposed: polling pages ask within
    seconds, open streams within about a minute, so at first nearly all of them poll."""
    due_s: float = 240.0
    """After this time without a report somebody is silent. Pages report after 40 s, a hidden one a little later, and a
    silent watch is over after 2 minutes (`watches.silent`)."""
    gap_s: float = 60.0
    """Longest time between two looks for which nothing is assumed to have happened unseen: six rounds."""
    lease_s: float = 30.0
    """For so long one process alone may move the slider. Reading and moving it takes three or four requests to Unleash
    of 5 s at most, and the lease is renewed between the two."""
    wait_s: float = 15.0
    """How long an order waits for the lease: a round takes less, unless Unleash hangs."""
    retry_s: float = 0.25
    """Between two tries to get the lease."""
