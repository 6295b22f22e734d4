"""Celery's consumer: what its watchdog leaves to the children of a worker."""

import subprocess
import sys

FORKS = """
import faulthandler, os, signal
from playhead.transcription import consumer
faulthandler.dump_traceback_later(consumer.HUNG_S)
child = os.fork()
if not child:
    signal.alarm(20)  # far more than it takes
    faulthandler.dump_traceback_later(consumer.HUNG_S)
    os._exit(7)
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) % 256)
"""


def test_child_that_takes_the_place_of_another_has_a_watchdog_of_its_own() -> None:
    """As a task sets it: without care it waits for the thread of its parent's, which no child has."""
    forked = subprocess.run([sys.executable, "-W", "ignore", "-c", FORKS], check=False)
    assert forked.returncode == 7
