"""The command `playhead`, also as `python -m playhead`; a process that `playhead up` started ends with it."""

import sys
from importlib.util import find_spec

from playhead.parent_death import end_with_starter

OF_THE_APP = ("click", "structlog", "sqlalchemy", "quart", "hypercorn", "celery")
"""Modules that only `playhead[app]` brings all of; some come with other packages, as Click does with Celery."""
WRONG_COMMAND = 2
"""The exit code for what a person can put right, as in `playhead.cli`."""


def main() -> None:
    """Runs the command, or says what to install if only the live status is."""
    missing = [name for name in OF_THE_APP if find_spec(name) is None]
    if missing:
        sys.stderr.write(f"Run: pip install 'playhead[app]'. This command needs {', '.join(missing)}.\n")
        sys.exit(WRONG_COMMAND)
    from playhead.cli import main as command

    command()


if __name__ == "__main__":
    end_with_starter()
    main()
