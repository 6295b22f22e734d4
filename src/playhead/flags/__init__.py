"""Feature flags: decide per user who streams, who waits and who polls, from an Unleash server or from a file.

`administration` (what people do to flags) imports `file` (the flags file), and `file` imports `answers` (the gate).
Other packages ask `answers.gate`; a composition root makes it with `connect`. Nobody else names a flag.
"""
