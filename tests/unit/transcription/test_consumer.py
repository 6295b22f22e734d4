"""The watchdog of the Celery consumer, in the forked children of a worker."""

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


def test_forked_child_can_start_its_own_watchdog() -> None:
    """Without the fork hook the child would wait for the thread of its parent's watchdog, which it does not have."""
    forked = subprocess.run([sys.executable, "-W", "ignore", "-c", FORKS], check=False)
    assert forked.returncode == 7
