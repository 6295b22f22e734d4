"""The rules of subtitles. Columns count letters as they are seen: a wide one, such as a Chinese letter, is two.

Sources: Netflix's "Timed Text Style Guide: General Requirements" (lines, two frames between cues, 7 s) and "Subtitle
Timing Guidelines" (gaps under half a second are closed).
"""

LINES = 2
LINE_COLUMNS = 42
LEAST_MS, MOST_MS = 1_000, 7_000
"""How long a cue is shown. The guides allow 5/6 s as the least; 1 s is the common number."""
COLUMNS_PER_S = 17
"""As fast as most adults read; in Chinese 8.5 letters a second, where the guides have 9."""
GAP_MS = 84
"""Two frames at 24 a second: without it the eye does not notice a new cue. Also the least that any cue is shown."""
CHAIN_MS = 500
"""A shorter gap than this flickers, so the cue before it is shown up to `GAP_MS`."""
PAUSE_MS = 1_000
"""After a longer pause the text is another cue's: it would be read before it is spoken."""
