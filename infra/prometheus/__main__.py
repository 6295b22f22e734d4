"""Writes `playhead.rules.yml`: `python -m infra.prometheus`. With the address of a site it prints that site's rules."""

import sys

from infra.prometheus.file import text, written
from infra.prometheus.servers import RULES

if __name__ == "__main__":
    if sys.argv[1:]:
        sys.stdout.write(written(sys.argv[1]))
    else:
        RULES.write_text(text())
