"""The port between the gate and where the flags come from: a file, the database or an Unleash server."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

Changed = Callable[[], None]

FILE, DATABASE, UNLEASH = "file", "database", "Unleash"
"""The kinds of sources, for people and to compare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How often a source polls for changes, and how long it waits for a response."""

    refresh_s: float = 1
    """Unleash reads its own revision once a second: polling faster gains little (measured: 1 s from its UI to here)."""
    request_timeout_s: float = 2
    """A healthy server answers in milliseconds; the SDK's 30 s and 3 retries would wait minutes for a hanging one."""
    reread_s: float = 0.5
    """Half of the second within which a change must be in force. The file has a few kB: reading costs microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether the flags in force are those of the source."""

    age_s: float | None
    """Seconds since the source last confirmed its flags; None: it never did."""
    trouble: str = ""
    """Why it does not confirm them now, in a sentence that names the setting to look at."""


class Client(Protocol):
    """Evaluates flags. The names of the methods are those of Unleash's SDK."""

    def is_enabled(self, feature_name: str, context: dict[str, Any]) -> bool:
        """Evaluate a flag; an unknown one is off."""

    def get_variant(self, feature_name: str, context: dict[str, Any]) -> dict[str, Any]:
        """Evaluate a flag's variant: its `name`, whether it is `enabled`, and its `payload` if there is one."""

    def feature_definitions(self) -> dict[str, Any]:
        """All flags, by name."""


class Source(Protocol):
    """Holds the last valid flags. Unleash's own engine always evaluates them."""

    @property
    def client(self) -> Client:
        """The current client. Do not keep it: a change may replace it."""

    @property
    def kind(self) -> str:
        """`FILE`, `DATABASE` or `UNLEASH`."""

    @property
    def document(self) -> str:
        """The flags in force, in the format of Unleash's `/api/client/features`; empty without flags."""

    def health(self) -> Health: ...

    def start(self, changed: Changed) -> None:
        """Keep the flags fresh, and call `changed` on a thread of the source after each change. Returns at once."""

    def share(self, text: str | None) -> bool:
        """Hand over the flags that the processes share in the database; True if they replaced the flags in force.

        Only a source of the kind `DATABASE` takes them. `text`: a flags file; None: the database has no flags.
        """

    def close(self) -> None:
        """End all threads. The client goes on answering from the last flags."""
