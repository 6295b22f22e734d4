"""Exit codes; the package's docstring lists what they mean for each command."""

FAILED, REFUSED, UNREACHABLE, INTERRUPTED = 1, 2, 3, 130
