"""Where the flags come from: the port between the gate and the file or the server."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

Changed = Callable[[], None]

FILE, DATABASE, UNLEASH = "file", "database", "Unleash"
"""What people and programs call the places that flags come from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How often a source looks for changes, and how long it waits for an answer."""

    refresh_s: float = 1
    """Unleash reads its own revision once a second: asking more often gains little (measured: 1 s from UI to here)."""
    request_timeout_s: float = 2
    """A healthy server answers in milliseconds; the SDK's 30 s and 3 retries would wait minutes for a hanging one."""
    reread_s: float = 0.5
    """Half of the second within which a change must be seen. The file has a few kB: reading it costs microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How sure it is that the flags in force are those of the source."""

    age_s: float | None
    """Since the source last said what its flags are; None: it never did."""
    trouble: str = ""
    """Why it does not say so now, in a sentence that names the setting to look at."""


class Client(Protocol):
    """Answers from the flags it has. Unleash's SDK gives these methods their names."""

    def is_enabled(self, feature_name: str, context: dict[str, Any]) -> bool:
        """An unknown flag is off."""

    def get_variant(self, feature_name: str, context: dict[str, Any]) -> dict[str, Any]:
        """Its `name`, whether it is `enabled`, and its `payload`, if it has one."""

    def feature_definitions(self) -> dict[str, Any]:
        """The flags that are known, by name."""


class Source(Protocol):
    """Holds the newest flags that were good. Evaluation is always Unleash's own engine."""

    @property
    def client(self) -> Client:
        """The client to ask now; not to be kept, a change may replace it."""

    @property
    def kind(self) -> str:
        """What it is, for people, and to compare: one of the three above."""

    @property
    def document(self) -> str:
        """The flags in force, as Unleash's `/api/client/features` says them; empty: none."""

    def health(self) -> Health: ...

    def start(self, changed: Changed) -> None:
        """Keep the flags fresh, and call `changed` on a thread of the source after each change. Returns at once."""

    def close(self) -> None:
        """End all threads. The last flags go on being answered."""
