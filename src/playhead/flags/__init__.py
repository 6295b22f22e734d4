"""Which way: who streams, who waits and who polls, decided by flags from Unleash or from a file.

Other rooms import `playhead.flags.gate` and, in a composition root, `playhead.flags.connect`; nobody else names a flag.
"""
