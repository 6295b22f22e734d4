"""Small files that made FFmpeg use gigabytes or hours: each is decoded or rejected, in bounded memory and time."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from playhead.transcription.decoder.frames import Limits
from tests.support import bombs

PEAK_MIB = 600
"""Memory of a decoder: in a container of 2 GiB two workers with their models and decoders fit."""
GROWTH_MIB = 16
"""Memory of the calling process: its imports at the first call, and the content of a pipe."""

MEASURE = """
import json, resource, sys
from pathlib import Path
from playhead.transcription.faults import AudioError
from playhead.transcription.decoder import client

def used(who):
    return resource.getrusage(who)

before = used(resource.RUSAGE_SELF).ru_maxrss
try:
    outcome = client.survey(Path(sys.argv[1])).duration_s
except AudioError as error:
    outcome = error.code
grown, decoder = used(resource.RUSAGE_SELF).ru_maxrss - before, used(resource.RUSAGE_CHILDREN)
print(json.dumps([outcome, decoder.ru_maxrss // 1024, grown // 1024, decoder.ru_utime + decoder.ru_stime]))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    outcome: float | str
    """A duration in seconds, or the code of an error."""
    peak_mib: int
    """The decoder's peak memory, as the kernel reports it for a process that has ended."""
    grown_mib: int
    cpu_s: float


def probe(path: Path) -> Measured:
    """Probes a file from a process that does nothing else, so that only its decoder is measured."""
    run = subprocess.run([sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True)
    return Measured(*json.loads(run.stdout))


@pytest.mark.parametrize(
    ("make", "outcome"),
    [
        (bombs.sample_sizes, "empty"),  # 2,157 MB without limits; with them the index is incomplete
        (bombs.fragment, "unreadable"),  # 1,456 MB, and hours of packets
        (bombs.pictures, 1.045),  # 1,200 MB; FFmpeg keeps those that fit, and the sound is decoded
        (bombs.attachments, 0.1),  # 1,800 MB; the same
        (bombs.many_edits, 58.05),  # 1,197 MB; the track is played once
        (bombs.endless_edits, "damaged"),  # 768 MB, and it never ends
        (bombs.undecodable, "damaged"),  # 194 MB, and minutes for nothing
    ],
)
def test_bomb_stays_within_its_limits(make: Callable[[Path], Path], outcome: float | str, tmp_path: Path) -> None:
    measured = probe(make(tmp_path / "bomb"))
    assert measured.outcome == (outcome if isinstance(outcome, str) else pytest.approx(outcome, abs=0.001))
    assert measured.peak_mib <= PEAK_MIB
    assert measured.grown_mib <= GROWTH_MIB
    assert measured.cpu_s < Limits().stall_cpu_s
