"""How true the foretold time left is: real transcriptions, and for each status that foretold something, what came.

`python -m infra.load.eta [--model base] [--json FILE]`. The first recording has no past to foretell from. On a machine
that others use, too, it measures them: the load beside it says whether.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
import wave
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session as Db

from playhead.accounts.models import UserRow
from playhead.clock import now
from playhead.db import SyncDatabase
from playhead.ids import new_id
from playhead.migrations import upgrade
from playhead.pubsub.ports import Sending
from playhead.pubsub.publisher import StatusPublisher
from playhead.sessions import repository
from playhead.sessions.status import State, Status
from playhead.storage import Storage
from playhead.transcription.audio import blocks
from playhead.transcription.engines.faster_whisper import FasterWhisper
from playhead.transcription.mixer import SAMPLE_RATE
from playhead.transcription.pipeline import WorkerContext, transcribe

ROOT = Path(__file__).parents[2]
SPEECH = ROOT / "tests" / "data" / "speech"
PARTS = ("two_cities.opus", "jfk.flac", "sense_and_sensibility.opus")
RECORDINGS_S = (60, 90, 180)
"""Five and a half minutes of audio: below two of work on two cores."""
SHORTEST_S = 1.0
"""Of less time left an error is no share that means anything: the sentence says `almost done` then."""
GOAL_WIDTH = 0.5


@dataclass(frozen=True)
class Foretold:
    """Seconds that were said to be left, from and to, and how many it were."""

    eta_s: float
    low_s: float
    high_s: float
    real_s: float

    @property
    def error(self) -> float:
        return abs(self.eta_s - self.real_s) / self.real_s

    @property
    def half_width(self) -> float:
        return (self.high_s - self.low_s) / 2 / self.eta_s

    @property
    def in_range(self) -> bool:
        return self.low_s <= self.real_s <= self.high_s


class Discarding:
    """A sender that drops every status: nobody listens here."""

    def send(self, batch: Sequence[Sending]) -> Sequence[Sending]:
        return ()

    def login_ended(self, owner_id: str) -> None:
        """Nobody to tell."""

    def close(self) -> None:
        """Nothing to close."""


class Clocked(StatusPublisher):
    """Notes when each status was published."""

    def __init__(self) -> None:
        super().__init__(Discarding())
        self.said: list[tuple[float, Status]] = []

    def publish(self, status: Status, owner_id: str = "") -> None:
        self.said.append((time.monotonic(), status))
        super().publish(status, owner_id)


@dataclass(frozen=True)
class Results:
    """Of all that was foretold; errors as shares of the real time left."""

    recordings: int
    speeds: list[float]
    foretold: int
    error_median: float
    error_p90: float
    load: float
    """Of the machine in the last minute: above the number of its cores, others had a part in these times."""
    half_width_median: float
    half_width_max: float
    in_range: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="base")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    results = measure(asked.model)
    print(table(results))  # noqa: T201
    if asked.json:
        asked.json.write_text(json.dumps(asdict(results), indent=2) + "\n")


def measure(model: str = "base") -> Results:
    with tempfile.TemporaryDirectory() as name:
        said, speeds = transcribed(Path(name), model)
    errors = sorted(one.error for one in said)
    return Results(
        recordings=len(speeds),
        speeds=speeds,
        foretold=len(said),
        error_median=round(statistics.median(errors), 3),
        error_p90=round(errors[int(0.9 * (len(errors) - 1))], 3),
        load=round(os.getloadavg()[0], 1),
        half_width_median=round(statistics.median(one.half_width for one in said), 3),
        half_width_max=round(max(one.half_width for one in said), 3),
        in_range=round(sum(one.in_range for one in said) / len(said), 3),
    )


def transcribed(folder: Path, model: str) -> tuple[list[Foretold], list[float]]:
    """Everything that was foretold about the recordings, and the speed of each."""
    url = f"sqlite:///{folder}/db"
    upgrade(url)
    database, publisher = SyncDatabase(url), Clocked()
    person = UserRow(id="ada", email="ada@example.org", password_hash="", is_admin=False, created_at=now())
    database.run(Db.add, person)
    context = WorkerContext(
        database=database,
        storage=Storage.from_url((folder / "audio").as_uri()),
        engine=FasterWhisper(model, ROOT / "data"),
        publisher=publisher,
        scratch=folder,
    )
    context.engine.load()  # a worker that is warm
    speech = np.concatenate([block for part in PARTS for block in blocks(SPEECH / part)])
    found: list[Foretold] = []
    speeds: list[float] = []
    for seconds in RECORDINGS_S:
        session_id = queued(context, folder, np.resize(speech, seconds * SAMPLE_RATE))
        publisher.said.clear()
        transcribe(context, session_id)
        ended_at, last = publisher.said[-1]
        assert last.state is State.COMPLETED, last
        speeds.append(last.speed or 0.0)
        found += foretold(publisher.said, ended_at)
    publisher.close()
    database.close()
    return found, speeds


def queued(context: WorkerContext, folder: Path, samples: np.ndarray) -> str:
    session_id = new_id()
    path = folder / "audio" / session_id
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    size_bytes = path.stat().st_size
    context.database.run(
        repository.create,
        id=session_id,
        owner_id="ada",
        filename="talk.wav",
        language=None,
        size_bytes=size_bytes,
        audio_key=session_id,
    )
    return session_id


def foretold(said: list[tuple[float, Status]], ended_at: float) -> list[Foretold]:
    return [
        Foretold(status.eta_s, *status.eta_range_s, ended_at - at)
        for at, status in said
        if status.eta_s and status.eta_range_s and ended_at - at >= SHORTEST_S
    ]


def table(results: Results) -> str:
    speeds = ", ".join(f"{speed:.1f}" for speed in results.speeds)
    rows = [
        ("recordings, and the speed of each", f"{results.recordings}: {speeds}", ""),
        ("statuses that foretold something", str(results.foretold), ""),
        ("load of the machine", f"{results.load:.1f} on {os.cpu_count()} cores", ""),
        ("error, median", f"{results.error_median:.0%}", ""),
        ("error, p90", f"{results.error_p90:.0%}", ""),
        ("half the range's width, median", f"{results.half_width_median:.0%}", ""),
        ("half the range's width, widest", f"{results.half_width_max:.0%}", f"at most {GOAL_WIDTH:.0%}"),
        ("the truth fell into the range", f"{results.in_range:.0%}", ""),
    ]
    return "\n".join(f"{what:36}{value:>24}   {aim}".rstrip() for what, value, aim in rows)


if __name__ == "__main__":
    main()
