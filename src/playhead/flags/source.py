"""Where the flags come from: the port between the gate and the file or the server."""

from collections.abc import Callable
from typing import Protocol

from UnleashClient.clients.unleash_client import UnleashClient

Changed = Callable[[], None]


class Source(Protocol):
    """Holds the newest flags that were good. Evaluation is always Unleash's own engine."""

    @property
    def client(self) -> UnleashClient:
        """The client to ask now; not to be kept, a change may replace it."""

    def start(self, changed: Changed) -> None:
        """Keep the flags fresh, and call `changed` on a thread of the source after each change. Returns at once."""

    def close(self) -> None:
        """End all threads. The last flags go on being answered."""
