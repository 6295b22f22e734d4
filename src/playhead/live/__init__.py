"""The live kernel: the status of any job, from the task that does it to every browser that looks.

It knows no web framework, no task queue, no database and no flags; it imports only the standard library, msgspec and
redis. The adapters stand beside it, in `playhead.adapters`.

These names are its public ones. Each is imported when it is used, so that a task does not load what serves browsers.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playhead.live.asgi import Limits, Live
    from playhead.live.decorator import live_task
    from playhead.live.file_gate import FileGate
    from playhead.live.gate import Everybody, FixedTuning, Gate
    from playhead.live.http import Request
    from playhead.live.job import Failure, Job, State, is_newer
    from playhead.live.observer import NoObserver, Observer
    from playhead.live.policy import Reason
    from playhead.live.publisher import StatusPublisher
    from playhead.live.task import LiveJob, live_job, queue

_MODULES = {
    "Everybody": "gate",
    "Failure": "job",
    "FileGate": "file_gate",
    "FixedTuning": "gate",
    "Gate": "gate",
    "Job": "job",
    "Limits": "asgi",
    "Live": "asgi",
    "LiveJob": "task",
    "NoObserver": "observer",
    "Observer": "observer",
    "Reason": "policy",
    "Request": "http",
    "State": "job",
    "StatusPublisher": "publisher",
    "is_newer": "job",
    "live_job": "task",
    "live_task": "decorator",
    "queue": "task",
}
"""The module of each public name."""

__all__ = [
    "Everybody",
    "Failure",
    "FileGate",
    "FixedTuning",
    "Gate",
    "Job",
    "Limits",
    "Live",
    "LiveJob",
    "NoObserver",
    "Observer",
    "Reason",
    "Request",
    "State",
    "StatusPublisher",
    "is_newer",
    "live_job",
    "live_task",
    "queue",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
