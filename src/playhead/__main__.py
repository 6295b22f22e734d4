"""Runs the command `playhead` as `python -m playhead`; a process that `playhead up` started ends with it."""

from playhead.parent_death import end_with_starter

if __name__ == "__main__":
    end_with_starter()
    from playhead.cli import main

    main()
