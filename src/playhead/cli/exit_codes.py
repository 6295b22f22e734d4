"""Exit codes; the package's docstring lists what they mean for each command."""

FAILED, REFUSED, UNREACHABLE, TAKEN_OVER, INTERRUPTED = 1, 2, 3, 4, 130
