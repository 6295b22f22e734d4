"""A worker that also tells what its flags say: `python -m tests.integration.flags.telling_worker`."""

import os
from collections.abc import Callable
from pathlib import Path

from celery import Celery

from playhead import cli
from playhead.transcription import tasks
from playhead.transcription.pipeline import Workshop

TELL = "tests.tell"

_register = tasks.register


def register(celery: Celery, workshop: Callable[[], Workshop]) -> None:
    """Beside the product's own task, and in the same process."""
    _register(celery, workshop)

    @celery.task(name=TELL, shared=False)  # type: ignore[untyped-decorator]  # Celery has no types
    def tell(path: str) -> None:
        Path(path).write_text(f"{os.getpid()} {workshop().coalesce_s('ada')}")


if __name__ == "__main__":
    tasks.register = register
    cli.main(["worker"])
