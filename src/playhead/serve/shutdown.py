"""Time limits of a web process's shutdown. A module of its own: `up` needs them without loading the web app."""

DRAIN_S = 0.5
"""Time for the goodbyes to be sent. Measured: 0.03 s for 30 streams."""
REQUESTS_S = 30.0
"""Limit for requests in progress, above all an upload in its last seconds. Without requests nothing is waited for."""
GRACE_S = 2.0
"""Limit for connections to close after that."""
CLOSE_S = 12.0
"""Limit for the app's parts to close: the last flag metrics take 8 s with a server that hangs, the publisher's rest
2 s."""
LONGEST_S = DRAIN_S + REQUESTS_S + GRACE_S + CLOSE_S
"""Wait longer than this before killing the process: `up` does, and Render by its `maxShutdownDelaySeconds`."""
