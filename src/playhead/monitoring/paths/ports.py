"""The port to what all processes know of paths together. Adapters: `valkey_paths`, and `memory_paths` for tests.

People are digests. Everything is kept for a limited time, and nothing here is the truth about anything else.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from playhead.monitoring.paths.judgement import Evidence, Judgement, PathState

PATHS_MAX = 256
"""Paths that are kept, the last seen ones: a site has a few names, protocols and proxies, and tens of data centres."""
KEPT_S = 7200
"""How long a judgement is kept: longer than the longest rest of a path."""
PAGE_KEPT_S = 600
"""How long the last number of a page's reports is kept: a page sends one a minute."""
OVERRIDES_MAX = 64
"""Overrides in force at once."""


class Outcome(StrEnum):
    """What a page says of the streams that it opened on a path."""

    PROVEN = "proven"
    MUTED = "muted"


class Reader(NamedTuple):
    """Somebody who follows jobs on a path."""

    path: str
    person: str


@dataclass(frozen=True, slots=True)
class PathReport:
    """One report of a page. `seq` counts the reports of the page: a late or repeated one is ignored."""

    path: str
    person: str
    page: str
    seq: int
    outcome: Outcome

    @property
    def reader(self) -> "Reader":
        return Reader(self.path, self.person)


class Override(msgspec.Struct, frozen=True):
    """What an admin decided about a path in place of its judgement: by whom, why, and until when."""

    state: PathState
    reason: str
    by: str
    until: datetime


@dataclass(frozen=True, slots=True)
class PathRecord:
    """What is kept of one path. `seen_at`: when a reader was last seen on it, in seconds since 1970."""

    seen_at: float
    judgement: Judgement | None = None
    override: Override | None = None

    @property
    def judged(self) -> PathState | None:
        """The state without an override; None while nothing is certain."""
        return self.judgement.state if self.judgement is not None else None

    @property
    def state(self) -> PathState | None:
        """The state that counts: of an override if there is one."""
        return self.override.state if self.override is not None else self.judged


class PathStore(Protocol):
    """All methods raise OSError if the store is away."""

    async def now(self) -> float:
        """The store's clock, in seconds since 1970: the clocks of machines need not agree."""
        ...

    async def note(self, readers: Collection[Reader], reports: Collection[PathReport], now: float) -> None:
        """Keep who reads on which path, and what the newest report of each of them says."""
        ...

    async def records(self, now: float) -> Mapping[str, PathRecord]:
        """The paths that are kept, by their keys, the last seen first. Overrides that are over are left out."""
        ...

    async def evidence(self, judgements: Mapping[str, Judgement | None], now: float) -> Mapping[str, Evidence]:
        """What counts for the next judgement of each of these paths."""
        ...

    async def take_turn(self) -> bool:
        """Whether this process is to judge the paths now: one of all, about once a second."""
        ...

    async def keep(self, judgements: Mapping[str, Judgement]) -> None:
        """Keep new judgements."""
        ...

    async def set_override(self, path: str, override: Override | None, now: float) -> bool:
        """Set or lift the override of a path. False, and nothing is done, if there are `OVERRIDES_MAX` others."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
