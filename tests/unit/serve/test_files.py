"""Room for connections, in a process of its own: limits are the process's."""

import subprocess
import sys

import pytest

TRY = """
import resource
from playhead.serve import files
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
files.allow({connections})
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "connections", "allowed", "warns"),
    [(256, 4096, 1000, 1200, False), (256, 1024, 1000, 1024, True), (2048, 4096, 1000, 2048, False)],
)
def test_as_many_files_are_allowed_as_streams_need(
    soft: int, hard: int, connections: int, allowed: int, warns: bool
) -> None:
    program = TRY.format(soft=soft, hard=hard, connections=connections)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) == allowed
    assert ("too few open files" in done.stdout + done.stderr) == warns
