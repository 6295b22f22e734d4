"""Reads a session's text again and again by a cursor, as a stream and a client do: the revision, and how far it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playhead.sessions import repository, transcript
from playhead.sessions.models import Segment
from tests.support.beside import repeated
from tests.support.house import House

LOOK_S = 0.05
"""Between two reads: a word of `quick_worker` takes as long."""


@dataclass
class Cursor:
    """What a reader received of each revision, and the versions of the statuses that it read."""

    house: House
    session_id: str
    segments: dict[int, list[Segment]] = field(default_factory=dict)
    versions: list[int] = field(default_factory=list)
    revision: int = 0

    def read(self) -> None:
        """Reads once: the status, and the segments behind those that it has."""
        self.versions.append(self.house.status(self.session_id).version)
        held = self.segments.setdefault(self.revision, [])
        found = self.house.database.run(transcript.segments_of, self.session_id, self.revision, len(held))
        if found is None:
            self.revision = self.house.database.run(repository.get, self.session_id, "ada").revision
        else:
            held += found

    def texts(self) -> dict[int, list[str]]:
        """The texts by revision; also checks that the segments of each are in order, each once."""
        for revision, held in self.segments.items():
            assert [(one.revision, one.index) for one in held] == [(revision, at) for at in range(len(held))]
        return {revision: [one.text for one in held] for revision, held in self.segments.items()}


@contextmanager
def cursor(house: House, session_id: str) -> Iterator[Cursor]:
    """Reads in a thread for the time of the block; at the end to the last segment."""
    one = Cursor(house, session_id)
    with repeated(one.read, LOOK_S, "reader"):
        yield one
    one.read()
    one.read()  # of another revision, if it was served since
