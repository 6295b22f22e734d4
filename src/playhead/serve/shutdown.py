"""How long a web process takes to end: a module of its own, so that `up` knows it without loading the web."""

DRAIN_S = 0.5
"""Time for the goodbyes to go out; measured: 0.03 s for 30 streams."""
REQUESTS_S = 30.0
"""For requests under way, an upload in its last seconds above all. Nothing is waited for where there is none."""
GRACE_S = 2.0
"""For connections to close after that."""
CLOSE_S = 12.0
"""For the parts to close: the flags' last metrics take 8 s with a server that hangs, the publisher's rest 2 s."""
LONGEST_S = DRAIN_S + REQUESTS_S + GRACE_S + CLOSE_S
"""Who ends this process by force should wait for longer: `up` does, and Render by its `maxShutdownDelaySeconds`."""
