"""Measures the accuracy of estimates: compares those of real transcriptions with the real time left.

`python -m infra.load.eta [--model base] [--json FILE]`. For the first recording there are no past speeds. Other jobs of
the machine distort the result: the load shows whether there were any.
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
from playhead.db import SyncDatabase
from playhead.ids import new_id
from playhead.live.broker.ports import Sending
from playhead.live.clock import now
from playhead.live.publisher import StatusPublisher
from playhead.migrations import upgrade
from playhead.sessions import repository
from playhead.sessions.models import NewSession
from playhead.sessions.status import State, Status
from playhead.storage import Storage
from playhead.transcription.audio import blocks
from playhead.transcription.engines.choice import Engines
from playhead.transcription.engines.faster_whisper import FasterWhisper
from playhead.transcription.mixer import SAMPLE_RATE
from playhead.transcription.pipeline import WorkerContext, transcribe

ROOT = Path(__file__).parents[2]
SPEECH = ROOT / "tests" / "data" / "speech"
PARTS = ("two_cities.opus", "jfk.flac", "sense_and_sensibility.opus")
RECORDINGS_S = (60, 90, 180)
"""Five and a half minutes of audio: below two of work on two cores."""
SHORTEST_S = 1.0
"""With less time left a relative error means nothing: the status's message is `almost done` then."""
GOAL_WIDTH = 0.5


@dataclass(frozen=True)
class Estimate:
    """The estimated seconds left with their range, and the real ones."""

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
    """A sender that drops every status."""

    def send(self, batch: Sequence[Sending]) -> Sequence[Sending]:
        return ()

    def login_ended(self, owner_id: str) -> None:
        pass

    def close(self) -> None:
        pass


class Clocked(StatusPublisher):
    """Records each published status with its time."""

    def __init__(self) -> None:
        super().__init__(Discarding())
        self.published: list[tuple[float, Status]] = []

    def publish(self, status: Status, owner_id: str = "") -> None:
        self.published.append((time.monotonic(), status))
        super().publish(status, owner_id)


@dataclass(frozen=True)
class Results:
    """Results over all estimates; errors are shares of the real time left."""

    recordings: int
    speeds: list[float]
    estimates: int
    error_median: float
    error_p90: float
    load: float
    """The machine's load in the last minute; above the number of its cores, other jobs distorted the times."""
    half_width_median: float
    half_width_max: float
    in_range: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="base")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    results = measure(arguments.model)
    print(table(results))  # noqa: T201
    if arguments.json:
        arguments.json.write_text(json.dumps(asdict(results), indent=2) + "\n")


def measure(model: str = "base") -> Results:
    with tempfile.TemporaryDirectory() as name:
        estimates, speeds = transcribed(Path(name), model)
    errors = sorted(one.error for one in estimates)
    return Results(
        recordings=len(speeds),
        speeds=speeds,
        estimates=len(estimates),
        error_median=round(statistics.median(errors), 3),
        error_p90=round(errors[int(0.9 * (len(errors) - 1))], 3),
        load=round(os.getloadavg()[0], 1),
        half_width_median=round(statistics.median(one.half_width for one in estimates), 3),
        half_width_max=round(max(one.half_width for one in estimates), 3),
        in_range=round(sum(one.in_range for one in estimates) / len(estimates), 3),
    )


def transcribed(folder: Path, model: str) -> tuple[list[Estimate], list[float]]:
    """Transcribes the recordings; returns all estimates, and the speed of each recording."""
    url = f"sqlite:///{folder}/db"
    upgrade(url)
    database, publisher = SyncDatabase(url), Clocked()
    person = UserRow(id="ada", email="ada@example.org", password_hash="", is_admin=False, created_at=now())
    database.run(Db.add, person)
    context = WorkerContext(
        database=database,
        storage=Storage.from_url((folder / "audio").as_uri()),
        engines=Engines([model], lambda name: FasterWhisper(name, ROOT / "data")),
        publisher=publisher,
        scratch=folder,
    )
    context.engines.usual.load()  # as in a worker that has loaded its model
    speech = np.concatenate([block[0] for part in PARTS for block in blocks(SPEECH / part)])
    found: list[Estimate] = []
    speeds: list[float] = []
    for seconds in RECORDINGS_S:
        queued(context, folder, np.resize(speech, seconds * SAMPLE_RATE))
        publisher.published.clear()
        transcribe(context)
        ended_at, last = publisher.published[-1]
        assert last.state is State.COMPLETED, last
        speeds.append(last.speed or 0.0)
        found += estimates_in(publisher.published, ended_at)
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
        NewSession(
            id=session_id,
            owner_id="ada",
            filename="talk.wav",
            size_bytes=size_bytes,
            audio_key=session_id,
        ),
    )
    return session_id


def estimates_in(published: list[tuple[float, Status]], ended_at: float) -> list[Estimate]:
    return [
        Estimate(status.eta_s, *status.eta_range_s, ended_at - at)
        for at, status in published
        if status.eta_s and status.eta_range_s and ended_at - at >= SHORTEST_S
    ]


def table(results: Results) -> str:
    speeds = ", ".join(f"{speed:.1f}" for speed in results.speeds)
    rows = [
        ("recordings, and the speed of each", f"{results.recordings}: {speeds}", ""),
        ("statuses with an estimate", str(results.estimates), ""),
        ("load of the machine", f"{results.load:.1f} on {os.cpu_count()} cores", ""),
        ("error, median", f"{results.error_median:.0%}", ""),
        ("error, p90", f"{results.error_p90:.0%}", ""),
        ("half the range's width, median", f"{results.half_width_median:.0%}", ""),
        ("half the range's width, widest", f"{results.half_width_max:.0%}", f"at most {GOAL_WIDTH:.0%}"),
        ("real time left within the range", f"{results.in_range:.0%}", ""),
    ]
    return "\n".join(f"{what:36}{value:>24}   {aim}".rstrip() for what, value, aim in rows)


if __name__ == "__main__":
    main()
