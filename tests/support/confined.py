"""Surveys and decodes each file of a folder in a process of its own: `python -m tests.support.confined FOLDER`.

The processes have a decoder's limits, and are forked from one that has imported everything: hundreds of files cost a
few hundredths of a second each, and one that ends its process spoils nothing. The output is a JSON object: for each
file its length in seconds, the code of its fault, or what else became of the process.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

from playhead.transcription import audio
from playhead.transcription.decoder.frames import Limits
from playhead.transcription.faults import AudioError, AudioFault
from playhead.transcription.mixer import SAMPLE_RATE

CPU_S = 20
"""A thousand times what such a file takes; a loop ends."""
WALL_S = 120
"""For a process that waits instead, which none should."""


def outcomes(folder: Path) -> dict[str, float | str]:
    """The outcome for each file of a folder, by name."""
    command = [sys.executable, "-m", __name__, str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float | str] = json.loads(run.stdout)
    return found


def _outcome(path: Path) -> float | str:
    try:
        found = audio.survey(path)
        heard = sum(block.shape[1] for block in audio.blocks(path, heard=found.voices))
    except AudioError as error:
        return error.code
    except MemoryError:  # what the decoder's process says, and its client
        return AudioFault.DAMAGED
    except Exception as error:  # noqa: BLE001 - it is what the test looks for
        return repr(error)
    same = round(heard / SAMPLE_RATE, 3) == found.heard_s
    return found.duration_s if same else f"{found.heard_s} s, and {heard} samples"


def _confined(path: Path) -> float | str:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # FFmpeg's own lines
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (Limits().memory_bytes, Limits().memory_bytes))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
        signal.alarm(WALL_S)
        os.write(writing, json.dumps(_outcome(path)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if text and not status else f"ended with {os.waitstatus_to_exitcode(status)}"


if __name__ == "__main__":
    json.dump({path.name: _confined(path) for path in sorted(Path(sys.argv[1]).iterdir())}, sys.stdout)
