"""The limit of open files is raised; each case runs in a process of its own, because limits are per process."""

import subprocess
import sys

import pytest

from playhead.serve.files import OTHER_CONNECTIONS, RESERVED

STREAMS = 1000
ALL = 2 * (STREAMS + OTHER_CONNECTIONS) + RESERVED
ENOUGH = STREAMS + 2 * OTHER_CONNECTIONS + RESERVED
TRY = """
import resource
from playhead.serve import files
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(files.raise_limit({streams}), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "allowed", "warns"),
    [
        (256, ALL + 1, ALL, False),
        (256, ENOUGH, ENOUGH, False),
        (256, ENOUGH - 1, ENOUGH - 1, True),
        (ALL + 1, ALL + 2, ALL + 1, False),
    ],
)
def test_file_limit_rises_to_what_streams_need(soft: int, hard: int, allowed: int, warns: bool) -> None:
    program = TRY.format(soft=soft, hard=hard, streams=STREAMS)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    *_, for_connections, in_all = done.stdout.split()
    assert (int(in_all), int(for_connections)) == (allowed, allowed - RESERVED)
    assert ("too few open files" in done.stdout + done.stderr) == warns
